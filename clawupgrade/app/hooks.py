"""Finds the operator's hooks for a plan, and runs those that come when everything is over."""

from __future__ import annotations

from clawupgrade.engine import journal as kinds
from clawupgrade.engine.runs import Runs
from clawupgrade.errors import Refused
from clawupgrade.model import Outcome, Report, plan_from_json
from clawupgrade.policy.hooks import Phase, in_order
from clawupgrade.ports import Host
from clawupgrade.steps.hooks import try_hooks

_EXECUTABLE = 0o111
_OTHERS_WRITE = 0o002


def find_hooks(host: Host, folder: str) -> tuple[tuple[tuple[str, str], ...], tuple[str, ...]]:
    """(phase, path) of every hook below a folder, in order; and a note for each file that looks like one and is none.

    Raises:
        Refused: everybody may write to one: whoever does would be us.
    """
    hooks: list[tuple[str, str]] = []
    notes: list[str] = []
    for phase in Phase if folder else ():
        place = f"{folder}/{phase}"
        for path in (f"{place}/{name}" for name in in_order(host.files.names(place))):
            if not _is_file(host, path):
                continue
            mode = host.files.mode(path) or 0
            if not mode & _EXECUTABLE:
                notes.append(f"{path} is not executable: it is left out")
                continue
            if mode & _OTHERS_WRITE or (host.files.mode(place) or 0) & _OTHERS_WRITE:
                raise Refused(f"everybody may write to the hook {path}", f"run: chmod o-w {path} {place}")
            hooks.append((phase.value, path))
    return tuple(hooks), tuple(notes)


def run_last_hooks(host: Host, runs: Runs, report: Report) -> tuple[str, ...]:
    """Run `upgraded.d` or `rolled-back.d` after a run; what they say changes nothing but the notes."""
    if not report.run_id:
        return ()
    records = runs.load(report.run_id).records
    plan = plan_from_json(dict(records[0].data))
    begun = {record.step for record in records if record.kind == kinds.STEP_BEGAN}
    if report.outcome in (Outcome.UPGRADED, Outcome.NEEDS_PERSON):
        phase = Phase.ROLLED_BACK if plan.kind == "rollback" else Phase.UPGRADED
    elif report.outcome is Outcome.ROLLED_BACK or "pre-stop-hooks" in begun:
        phase = Phase.ROLLED_BACK
    else:
        return ()
    more = (
        ("CLAWUPGRADE_RUN_OUTCOME", report.outcome.value),
        ("CLAWUPGRADE_RUN_EXIT_CODE", str(int(report.exit_code))),
        ("CLAWUPGRADE_RUN_MESSAGE", report.message),
    )
    return tuple(try_hooks(host, plan, phase, "", more))


def _is_file(host: Host, path: str) -> bool:
    try:
        return host.files.read(path) is not None
    except OSError:
        return False  # a folder, or nothing that we may read
