"""Rollback, long after: the old code first; the old state only where the old code needs it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from clawupgrade.app.recover import settle
from clawupgrade.app.report import report_of
from clawupgrade.engine.runner import drive
from clawupgrade.engine.runs import Runs
from clawupgrade.errors import Refused
from clawupgrade.model import Outcome, Plan, Report, Request, plan_from_json
from clawupgrade.planning import CONFIG, STATE, make_rollback
from clawupgrade.ports import Host
from clawupgrade.steps import packages, steps_of
from clawupgrade.survey.survey import survey

_CHANGED = (Outcome.UPGRADED, Outcome.NEEDS_PERSON)


@dataclass(frozen=True, slots=True)
class Return:
    """What a rollback would do. `lost` are files of the state that would go back in time."""

    plan: Plan
    taken_back: Plan
    reason: str
    lost: tuple[str, ...]


def rollback(
    host: Host,
    runs: Runs,
    request: Request,
    run_id: str,
    *,
    program: tuple[str, ...],
    agree: Callable[[Return], None],
    of: str | None = None,
    undo: bool = False,
    with_state: bool | None = None,
) -> Report:
    """Take a run back: `of`, else the last that changed something; with `undo`, the last rollback.

    with_state: None decides by the databases: state comes back only where one was migrated or is new
    since, for there the old code refuses to start (openclaw #110487).

    Raises:
        Refused: nothing to take back, the kept package is gone, or somebody upgraded since.
    """
    settle(host, runs)
    earlier = _run_to_take_back(runs, of, "rollback" if undo else "upgrade")
    install = survey(host, request)
    if install.package.version != earlier.target:
        raise Refused(
            f"run {earlier.run_id} led to {earlier.target}, but {install.package.version} is installed now",
            "somebody changed it since; take that back first, or run: clawupgrade run --to VERSION",
        )
    back_to = earlier.install.package.version
    if packages.version_at(host, earlier.hops[0].tree) != back_to:
        raise Refused(
            f"the package of {back_to} is no longer kept in {earlier.hops[0].tree}",
            f"install it anew: clawupgrade run --to {back_to} --allow-downgrade",
        )
    migrated = host.snapshots.migrated_databases(earlier.snapshot)
    restores = bool(migrated) if with_state is None else with_state
    names = tuple(name for name, _, _ in earlier.sources if restores or not name.startswith(STATE))
    plan = make_rollback(
        install,
        earlier,
        run_id=run_id,
        created_at=host.clock.now().isoformat(),
        restore_from=earlier.snapshot,
        restore_names=names,
        folder=runs.folder(run_id),
        program=program,
    )
    lost = (
        host.snapshots.differs(earlier.snapshot, names=tuple(name for name in names if name.startswith(STATE)))
        if restores
        else ()
    )
    agree(Return(plan, earlier, _reason(migrated, with_state), tuple(str(path) for path in lost)))
    journal = runs.create(plan)
    drive(steps_of(plan), plan, journal, host)
    return report_of(journal.records)


def _run_to_take_back(runs: Runs, of: str | None, kind: str) -> Plan:
    taken_back: set[str] = set()
    for run_id in reversed(runs.ids()):
        records = runs.load(run_id).records
        plan = plan_from_json(dict(records[0].data))
        if report_of(records).outcome not in _CHANGED:
            continue
        if plan.run_id in taken_back:
            continue
        if (of is None and plan.kind == kind) or plan.run_id == of:
            return plan
        if plan.takes_back:
            taken_back.add(plan.takes_back)
    raise Refused(
        f"there is no {kind} to take back" if of is None else f"run {of} is no upgrade that can be taken back",
        "see: clawupgrade history",
    )


def _reason(migrated: tuple[str, ...], with_state: bool | None) -> str:
    if with_state is not None:
        return "asked for"
    if not migrated:
        return f"no database was migrated: only the code and {CONFIG} go back"
    return f"{len(migrated)} databases were migrated, {migrated[0]} among them: the state goes back too"
