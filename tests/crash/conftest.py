"""Tries the matrix story by story, each on whatever core is free, and says at the end how many cases there were."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from crash.cases import Kind, Tally, tally

_CASES = "cases of the crash matrix"
# All pairs of crashes take minutes: a run of all tests tries each n-th of them, in a fixed order.
_EVERY = 67


@dataclass(slots=True)
class Tallies:
    """`tallies[story, kind]` tries all cases of one kind over one story, and lets them be counted at the end.

    One at a time: whoever has several cores divides the stories among them (`pytest -n 2`).
    """

    tell: Callable[[str, object], None]
    every: int
    known: dict[tuple[str, Kind], Tally] = field(default_factory=dict)

    def __getitem__(self, wanted: tuple[str, Kind]) -> Tally:
        if wanted not in self.known:
            story, kind = wanted
            self.known[wanted] = tally(story, kind, self.every)
            self.tell(_CASES, [str(kind), self.known[wanted].cases])
        return self.known[wanted]


@pytest.fixture
def matrix(record_property: Callable[[str, object], None]) -> Tallies:
    """Single faults, signals, and a sample of second crashes, over all stories."""
    return Tallies(record_property, _EVERY)


@pytest.fixture
def full_matrix(record_property: Callable[[str, object], None]) -> Tallies:
    """Every crash, and every second fault in the recovery from every crash, over all stories."""
    return Tallies(record_property, 1)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What is marked `full` runs only when it is asked for by `-m`."""
    if "full" in config.option.markexpr:
        return
    here = [item for item in items if "crash" in item.path.parts and item.get_closest_marker("full")]
    items[:] = [item for item in items if item not in here]
    if here:
        config.hook.pytest_deselected(items=here)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """One line for what was tried of the matrix."""
    counted, told = Counter[str](), 0
    for report in (*terminalreporter.getreports("passed"), *terminalreporter.getreports("failed")):
        for name, what in report.user_properties if report.when == "call" else ():
            if name == _CASES:
                kind, cases = what
                counted[kind] += cases
                told += 1
    if counted:
        counts = ", ".join(f"{cases} {kind}" for kind, cases in counted.items())
        terminalreporter.write_line(f"crash matrix: {counted.total()} cases ({counts}) in {told} tests")
