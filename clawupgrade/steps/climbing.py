"""The repair ladder in an upgrade: a 1008 that is new is mended where that shuts out nobody, else condemned."""

from __future__ import annotations

from msgspec.structs import replace

from clawupgrade.diagnose.diagnosis import Rung
from clawupgrade.gateway.answer import Answer
from clawupgrade.gateway.verdict import Judgement, Verdict
from clawupgrade.model import CredentialRef, Owner, Plan
from clawupgrade.ports import Event, Host
from clawupgrade.repairs import repair_for
from clawupgrade.steps import serving

_DEVICE = "device-token-mismatch"
_NAMES = (("OPENCLAW_GATEWAY_TOKEN", "token"), ("OPENCLAW_GATEWAY_PASSWORD", "password"))


def await_target(host: Host, plan: Plan, root: str, step: str) -> tuple[Answer, Verdict, tuple[str, ...]]:
    """As `serving.await_target`, with the rungs that were climbed; each is asked for by what stands on the disk.

    root: of the package that serves now. What a rung changes (config, unit) lies in the run's snapshot, which a
    way back restores. One rung at most: a third refused knock would leave none for seeing the old gateway again.

    Raises:
        StepFailed: the gateway is worse than before the run, and no rung helped.
    """
    began = host.clock.now()
    answer, verdict = serving.settle(host, plan, step)
    rung = _rung(host, plan, verdict)
    if rung is not None:
        landed = replace(plan.landing, package=replace(plan.install.package, root=root))
        repair, there = repair_for(rung), replace(plan, install=landed)
        host.say(Event("note", step, repair.says(there)))
        repair.do(host, there)
        repair.prove(host, there)
        answer, verdict = serving.settle(host, plan, step)
    serving.require_well(host, plan, verdict, began)
    return answer, verdict, () if rung is None else (rung.value,)


def _rung(host: Host, plan: Plan, verdict: Verdict) -> Rung | None:
    """Only what cannot rotate a secret of others: the two rungs that bring the service to the config's own."""
    if verdict.condemns is not Judgement.REPAIR_THEN_ROLL_BACK or verdict.cause == _DEVICE:
        return None
    if serving.same_secret(host, plan.landing) is None and serving.same_secret(host, plan.install) is None:
        return None  # the secret itself is lost: the way back has it
    return Rung.REFRESH if _unit_differs(host, plan) else Rung.RESTART


def _unit_differs(host: Host, plan: Plan) -> bool:
    service = plan.landing.service
    if service.owner is not Owner.SYSTEMD_USER or not service.files:
        return False
    for name, kind in _NAMES:
        there = host.secrets.digest(CredentialRef("unit", service.files[0], name, kind, ""))
        config = host.secrets.digest(
            CredentialRef("config", plan.landing.config_path, f"gateway.auth.{kind}", kind, "")
        )
        if there is not None and config is not None and there != config:
            return True
    return False
