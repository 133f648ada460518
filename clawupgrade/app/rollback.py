"""Rollback, long after: the old code first; the old state only where the old code needs it."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct, field
from msgspec.structs import replace

from clawupgrade.app.destination import destination, plan_of, require_package
from clawupgrade.app.drift import drift_of
from clawupgrade.app.earlier import Earlier, earlier_runs
from clawupgrade.app.finish import owe
from clawupgrade.app.oldcode import unreadable
from clawupgrade.app.recover import settle
from clawupgrade.app.report import report_of
from clawupgrade.app.snapshots import found
from clawupgrade.engine.runner import drive
from clawupgrade.engine.runs import Runs
from clawupgrade.errors import Refused
from clawupgrade.held import Since
from clawupgrade.model import Engine, Install, Plan, Report, Request
from clawupgrade.planning import CONFIG, STATE, make_rollback
from clawupgrade.policy.hooks import Phase
from clawupgrade.ports import Host
from clawupgrade.steps import steps_of
from clawupgrade.survey.problems import refuse_for
from clawupgrade.survey.survey import survey


class Back(Struct, frozen=True):
    """What was asked for: the run `of`, else the last one; the snapshot `to`; or, with `undo`, the last rollback.

    with_state: None decides by whether the old code reads the state as it is. discard: go back although
    somebody changed the version or the config since. why: what made clawupgrade itself go back.
    """

    of: str | None = None
    to: str | None = None
    undo: bool = False
    with_state: bool | None = None
    discard: bool = False
    why: str = ""


class Return(Struct, frozen=True):
    """What a rollback would do. `lost` are files of the state that would go back in time, `since` what was
    added to it meanwhile, `drift` what somebody changed and would be undone as well.
    """

    plan: Plan
    taken_back: Plan
    reason: str
    lost: tuple[str, ...] = ()
    since: Since = field(default_factory=Since)
    drift: tuple[str, ...] = ()


def rollback(
    host: Host,
    runs: Runs,
    request: Request,
    run_id: str,
    *,
    program: tuple[str, ...],
    agree: Callable[[Return], None],
    back: Back,
) -> Report:
    """Take a run back, or go to a snapshot; a run of its own, which `undo` takes back in turn.

    agree: raises Refused when a person says no to what would be lost.

    Raises:
        Refused: nothing to take back, the package is not kept, or somebody changed something since.
        UsageError: there is no such snapshot.
    """
    settle(host, runs)
    every = tuple(earlier_runs(runs))
    install = survey(host, request)
    if not back.discard:  # a config that somebody broke is one of them, and a reason to go back
        refuse_for([Refused(message, hint) for message, hint in install.obstacles])
    earlier, drift = _earlier(host, every, install, back)
    require_package(host, earlier)
    restores, reason = _state_goes(host, install, earlier, back, f"{runs.folder(run_id)}-asked")
    names = tuple(name for name, _, _ in earlier.sources if restores or not name.startswith(STATE))
    if earlier.engine is Engine.IMAGE:
        # Compose files are the user's: the image is pinned anew, and what was edited in them since stays.
        names = tuple(name for name in names if not name.startswith("service-"))
    state = tuple(name for name in names if name.startswith(STATE))
    plan = make_rollback(
        install,
        earlier,
        run_id=run_id,
        created_at=host.clock.now().isoformat(),
        restore_from=earlier.snapshot,
        restore_names=names,
        serve_after=_is_to_serve(host, install, earlier, back),
        folder=runs.folder(run_id),
        program=program,
    )
    lost = tuple(str(path) for path in host.snapshots.differs(earlier.snapshot, names=state)) if state else ()
    since = host.snapshots.since(earlier.snapshot) if lost else Since()
    # Of hooks only what tells others that it went back: no script stands between a machine and its way back.
    told = tuple((phase, path) for phase, path in earlier.hooks if phase == Phase.ROLLED_BACK)
    plan = replace(plan, notes=(*plan.notes, *_notes(earlier, since, lost, drift)), hooks=told, why=back.why)
    agree(Return(plan, earlier, reason, lost, since, drift))
    owe(runs, run_id)
    journal = runs.create(plan)
    drive(steps_of(plan), plan, journal, host)
    return report_of(journal.records)


def _is_to_serve(host: Host, install: Install, earlier: Plan, back: Back) -> bool:
    """Whether the gateway runs afterwards: not where a person has stopped it, but where it has died.

    One that had ended with 78 was taken back by the watch, and left down: it was found so.
    """
    died = host.services.look(install.service).failed
    return install.service.active or died or (bool(back.why) and earlier.serve_after)


def _earlier(host: Host, every: tuple[Earlier, ...], install: Install, back: Back) -> tuple[Plan, tuple[str, ...]]:
    if back.to is not None:
        # Who names a snapshot has said what the machine shall be like, whatever became of it since.
        return plan_of(host, every, install, found(host, back.to)), ()
    earlier = destination(every, "rollback" if back.undo else "upgrade", back.of)
    drift = drift_of(host, install, earlier)
    if drift and not back.discard:
        more = f" (and {len(drift) - 1} more changes)" if len(drift) > 1 else ""
        raise Refused(
            f"somebody changed something since run {earlier.run_id}: {drift[0]}{more}",
            "take that back first, or give --discard-changes: it is kept, and rollback --undo brings it back",
        )
    return earlier, drift


def _state_goes(host: Host, install: Install, earlier: Plan, back: Back, scratch: str) -> tuple[bool, str]:
    """Whether the state goes back as well, and why."""
    if back.with_state is not None:
        return back.with_state, "asked for"
    if back.to is not None:
        return True, f"snapshot {back.to} was named: the state goes back to it"
    if back.undo:
        # The rollback kept aside what it replaced: what it did to the state is what is undone.
        went = any(name.startswith(STATE) for name in earlier.restore_names)
        return went, "the rollback put the state back: its undoing does, too" if went else "the rollback left the state"
    refused = unreadable(host, install, earlier.snapshot, earlier.hops[0].tree, scratch)
    if not refused:
        return False, f"{earlier.install.package.version} reads the state as it is: only the code and {CONFIG} go back"
    return True, f"{len(refused)} databases were migrated, {refused[0]} among them: the state goes back too"


def _notes(earlier: Plan, since: Since, lost: tuple[str, ...], drift: tuple[str, ...]) -> tuple[str, ...]:
    notes = tuple(f"discarded: {line}" for line in drift)
    if lost:
        notes += (
            f"the state is as it was at {earlier.created_at}; of what came since, {since.words} are kept aside: "
            "clawupgrade rollback --undo brings them back",
        )
    return notes
