"""Tries the matrix once, on both cores, and says at the end how many cases there were."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import pytest

from crash.cases import Kind, Tally, tally
from crash.stories import STORIES

_SAID = pytest.StashKey[list[str]]()
_WORKERS = 2
# All pairs of crashes take minutes: a run of all tests tries each n-th of them, in a fixed order.
_EVERY = 67

Tallies = Mapping[tuple[str, Kind], Tally]


@pytest.fixture(scope="session")
def matrix(request: pytest.FixtureRequest) -> Tallies:
    """Single faults, signals, and a sample of second crashes, over all stories."""
    return _tried(request, "crash matrix", (Kind.SINGLE, Kind.SIGNALS, Kind.SECOND), _EVERY)


@pytest.fixture(scope="session")
def full_matrix(request: pytest.FixtureRequest) -> Tallies:
    """Every crash, and every second fault in the recovery from every crash, over all stories."""
    return _tried(request, "full crash matrix", (Kind.CRASHES, Kind.SECOND, Kind.SECOND_TROUBLES), 1)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What is marked `full` runs only when it is asked for by `-m`."""
    if "full" in config.option.markexpr:
        return
    here = [item for item in items if "crash" in item.path.parts and item.get_closest_marker("full")]
    items[:] = [item for item in items if item not in here]
    if here:
        config.hook.pytest_deselected(items=here)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """One line for each matrix that was tried."""
    for line in config.stash.get(_SAID, []):
        terminalreporter.write_line(line)


def _tried(request: pytest.FixtureRequest, title: str, kinds: tuple[Kind, ...], every: int) -> Tallies:
    began = time.monotonic()
    found = {(each.story, kind): each for kind, each in _tallies(kinds, every)}
    counts = ", ".join(f"{sum(t.cases for (_, k), t in found.items() if k == kind)} {kind}" for kind in kinds)
    total = sum(each.cases for each in found.values())
    said = f"{title}: {total} cases ({counts}) over {len(STORIES)} stories in {time.monotonic() - began:.0f} s"
    request.config.stash.setdefault(_SAID, []).append(said)
    return found


def _tallies(kinds: tuple[Kind, ...], every: int) -> Iterator[tuple[Kind, Tally]]:
    # Stories that are told last are the long ones: begin with them, so that no core waits.
    tasks = [(name, kind) for kind in kinds for name in STORIES]
    tasks.sort(key=lambda task: "hops" not in task[0])
    with ProcessPoolExecutor(_WORKERS, get_context("fork"), sys.settrace, (None,)) as pool:
        results = [(kind, pool.submit(tally, name, kind, every)) for name, kind in tasks]
        for kind, result in results:
            yield kind, result.result()
