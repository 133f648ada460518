"""Try-out: doctor and gateway of the target's image on a copy of the volume, while the old container serves."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from clawupgrade.engine.step import Evidence
from clawupgrade.errors import StepFailed
from clawupgrade.gateway.answer import Answer
from clawupgrade.gateway.patience import GiveUp, Patience, Signs, Wait, hard_cap_for
from clawupgrade.gateway.verdict import Baseline, Judgement, Verdict, Was, judge
from clawupgrade.migrations import registry
from clawupgrade.model import CredentialRef, Hop, Plan
from clawupgrade.openclaw import argv, environment, output
from clawupgrade.openclaw.document import Document
from clawupgrade.ports import Command, Event, Host
from clawupgrade.steps import inside
from clawupgrade.steps.doctoring import until_settled

_WELL = (Judgement.ACCEPT, Judgement.REPORT_ONLY, Judgement.NEEDS_PERSON)
_NAMELESS = ("", "dev")


class Tryout(Struct, frozen=True):
    """A failure in here costs nothing: neither the container nor its volume was touched. There is no network."""

    hop: Hop
    live: bool = False

    @property
    def name(self) -> str:
        """`rehearse:VERSION`."""
        return f"rehearse:{self.hop.version}"

    def do(self, host: Host, plan: Plan) -> None:
        """Copy, migrate, doctor, boot, knock: in the order in which it will be done for real."""
        found = inside.composed(plan)
        host.containers.end(found)
        host.files.make_folder(_room(plan))
        covers = _covers(plan)
        for mount in found.mounts:
            if mount.inside in covers:
                host.containers.copy(mount.source, covers[mount.inside])
        config = _outside(plan, covers, found.config)
        content = host.files.read(config) if config else None
        if config and content is not None and self.hop.migrations:
            document = registry.apply(Document.parse(content, source=config), registry.named(self.hop.migrations))
            host.files.write(config, document.encoded, like=config)
        seconds = self._doctor(host, plan, covers)
        served = self._serve(host, plan, covers)
        _note(host, plan, {"doctor_seconds": round(seconds, 1), "canary": served})

    def prove(self, host: Host, plan: Plan) -> Evidence:
        """What was found out."""
        import json

        content = host.files.read(f"{_room(plan)}/found.json")
        if content is None:
            raise StepFailed("what was rehearsed is gone: found.json is not there")
        evidence: Evidence = json.loads(content)
        host.files.remove(_room(plan))  # it holds what the state holds
        return evidence

    def undo(self, host: Host, plan: Plan) -> Evidence:
        """The containers end, and the copy goes."""
        host.containers.end(inside.composed(plan))
        host.files.remove(_room(plan))
        return {}

    def _doctor(self, host: Host, plan: Plan, covers: Mapping[str, str]) -> float:
        found = inside.composed(plan)
        command = Command(
            argv.doctor_fix(*inside.tool(host, plan.install, "")),
            env=environment.for_doctor(plan.install),
            wall=plan.limits.doctor,
            idle=plan.limits.idle,
        )
        say = lambda line: host.say(Event("line", self.name, line))  # noqa: E731
        done = until_settled(
            host, self.name, lambda: host.containers.run(found, self.hop.stage, command, say, covers=covers)
        )
        if done.ok:
            return done.seconds
        words = output.last_words(done.err) or output.last_words(done.out)
        ended = f"ended by {done.ended_by} limit" if done.ended_by else f"exit {done.rc}"
        raise StepFailed(
            f"doctor of {self.hop.version} failed on a copy of this state ({ended}): {words}",
            "nothing was touched; mend what it names while the old container serves on, then run again",
        )

    def _serve(self, host: Host, plan: Plan, covers: Mapping[str, str]) -> dict[str, Any]:
        found = inside.composed(plan)
        if not plan.serve_after:
            return {"skipped": "the gateway was stopped before the run"}
        began = host.clock.monotonic()
        host.containers.boot(found, self.hop.stage, covers, f"{_room(plan)}/way-in")
        try:
            answer, verdict = _settle(host, plan, covers, self.name)
            if verdict.condemns not in _WELL:
                said = output.last_words("\n".join(host.containers.canary_words(found)))
                own = f"; its own words: {said}" if said else ""
                raise StepFailed(
                    f"{self.hop.version} does not serve on a copy of this state: "
                    f"it is {verdict.state}: {verdict.explanation}{own}",
                    verdict.cure,
                )
            if answer.server_version not in (*_NAMELESS, self.hop.version):
                raise StepFailed(f"on the copy {answer.server_version} answered, not {self.hop.version}")
        finally:
            host.containers.end(found)
        return {"state": verdict.state.value, "seconds": round(host.clock.monotonic() - began, 1)}


def _settle(host: Host, plan: Plan, covers: Mapping[str, str], step: str) -> tuple[Answer, Verdict]:
    install, found = plan.install, inside.composed(plan)
    address = replace(install.address, host="127.0.0.1", port=found.port, relay=f"{_room(plan)}/way-in/canary")
    credential = _on_copy(plan, covers, install.credential)
    # Whatever the container's own network makes of us: in here it is the loopback that asks.
    baseline = install.baseline if install.baseline.was is Was.READY else Baseline(Was.UNKNOWN)
    patience = Patience(host.clock.monotonic(), plan.limits.settle, hard_cap_for(install.state_bytes))
    while True:
        answer = host.gateways.ask(address, credential)
        verdict = judge(answer, baseline)
        host.say(Event("gateway", step, f"canary {verdict.state.value}", data=verdict.to_json()))
        if verdict.condemns not in (Judgement.WAIT, Judgement.ROLL_BACK):
            return answer, verdict
        ended = host.containers.canary_status(found)
        if ended is not None:
            return answer, judge(answer, baseline, patience_over=True)
        words = host.containers.canary_words(found)
        signs = Signs(
            at=host.clock.monotonic(),
            state=verdict.state,
            alive=True,
            phase=words[-1] if words else "",
            retry_after=None if answer.retry_after_ms is None else answer.retry_after_ms / 1000,
        )
        match patience.feed(signs):
            case Wait(seconds):
                host.clock.sleep(seconds)
            case GiveUp(reason):
                host.say(Event("note", step, reason))
                return answer, judge(answer, baseline, patience_over=True)


def _on_copy(plan: Plan, covers: Mapping[str, str], credential: CredentialRef | None) -> CredentialRef | None:
    """The credential as doctor left it on the copy, so that a changed one is met here and not live."""
    if credential is None or credential.source != "config":
        return credential
    state = covers.get(inside.composed(plan).state, "")
    inner = credential.place.removeprefix(plan.install.state_dir)
    return replace(credential, place=state + inner) if state and inner != credential.place else credential


def _covers(plan: Plan) -> dict[str, str]:
    """(path inside → copy) of every writable folder that holds state or config."""
    found = inside.composed(plan)
    holders = [each for each in found.mounts if each.writable and _holds(each.inside, found.state, found.config)]
    holders += [mount for mount in found.below(found.state) if mount.writable and mount not in holders]
    return {mount.inside: f"{_room(plan)}/copy-{number}" for number, mount in enumerate(holders)}


def _holds(folder: str, *paths: str) -> bool:
    return any(path == folder or path.startswith(f"{folder}/") for path in paths)


def _outside(plan: Plan, covers: Mapping[str, str], path: str) -> str:
    for folder in sorted(covers, key=len, reverse=True):
        if _holds(folder, path):
            return covers[folder] + path.removeprefix(folder)
    return ""


def _room(plan: Plan) -> str:
    return posixpath.join(plan.folder, "tryout")


def _note(host: Host, plan: Plan, found: dict[str, Any]) -> None:
    import json

    host.files.write(f"{_room(plan)}/found.json", json.dumps(found).encode())
