"""Faults planted in the engine, the steps and the journal: each is one careless line that somebody might write."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress

import pytest

from clawupgrade.app import recover as recovering
from clawupgrade.engine import decide as deciding
from clawupgrade.engine import journal as kinds
from clawupgrade.engine import runner
from clawupgrade.engine.decide import Close, Next, Undo, decide
from clawupgrade.engine.journal import Journal, Record
from clawupgrade.engine.step import Evidence, Step
from clawupgrade.model import Outcome, Plan
from clawupgrade.ports import Host
from clawupgrade.steps import confirm, leftovers, packages, update
from clawupgrade.steps import state as states
from clawupgrade.steps.doctor import Doctor
from clawupgrade.steps.quiesce import Quiesce
from clawupgrade.steps.start import Start
from clawupgrade.steps.switch import Switch
from clawupgrade.steps.update import Update
from clawupgrade.testing.runs import MemoryJournal
from crash import trial
from crash.cases import Kind

Patch = pytest.MonkeyPatch
Decide = Callable[[Sequence[Step], Sequence[Record]], Next]


def began_written_after_do(patch: Patch) -> None:
    """The intent is written down when the work is done."""

    def take(step: Step, plan: Plan, journal: Journal, host: Host) -> None:
        try:
            step.do(host, plan)
            journal.append(kinds.STEP_BEGAN, step.name)
            journal.append(kinds.STEP_DONE, step.name, dict(step.prove(host, plan)))
        except Exception as error:
            journal.append(kinds.STEP_FAILED, step.name, {"error": str(error)})

    patch.setattr(runner, "_take", take)


def no_commit_point(patch: Patch) -> None:
    """A run that was cut off between its last step and its closing is taken back all the same."""

    def choose(steps: Sequence[Step], records: Sequence[Record]) -> Next:
        if records[-1].kind == kinds.RUN_CLOSED or not _interrupted(records):
            return decide(steps, records)
        rest = _to_undo(steps, records)
        return Undo(rest[-1]) if rest else Close(Outcome.ROLLED_BACK)

    _decide_by(patch, choose)


def committed_too_early(patch: Patch) -> None:
    """Once the new gateway has started, the run counts as done."""

    def choose(steps: Sequence[Step], records: Sequence[Record]) -> Next:
        done = [record for record in records if record.kind == kinds.STEP_DONE]
        started = done and done[-1].step.startswith("start:") and records[-1].kind == kinds.STEP_DONE
        return Close(Outcome.UPGRADED) if started else decide(steps, records)

    _decide_by(patch, choose)


def undone_forward(patch: Patch) -> None:
    """Steps are undone in the order in which they were done."""

    def choose(steps: Sequence[Step], records: Sequence[Record]) -> Next:
        turn = decide(steps, records)
        return Undo(_to_undo(steps, records)[0]) if isinstance(turn, Undo) else turn

    _decide_by(patch, choose)


def half_done_is_not_undone(patch: Patch) -> None:
    """A step that began and did not end is skipped on the way back."""

    def choose(steps: Sequence[Step], records: Sequence[Record]) -> Next:
        turn = decide(steps, records)
        done = {record.step for record in records if record.kind == kinds.STEP_DONE}
        rest = [step for step in _to_undo(steps, records) if step.name in done]
        if not isinstance(turn, Undo):
            return turn
        return Undo(rest[-1]) if rest else Close(Outcome.ROLLED_BACK)

    _decide_by(patch, choose)


def recovery_goes_forward(patch: Patch) -> None:
    """Recovery takes the run up where it was cut off."""
    patch.setattr(deciding, "_TURNS_BACK", {kinds.STEP_FAILED, kinds.RUN_CANCELLED})


def closed_before_quiesce_is_undone(patch: Patch) -> None:
    """Package and state are back: close, and leave the gateway to somebody else."""

    def choose(steps: Sequence[Step], records: Sequence[Record]) -> Next:
        turn = decide(steps, records)
        is_quiesce = isinstance(turn, Undo) and turn.step.name == "quiesce"
        return Close(Outcome.ROLLED_BACK) if is_quiesce else turn

    _decide_by(patch, choose)


def undo_failure_is_ignored(patch: Patch) -> None:
    """What cannot be undone is left, and the rest goes on."""

    def take_back(step: Step, plan: Plan, journal: Journal, host: Host) -> None:
        with suppress(Exception):
            step.undo(host, plan)
        journal.append(kinds.UNDO_DONE, step.name)

    patch.setattr(runner, "_take_back", take_back)


def torn_tail_stays(patch: Patch) -> None:
    """The next record is written behind half a record."""

    def write(journal: MemoryJournal, name: str, line: bytes) -> None:
        before = journal._world.journals[journal._run_id]
        journal._world.effect(
            f"journal {name}",
            lambda: journal._keep(before + line),
            lambda: journal._keep(before + line[: len(line) // 2]),
            fills=True,
        )

    patch.setattr(MemoryJournal, "_write", write)


def switch_is_undone_by_the_plan(patch: Patch) -> None:
    """The journal says that the switch began, so it is exchanged back, wherever the old version lies."""

    def undo(step: Switch, host: Host, plan: Plan) -> Evidence:
        host.files.exchange(step.hop.live, step.hop.tree)
        return {}

    patch.setattr(Switch, "undo", undo)


def old_gateway_is_not_asked(patch: Patch) -> None:
    """It was started, so it serves."""

    def undo(step: Quiesce, host: Host, plan: Plan) -> Evidence:
        if plan.serve_after:
            host.services.start(plan.install.service, plan.limits.stop)
        return {}

    patch.setattr(Quiesce, "undo", undo)


def doctor_is_not_undone(patch: Patch) -> None:
    """The old package is back; what doctor did to the state was only a repair."""
    patch.setattr(Doctor, "undo", lambda step, host, plan: {})


def update_leaves_its_state(patch: Patch) -> None:
    """`openclaw update` changed the package, so the package is put back."""

    def put_back(host: Host, plan: Plan) -> None:
        """Nothing."""

    before = Update.undo

    def undo(step: Update, host: Host, plan: Plan) -> Evidence:
        with pytest.MonkeyPatch.context() as inner:
            inner.setattr(states, "put_back", put_back)
            return before(step, host, plan)

    patch.setattr(Update, "undo", undo)


def torn_tree_goes_by_its_name(patch: Patch) -> None:
    """A tree that names the old version is the old version."""

    def undo(step: Update, host: Host, plan: Plan) -> Evidence:
        states.put_back(host, plan)
        old = plan.install.package
        if packages.version_at(host, step.hop.tree) == old.version:
            packages.put_live(host, step.hop.tree, old.root)
        return {}

    patch.setattr(Update, "undo", undo)


def no_last_pass(patch: Patch) -> None:
    """The snapshot was taken a minute ago; it is sealed as it is."""

    def do(step: Quiesce, host: Host, plan: Plan) -> None:
        host.snapshots.seal(plan.snapshot)
        if plan.serve_after:
            host.services.stop(plan.install.service, plan.limits.stop)

    patch.setattr(Quiesce, "do", do)


def state_restored_under_the_gateway(patch: Patch) -> None:
    """Going back, the new gateway is left running until the old one starts."""
    patch.setattr(Start, "undo", lambda step, host, plan: {})
    patch.setattr(states.serving, "make_way", lambda host, plan: None)


def nothing_is_synced_at_the_end(patch: Patch) -> None:
    """The gateway serves: what more could be wanted before the run counts as done?"""
    patch.setattr(confirm.Confirm, "do", lambda step, host, plan: None)


def exchanged_back_the_same_way(patch: Patch) -> None:
    """Where an exchange takes three renames, it does not matter which tree makes way first."""

    def put_live(host: Host, kept: str, live: str) -> None:
        if host.files.exists(live):
            host.files.exchange(live, kept)
        else:
            host.files.rename(kept, live)

    patch.setattr(packages, "put_live", put_live)


def updater_may_start_the_gateway(patch: Patch) -> None:
    """OpenClaw's updater leaves the gateway as it found it."""
    before = Update.do

    def do(step: Update, host: Host, plan: Plan) -> None:
        with pytest.MonkeyPatch.context() as inner:
            inner.setattr(update.serving, "make_way", lambda host, plan: None)
            before(step, host, plan)

    patch.setattr(Update, "do", do)


def leftovers_stay(patch: Patch) -> None:
    """Half a file beside the file does no harm."""
    patch.setattr(leftovers, "remove", lambda host, *paths: None)


def stopped_is_believed(patch: Patch) -> None:
    """The service manager said that it stopped the gateway that was stopped before the run."""
    before = Start.prove

    def prove(step: Start, host: Host, plan: Plan) -> Evidence:
        return before(step, host, plan) if plan.serve_after else {}

    patch.setattr(Start, "prove", prove)


def _to_undo(steps: Sequence[Step], records: Sequence[Record]) -> list[Step]:
    undone = {record.step for record in records if record.kind == kinds.UNDO_DONE}
    begun = {record.step for record in records if record.kind == kinds.STEP_BEGAN}
    return [step for step in steps if step.name in begun - undone]


def _interrupted(records: Sequence[Record]) -> bool:
    return any(record.kind == kinds.RUN_INTERRUPTED for record in records)


def _decide_by(patch: Patch, choose: Decide) -> None:
    for module in (runner, recovering):
        patch.setattr(module, "decide", choose)
    assert trial.drive is runner.drive


# What is careless, and where the matrix is to find it: a story, and the kind of case.
MUTANTS: dict[Callable[[Patch], None], tuple[str, Kind]] = {
    began_written_after_do: ("success", Kind.SINGLE),
    no_commit_point: ("success", Kind.SINGLE),
    committed_too_early: ("1008", Kind.SINGLE),
    undone_forward: ("failing doctor", Kind.SINGLE),
    half_done_is_not_undone: ("success", Kind.SINGLE),
    recovery_goes_forward: ("success", Kind.SINGLE),
    closed_before_quiesce_is_undone: ("failing doctor", Kind.SINGLE),
    undo_failure_is_ignored: ("failing doctor", Kind.SINGLE),
    torn_tail_stays: ("success", Kind.SINGLE),
    switch_is_undone_by_the_plan: ("success", Kind.SINGLE),
    old_gateway_is_not_asked: ("failing doctor", Kind.SINGLE),
    doctor_is_not_undone: ("failing doctor", Kind.SINGLE),
    update_leaves_its_state: ("in place", Kind.SINGLE),
    torn_tree_goes_by_its_name: ("in place", Kind.SECOND),
    no_last_pass: ("success", Kind.SINGLE),
    state_restored_under_the_gateway: ("1008", Kind.SINGLE),
    nothing_is_synced_at_the_end: ("success", Kind.SINGLE),
    updater_may_start_the_gateway: ("in place, restarting", Kind.SINGLE),
    leftovers_stay: ("migrating", Kind.SINGLE),
    stopped_is_believed: ("stopped before", Kind.SINGLE),
    exchanged_back_the_same_way: ("no exchange, 1008", Kind.SINGLE),
}
