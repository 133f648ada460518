"""The quarantine as an installation keeps it: read, added to when a run has ended, cleared by a person."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from clawupgrade.engine import journal as kinds
from clawupgrade.engine.journal import Record
from clawupgrade.engine.runs import Runs
from clawupgrade.errors import JournalDamaged, UsageError
from clawupgrade.model import Outcome, Plan, Report, plan_from_json
from clawupgrade.openclaw.versions import is_newer, parse
from clawupgrade.policy.quarantine import (
    KEPT_AS,
    Failure,
    Quarantined,
    add,
    condemns,
    document_of,
    entries_from,
    outgrown,
)
from clawupgrade.ports import Host

CHANGED = (Outcome.UPGRADED, Outcome.NEEDS_PERSON)


def entries(runs: Runs) -> tuple[Quarantined, ...]:
    """All that were added, also those whose time is up. Raises JournalDamaged."""
    return entries_from(runs.kept(KEPT_AS))


def learn(host: Host, runs: Runs, report: Report) -> Quarantined | None:
    """Draw the lesson of a run that has closed; what was added, or None. Idempotent.

    A version that failed is added, and so is one that a person took back: the next timer must not undo that.
    """
    if not report.run_id:
        return None
    records = runs.load(report.run_id).records
    plan = plan_from_json(dict(records[0].data))
    now = host.clock.now()
    before = entries(runs)
    after = before
    version, failure = _lesson(plan, report.outcome, records)
    if failure is not None:
        after = add(before, version, failure, plan.run_id, now)
    elif report.outcome in CHANGED:
        after = outgrown((each for each in before if each.version != plan.target), plan.target, now)
    if after == before:
        return None
    runs.keep(KEPT_AS, document_of(after))
    return after[-1] if failure is not None else None


def heed(host: Host, runs: Runs, version: str, cause: str) -> Quarantined:
    """Pass over a version that failed on another host; the entry. Told again, it counts anew, but not twice.

    What was said of a failure here stays: it tells more.

    Raises:
        Refused: that is no version.
    """
    parse(version)
    before = entries(runs)
    now = host.clock.now()
    own = next((each for each in before if each.version == version and each.run_id), None)
    others = tuple(each for each in before if each.version != version)
    told = add(others, version, Failure("fleet", host.veil(cause)), "", now)
    after = told if own is None else (*others, replace(own, since=now))
    runs.keep(KEPT_AS, document_of(after))
    return after[-1]


def clear(runs: Runs, version: str | None = None) -> tuple[str, ...]:
    """Forget one version, or all; the versions that were forgotten.

    A file that cannot be read is replaced: to clear it is its cure.

    Raises:
        UsageError: that version is not in quarantine.
    """
    try:
        before = entries(runs)
    except JournalDamaged:
        before = ()
    gone = tuple(each.version for each in before if version in (None, each.version))
    if version is not None and not gone:
        raise UsageError(f"{version} is not in quarantine", "see: clawupgrade quarantine list")
    runs.keep(KEPT_AS, document_of(each for each in before if each.version not in gone))
    return gone


def _lesson(plan: Plan, outcome: Outcome, records: Sequence[Record]) -> tuple[str, Failure | None]:
    old, new = plan.install.package.version, plan.target
    if plan.kind == "rollback":
        taken_back = outcome in CHANGED and is_newer(old, new)
        cause = plan.why or f"taken back by run {plan.run_id}"
        return old, Failure("soak" if plan.why else "rollback", cause) if taken_back else None
    failure = _failure(records)
    return new, failure if plan.kind == "upgrade" and condemns(outcome, failure) else None


def _failure(records: Sequence[Record]) -> Failure | None:
    """The failure that turned the run back; None where something else did, such as a signal or a power cut."""
    for record in records:
        match record.kind:
            case kinds.STEP_FAILED:
                said = record.data
                return Failure(record.step, str(said["error"]), bool(said.get("transient") or said.get("signal")))
            case kinds.RUN_CANCELLED | kinds.RUN_INTERRUPTED:
                return None
    return None
