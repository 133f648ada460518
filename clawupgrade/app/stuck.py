"""What a person needs to lead a stuck run out: how far back it came, what is kept where, and what to type."""

from __future__ import annotations

from collections.abc import Sequence

from clawupgrade.engine import journal as kinds
from clawupgrade.engine.journal import Record
from clawupgrade.model import Owner, Plan


def way_out(plan: Plan, records: Sequence[Record]) -> tuple[str, ...]:
    """Sentences for a run whose undo failed; none for any other."""
    failed = next((r for r in reversed(records) if r.kind in (kinds.UNDO_FAILED, kinds.RUN_RETRIED)), None)
    if failed is None or failed.kind == kinds.RUN_RETRIED or records[-1].kind == kinds.RUN_CLOSED:
        return ()
    begun = [record.step for record in records if record.kind == kinds.STEP_BEGAN]
    undone = {record.step for record in records if record.kind == kinds.UNDO_DONE}
    left = [step for step in begun if step not in undone]
    return (
        f"going back stopped at “{failed.step}”; still to be taken back, in this order: {', '.join(reversed(left))}",
        *_package(plan),
        f"state, config and service definition of before are in snapshot {plan.snapshot}; nothing of it was removed",
        f"the gateway's own words: {_log(plan)}",
        f"once the cause is mended, this goes on where it stopped: clawupgrade recover --retry {plan.run_id}",
    )


def _package(plan: Plan) -> tuple[str, ...]:
    """Where the old package is; a repair moves none."""
    old = plan.install.package
    return tuple(
        f"{old.version} lies in {old.root}, or in {hop.tree} where it was moved aside" for hop in plan.hops[:1]
    )


def _log(plan: Plan) -> str:
    service = plan.install.service
    match service.owner:
        case Owner.SYSTEMD_USER:
            return f"journalctl --user -u {service.name} -n 50"
        case Owner.SYSTEMD_SYSTEM:
            return f"journalctl -u {service.name} -n 50"
        case Owner.COMPOSE if service.composed is not None:
            return f"{' '.join(service.composed.compose)} --project-name {service.composed.project} logs {service.name}"
        case _:
            return f"{plan.install.state_dir}/logs"
