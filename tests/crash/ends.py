"""The two ends of a run, all old and all new, and what is wrong with a machine that is at neither."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from clawupgrade.app.recover import recover
from clawupgrade.engine import journal as kinds
from clawupgrade.model import Outcome
from clawupgrade.steps import steps_of
from clawupgrade.testing.composed import UNITS
from clawupgrade.testing.disk import File, Folder, Link
from clawupgrade.testing.machine import Machine
from clawupgrade.testing.releases import jobs_of, messages_of, schema_of
from clawupgrade.testing.runs import decoded
from crash.stories import Story

NEW_SIDE = (Outcome.UPGRADED, Outcome.NEEDS_PERSON, Outcome.MENDED)


@dataclass(frozen=True, slots=True)
class End:
    """A machine on which nothing is broken, and what its disk looks like."""

    machine: Machine
    shape: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Ends:
    """The machine before the run, and after it; `new` is None where the run cannot succeed."""

    old: End
    new: End | None


def is_closed(story: Story, machine: Machine) -> bool:
    """Whether the run's journal is closed, or never was opened."""
    records = _records(story, machine)
    return not records or records[-1].kind == kinds.RUN_CLOSED


def is_committed(story: Story, machine: Machine) -> bool:
    """Whether the commit point is on the disk: the last step is done, and nothing turned the run back."""
    found = [record.kind for record in _records(story, machine)]
    done = found.count(kinds.STEP_DONE)
    turned = (kinds.STEP_FAILED, kinds.RUN_CANCELLED)
    return done == len(steps_of(story.plan)) and not any(kind in turned for kind in found)


def complaints(
    story: Story, ends: Ends, machine: Machine, *, committed: bool, owed: int | None = None
) -> Iterator[str]:
    """What is wrong with the machine after recovery; nothing, if it is all old or all new.

    committed: which of the two it must be. owed: of how many of the messages none may be lost; None
    for all. A gateway that a boot starts before anybody has recovered owes what it takes to nobody.
    """
    yield from machine.world.violations
    if not is_closed(story, machine):
        yield "the journal is not closed"
        return
    yield from _idle_again(story, machine)
    records = _records(story, machine)
    is_new = bool(records) and Outcome(records[-1].data["outcome"]) in NEW_SIDE
    if is_new is not committed:
        yield f"the run was {'' if committed else 'not '}committed, and it ended {'new' if is_new else 'old'}"
    if is_new and ends.new is None:
        yield "a run that cannot succeed says that it did"
        return
    end = ends.new if is_new and ends.new is not None else ends.old
    yield from _differences(end, machine)
    yield from _lost_messages(story, machine, is_new=is_new, owed=owed)
    yield from _gateway_troubles(end.machine, machine)


def _idle_again(story: Story, machine: Machine) -> Iterator[str]:
    again = machine.fork()
    report = recover(again.host(), again.runs())
    if report is not None:
        yield "a second recovery found something to do"
    if again.world.faults.seen:
        yield f"a second recovery did {again.world.faults.seen[0].name}"


def _differences(end: End, machine: Machine) -> Iterator[str]:
    wanted, found = end.shape, shape_of(machine)
    for path in sorted(wanted.keys() | found.keys()):
        if wanted.get(path) != found.get(path):
            yield f"{path} is {found.get(path)}, not {wanted.get(path)}"
    if end.machine.world.loaded != machine.world.loaded:
        yield "the service manager has loaded another unit than it should"
    if (end.machine.world.container, end.machine.world.restart) != (machine.world.container, machine.world.restart):
        yield f"the container is of {machine.world.container}, restarted: {machine.world.restart}"


def shape_of(machine: Machine) -> dict[str, object]:
    """The disk without what may differ: logs, our own folders, and the messages in the database.

    Nor does a boot unit count to which no link leads: a disk that refused to remove it leaves a text.
    """
    layout = machine.world.layout
    shape: dict[str, object] = {}
    for path, entry in machine.world.disk.entries.items():
        if path.startswith((f"{layout.state_dir}/logs", f"{layout.home}/.local")):
            continue
        if path.startswith((f"{layout.units}/clawupgrade-", f"{UNITS}/clawupgrade-")) and not _is_linked(machine, path):
            continue
        match entry:
            case File(content, mode):
                is_database = path == layout.database_path
                shape[path] = ((schema_of(content), jobs_of(content)) if is_database else content, mode)
            case Link(target):
                shape[path] = target
            case Folder(mode) if "/.clawupgrade" not in path:
                shape[path] = mode
    return shape


def _is_linked(machine: Machine, path: str) -> bool:
    folder, _, name = path.rpartition("/")
    targets = ("default", "multi-user")
    return any(f"{folder}/{target}.target.wants/{name}" in machine.world.disk.entries for target in targets)


def _lost_messages(story: Story, machine: Machine, *, is_new: bool, owed: int | None) -> Iterator[str]:
    """Every message that the gateway which serves in the end, or one before it, took is still there."""
    before, after = story.machine.world, machine.world
    path = after.layout.database_path
    since = after.heard[len(before.heard) :]
    forgiven = set() if owed is None else {message.line for message in after.heard[owed:]}
    kept = messages_of(before.disk.file(path) or b"")
    if is_new and story.plan.restore_names:
        entry = before.snapshots[story.plan.restore_from].entries[path]
        assert isinstance(entry, File)
        kept = messages_of(entry.content)
        since = tuple(message for message in since if message.version == story.plan.target)
    elif not is_new:
        since = tuple(each for each in since if each.version == story.plan.install.package.version)
    wanted = [*kept.splitlines(keepends=True), *(message.line for message in since)]
    found = messages_of(after.disk.file(path) or b"").splitlines(keepends=True)
    if [line for line in found if line not in forgiven] != [line for line in wanted if line not in forgiven]:
        yield f"of {len(wanted)} messages that should be there, {len(found)} are"


def _gateway_troubles(end: Machine, machine: Machine) -> Iterator[str]:
    wanted, found = end.world.daemon, machine.world.daemon
    if (wanted is None) is not (found is None):
        yield f"the gateway {'serves' if found else 'is down'}: {machine.world.words[-1:]}"
    if wanted is None or found is None:
        return
    if (wanted.release, wanted.token) != (found.release, found.token):
        yield f"the gateway of {found.release.version} serves, not that of {wanted.release.version}"


def _records(story: Story, machine: Machine) -> tuple[kinds.Record, ...]:
    return decoded(machine.world.journals.get(story.plan.run_id, b""))[0]
