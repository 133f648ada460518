"""Shelter: the state of a container leaves the container's own layer, and its token is pinned; the present one."""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from clawupgrade.containers import pinning
from clawupgrade.engine.step import Evidence
from clawupgrade.errors import StepFailed, UndoFailed
from clawupgrade.gateway.row import State
from clawupgrade.gateway.verdict import Baseline, Was
from clawupgrade.model import CredentialRef, Plan
from clawupgrade.ports import Host
from clawupgrade.steps import held, inside, leftovers, serving

TOKEN = "gateway.auth.token"
VARIABLE = "OPENCLAW_GATEWAY_TOKEN"


class Shelter(Struct, frozen=True):
    """The container has stopped: what is copied out of it now is all that there is."""

    name: str = "shelter"
    live: bool = True

    def do(self, host: Host, plan: Plan) -> None:
        """Copy the state, give its config the token that is kept, write the env file and the override."""
        found, after = inside.composed(plan), plan.landing
        kept = _kept(plan)
        if after.state_dir != plan.install.state_dir:
            host.containers.carry_out(found, after.state_dir)
            host.files.sync_tree(after.state_dir)  # the layer that it comes from goes with the old container
        content = host.files.read(after.config_path)
        if content is not None and kept.source == "container":
            host.files.write(after.config_path, host.secrets.written(content, TOKEN, kept), like=after.config_path)
        if _pins(plan) and after.credential is not None:
            host.files.write(env_file(plan), host.secrets.assigned(VARIABLE, after.credential), mode=0o600)
        host.files.write(found.pin, self._text(host, plan), mode=0o644)

    def prove(self, host: Host, plan: Plan) -> Evidence:
        """The state lies there with the token that is kept."""
        after = plan.landing
        if host.files.read(after.config_path) is None:
            raise StepFailed(f"the state was copied out, but {after.config_path} is not there")
        chosen = after.credential
        if chosen is not None and host.secrets.digest(chosen) != chosen.digest:
            raise StepFailed("the config that was copied out does not hold the token that was to be kept")
        return {"state": after.state_dir, "token": "pinned by its env file" if _pins(plan) else "pinned before"}

    def undo(self, host: Host, plan: Plan) -> Evidence:
        """The override as it was; a container that was made anew meanwhile gets the state back into its layer."""
        found, after = inside.composed(plan), plan.landing
        serving.make_way(host, plan)
        before = host.snapshots.read_file(plan.snapshot, found.pin)
        if before is None:
            host.files.remove(found.pin)
        elif before != host.files.read(found.pin):
            host.files.write(found.pin, before, like=found.pin)
        leftovers.remove(host, found.pin, env_file(plan))
        if _pins(plan):
            host.files.remove(env_file(plan))
        if after.state_dir != plan.install.state_dir:
            seen = host.containers.look(found)
            if seen is None or seen.id != found.container:
                if host.files.read(after.config_path) is None:
                    raise UndoFailed(f"the old container is gone, and {after.state_dir} holds no state")
                host.containers.carry_in(found, after.state_dir)
            host.files.remove(after.state_dir)
        return {}

    def _text(self, host: Host, plan: Plan) -> bytes:
        found, after = inside.composed(plan), plan.landing
        more = pinning.carried(host.files.read(found.pin), found.service)
        if after.state_dir != plan.install.state_dir:
            more["volumes"] = [f"{after.state_dir}:{found.state}"]
        if _pins(plan):
            more["env_file"] = [env_file(plan)]
        return pinning.override_text(found.service, "", plan.install.package.version, more)


class Reup(Struct, frozen=True):
    """The container is made anew around the same state, and lets in whoever holds the token that was kept."""

    name: str = "reup"
    live: bool = True

    def do(self, host: Host, plan: Plan) -> None:
        """Compose makes it what the files say now."""
        held.make(host, plan, plan.install.service)
        host.services.start(plan.install.service, plan.limits.stop)

    def prove(self, host: Host, plan: Plan) -> Evidence:
        """hello-ok with that token, from the state's new place."""
        found = inside.composed(plan)
        seen = host.containers.look(found)
        if seen is None or replace(found, mounts=seen.mounts).outside(found.state) != plan.landing.state_dir:
            raise StepFailed(f"{found.service} does not have its state in {plan.landing.state_dir}")
        there = replace(plan, install=replace(plan.landing, baseline=Baseline(Was.READY)), after=None)
        answer, verdict = serving.await_target(host, there, self.name)
        if verdict.state is not State.READY:
            raise StepFailed(f"the gateway is {verdict.state}: {verdict.explanation}", verdict.cure)
        return {"served_at": host.clock.now().isoformat(), "gateway": answer.to_json() | verdict.to_json()}

    def undo(self, host: Host, plan: Plan) -> Evidence:
        """Stop it."""
        serving.make_way(host, plan)
        held.forget(host, plan)
        return {}


def env_file(plan: Plan) -> str:
    """The file that pins the token, 0600, beside the compose file."""
    found = inside.composed(plan)
    return f"{found.folder}/{found.service}.env"


def _pins(plan: Plan) -> bool:
    """Whether the container is not given the kept token already."""
    kept = _kept(plan)
    given = [ref for ref in plan.install.credentials if ref.source == "container" and ref.key == VARIABLE]
    return not any(ref.digest == kept.digest for ref in given)


def _kept(plan: Plan) -> CredentialRef:
    """Where the token that is kept stands now."""
    if plan.install.credential is None:
        raise StepFailed("no token is known that could be kept")
    return plan.install.credential
