"""Start: a stale service definition is refreshed by the target itself, then the gateway starts."""

from __future__ import annotations

from datetime import timedelta

from msgspec import Struct
from msgspec.structs import replace

from clawupgrade.engine.step import Evidence
from clawupgrade.errors import StepFailed, UndoFailed
from clawupgrade.model import Hop, Owner, Plan, Service
from clawupgrade.openclaw import argv
from clawupgrade.ports import Event, Host
from clawupgrade.steps import adopting, definitions, held, packages, serving

_JUST_NOW = timedelta(minutes=2)


class Start(Struct, frozen=True):
    """Brings the gateway up on the new package, as enabled or disabled as it was."""

    hop: Hop
    live: bool = True

    @property
    def name(self) -> str:
        """`start:VERSION`."""
        return f"start:{self.hop.version}"

    def do(self, host: Host, plan: Plan) -> None:
        """Refresh the unit where there is one; start unless the gateway was stopped before the run."""
        service = self._service(host, plan)
        if service.owner is Owner.SYSTEMD_USER:
            reason = definitions.staleness(host, plan, self.hop, self.hop.live)
            if reason and not adopting.adopt_definition(host, plan, self.hop):
                host.say(Event("note", self.name, f"the service definition is refreshed: {reason}"))
                definitions.refresh(host, plan, self.hop, self.name)
            for replaced in plan.services[:-1]:
                # 2026.9.6 leaves clawdbot's unit enabled beside its own: two gateways after the next boot.
                if any(host.files.exists(path) for path in replaced.files):
                    host.services.enable(replaced, False)
            host.services.enable(service, service.enabled)
        held.make(host, plan, service)
        if not plan.serve_after:
            host.services.stop(service, plan.limits.stop)
        elif not host.services.look(service).active:
            # `gateway install --force` has started it already: what is starting is not restarted
            # (2026.9.6: GATEWAY_RESTART_PREPARATION_REFUSED).
            host.services.start(service, plan.limits.stop)

    def prove(self, host: Host, plan: Plan) -> Evidence:
        """Its owner has it running under a new PID, or it is stopped as it was."""
        service = plan.landing.service
        state = host.services.look(service)
        if not plan.serve_after:
            if state.active:
                raise StepFailed(f"the gateway was stopped before the run and does not stop: {state.words}")
            return {"stopped_as_before": True}
        if not state.active:
            said = serving.own_words(host, plan, host.clock.now() - _JUST_NOW)
            raise StepFailed(f"the gateway of {self.hop.version} did not stay up: {state.words}{said}")
        if state.main_pid is not None and state.main_pid == service.main_pid:
            raise StepFailed("the gateway still runs under its old PID", "the old process was not stopped")
        return {"pid": state.main_pid}

    def undo(self, host: Host, plan: Plan) -> Evidence:
        """Stop it, and see that it let go of the port."""
        try:
            serving.make_way(host, plan)
        except StepFailed as error:
            raise UndoFailed(error.message, error.hint) from error
        held.forget(host, plan)
        return {}

    def _service(self, host: Host, plan: Plan) -> Service:
        service = plan.landing.service
        if service.owner is not Owner.PROCESS:
            return service
        entry = packages.entry(host, self.hop.live)
        return replace(service, argv=argv.gateway_run(plan.install.node.path, entry, plan.install.address.port))
