"""Snapshots outside a run: taken by hand or by a timer, tried out, kept, let go, carried away."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from clawupgrade.app.recover import settle
from clawupgrade.engine.runs import Runs
from clawupgrade.errors import ClawupgradeError, Exit, Refused, UsageError
from clawupgrade.held import Drilled, SnapshotInfo
from clawupgrade.model import Request
from clawupgrade.planning import sources_of
from clawupgrade.ports import Event, Host
from clawupgrade.steps.description import describe
from clawupgrade.steps.texts import config_texts
from clawupgrade.survey.survey import survey


class Checked(Struct, frozen=True):
    """What came of trying out one snapshot; `drilled` is None where it failed or no drill was asked for."""

    snapshot_id: str
    drilled: Drilled | None = None
    problem: str = ""
    hint: str = ""
    exit_code: int = int(Exit.OK)


def create(host: Host, runs: Runs, request: Request, snapshot_id: str, *, pinned: bool = False) -> SnapshotInfo:
    """Take one while the gateway goes on as it is; what changed meanwhile is caught up with once.

    A run that was cut off is brought to its end first: what lies half-way is not worth keeping.

    Raises:
        Refused: no installation, a database is corrupt, or a file cannot be read or kept; nothing is left.
        Broken: an earlier run is stuck.
    """
    settle(host, runs)
    install = survey(host, request)
    meta = describe(host, install, "by hand")
    sources = sources_of(install, leave_out=request.leave_out)
    try:
        host.snapshots.take(snapshot_id, sources, config_texts(host, install.config_path), meta)
        host.say(Event("note", text="the first pass is done; catching up with what changed meanwhile"))
        host.snapshots.delta(snapshot_id)
        host.snapshots.verify(snapshot_id)
        host.snapshots.seal(snapshot_id)
    except BaseException:  # a signal as well: a draft that nobody goes on with would only take space
        host.snapshots.discard(snapshot_id)
        raise
    if pinned:
        host.snapshots.pin(snapshot_id, pinned=True)
    return found(host, snapshot_id)


def found(host: Host, snapshot_id: str | None) -> SnapshotInfo:
    """The snapshot of that name, or, without a name, the newest.

    Raises:
        UsageError: there is none of that name.
        Refused: there is none at all.
    """
    listed = host.snapshots.listed()
    if snapshot_id is None:
        if not listed:
            raise Refused("there is no snapshot yet", "take one: clawupgrade snapshot create")
        return listed[-1]
    for info in listed:
        if info.snapshot_id == snapshot_id:
            return info
    raise UsageError(f"there is no snapshot {snapshot_id}", "see: clawupgrade snapshot list")


def check(host: Host, infos: Sequence[SnapshotInfo], *, drill: bool) -> tuple[Checked, ...]:
    """Read each back, and restore it into a scratch folder unless `drill` is False; every one is tried."""
    return tuple(_checked(host, info.snapshot_id, drill=drill) for info in infos)


def _checked(host: Host, snapshot_id: str, *, drill: bool) -> Checked:
    host.say(Event("note", text=f"trying out {snapshot_id}"))
    try:
        if drill:
            return Checked(snapshot_id, host.snapshots.drill(snapshot_id))
        host.snapshots.verify(snapshot_id)
    except ClawupgradeError as error:
        return Checked(snapshot_id, None, error.message, error.hint, int(error.exit_code))
    return Checked(snapshot_id)
