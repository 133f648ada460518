"""The loop: what it writes down, in which order, and what it does with signals, errors and a lost journal."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from msgspec import Struct, field
from msgspec.structs import replace

from clawupgrade.app.report import report_of
from clawupgrade.engine import journal as kinds
from clawupgrade.engine.runner import drive
from clawupgrade.engine.step import Evidence
from clawupgrade.errors import Broken, StepFailed
from clawupgrade.model import Engine, Outcome, Plan
from clawupgrade.ports import Event, Host
from clawupgrade.testing.faults import Fault, Way
from clawupgrade.testing.machine import Machine, born
from clawupgrade.testing.releases import Release
from clawupgrade.testing.runs import MemoryJournal


class Told(Struct, frozen=True):
    """A step that writes down that it was called, and fails where it is told to."""

    name: str
    calls: list[str]
    live: bool = True
    fails: dict[str, Exception] = field(default_factory=dict)
    evidence: Evidence = field(default_factory=dict)

    def do(self, host: Host, plan: Plan) -> None:
        self._call("do")

    def prove(self, host: Host, plan: Plan) -> Evidence:
        self._call("prove")
        return self.evidence

    def undo(self, host: Host, plan: Plan) -> Evidence:
        self._call("undo")
        return {}

    def _call(self, verb: str) -> None:
        self.calls.append(f"{verb} {self.name}")
        if verb in self.fails:
            raise self.fails[verb]


@pytest.fixture
def machine() -> Machine:
    return born([Release("2026.6.11")])


@pytest.fixture
def plan(machine: Machine) -> Plan:
    return Plan(1, "run", "", machine.install(), "2026.9.6", Engine.CLONE, "", (), "run", (), serve_after=True)


@pytest.fixture
def calls() -> list[str]:
    return []


@pytest.fixture
def journal(machine: Machine, plan: Plan) -> MemoryJournal:
    return machine.runs().create(plan)


def kinds_of(journal: MemoryJournal) -> list[str]:
    return [f"{record.kind} {record.step}".strip() for record in journal.records]


def test_the_intent_is_written_before_the_work_and_the_result_after_the_proof(
    machine: Machine, plan: Plan, journal: MemoryJournal, calls: list[str]
) -> None:
    seen: list[tuple[str, str]] = []

    def look(verb: str) -> Callable[[Host, Plan], None]:
        return lambda host, plan: seen.append((verb, kinds_of(journal)[-1]))

    class Looking(Struct, frozen=True):
        name: str = "a"
        live: bool = True

        def do(self, host: Host, plan: Plan) -> None:
            look("do")(host, plan)

        def prove(self, host: Host, plan: Plan) -> Evidence:
            look("prove")(host, plan)
            return {"version": "1"}

        def undo(self, host: Host, plan: Plan) -> Evidence:
            raise AssertionError("nothing went wrong")

    assert drive((Looking(),), plan, journal, machine.host()) is Outcome.UPGRADED
    assert seen == [("do", "step.began a"), ("prove", "step.began a")]
    assert kinds_of(journal)[1:] == ["step.began a", "step.done a", "run.closed"]
    assert journal.records[2].data == {"version": "1", "seconds": 0.0}


@pytest.mark.parametrize("verb", ["do", "prove"])
@pytest.mark.parametrize(
    ("error", "said"),
    [
        (StepFailed("no room", "make some", transient=True), ("no room", "make some", True)),
        (OSError(5, "bad disk"), ("OSError: [Errno 5] bad disk", "", True)),
        (KeyError("x"), ("KeyError: 'x'", "", False)),
    ],
)
def test_whatever_a_step_raises_takes_the_run_back(
    machine: Machine, plan: Plan, journal: MemoryJournal, calls: list[str], verb: str, error: Exception, said: object
) -> None:
    steps = (Told("a", calls), Told("b", calls, fails={verb: error}), Told("c", calls))
    assert drive(steps, plan, journal, machine.host()) is Outcome.ROLLED_BACK
    assert calls[-2:] == ["undo b", "undo a"]
    assert "do c" not in calls
    failed = next(record for record in journal.records if record.kind == kinds.STEP_FAILED)
    assert (failed.data["error"], failed.data["hint"], failed.data["transient"]) == said


def test_a_run_that_touched_nothing_live_failed_clean(
    machine: Machine, plan: Plan, journal: MemoryJournal, calls: list[str]
) -> None:
    steps = (Told("a", calls, live=False, fails={"do": StepFailed("no")}), Told("b", calls))
    assert drive(steps, plan, journal, machine.host()) is Outcome.FAILED_CLEAN


def test_a_failing_undo_stops_everything(
    machine: Machine, plan: Plan, journal: MemoryJournal, calls: list[str]
) -> None:
    torn = Told("b", calls, fails={"do": StepFailed("no"), "undo": OSError(5, "bad disk")})
    assert drive((Told("a", calls), torn), plan, journal, machine.host()) is Outcome.BROKEN
    assert calls[-1] == "undo b"
    assert kinds_of(journal)[-1] == "undo.failed b"
    # Nothing more is done, however often it is driven, until a person says so.
    assert drive((Told("a", calls), torn), plan, journal, machine.host()) is Outcome.BROKEN
    journal.append(kinds.RUN_RETRIED)
    mended = replace(torn, fails={})
    assert drive((Told("a", calls), mended), plan, journal, machine.host()) is Outcome.ROLLED_BACK
    assert calls[-2:] == ["undo b", "undo a"]


def test_a_signal_takes_the_run_back_between_two_steps(
    machine: Machine, plan: Plan, journal: MemoryJournal, calls: list[str]
) -> None:
    host = machine.host(signal=15, since=4)  # run.opened, and a's two records are effects 0 to 2
    assert drive((Told("a", calls), Told("b", calls), Told("c", calls)), plan, journal, host) is Outcome.ROLLED_BACK
    assert calls == ["do a", "prove a", "do b", "prove b", "undo b", "undo a"]
    assert next(record.data for record in journal.records if record.kind == kinds.RUN_CANCELLED) == {"signal": 15}
    assert host.fence.taken() is None, "on the way back the fence is shut"


def test_a_step_that_fails_under_a_signal_says_so(
    machine: Machine, plan: Plan, journal: MemoryJournal, calls: list[str]
) -> None:
    """SIGTERM at the first moment of `stage` ended npm, and the run with exit 1 instead of 143."""
    host = machine.host(signal=15, since=4)
    drive((Told("a", calls), Told("b", calls, fails={"do": StepFailed("ended")})), plan, journal, host)
    (failed,) = [record.data for record in journal.records if record.kind == kinds.STEP_FAILED]
    assert failed["signal"] == 15
    assert report_of(journal.records).exit_code == 128 + 15


def test_a_signal_after_the_last_step_comes_too_late(
    machine: Machine, plan: Plan, journal: MemoryJournal, calls: list[str]
) -> None:
    host = machine.host(signal=15, since=3)
    assert drive((Told("a", calls),), plan, journal, host) is Outcome.UPGRADED


def test_stop_before_leaves_the_journal_open(
    machine: Machine, plan: Plan, journal: MemoryJournal, calls: list[str]
) -> None:
    steps = (Told("a", calls), Told("b", calls, fails={"do": StepFailed("no")}))
    assert drive(steps, plan, journal, machine.host(), stop_before="a") is Outcome.BROKEN
    assert calls[-1] == "undo b"
    assert kinds_of(journal)[-1] == "undo.done b"
    assert drive(steps, plan, journal, machine.host()) is Outcome.ROLLED_BACK


def test_nothing_is_done_once_the_journal_is_lost(machine: Machine, plan: Plan, calls: list[str]) -> None:
    struck = machine.fork(Fault(2, Way.ERROR))  # the first step's “began” is effect 1, its “done” effect 2
    journal = struck.runs().create(plan)
    with pytest.raises(Broken):
        drive((Told("a", calls), Told("b", calls)), plan, journal, struck.host())
    assert calls == ["do a", "prove a"]


def test_whoever_watches_is_told(machine: Machine, plan: Plan, journal: MemoryJournal, calls: list[str]) -> None:
    heard: list[Event] = []
    steps = (Told("a", calls), Told("b", calls, fails={"do": StepFailed("no")}))
    drive(steps, plan, journal, replace(machine.host(), say=heard.append))
    assert [(event.kind, event.step) for event in heard] == [
        ("run.began", ""),
        ("step.began", "a"),
        ("step.done", "a"),
        ("step.began", "b"),
        ("step.failed", "b"),
        ("undo.began", "b"),
        ("undo.done", "b"),
        ("undo.began", "a"),
        ("undo.done", "a"),
        ("run.ended", ""),
    ]
