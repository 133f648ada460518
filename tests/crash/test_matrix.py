"""All old or all new, whatever breaks: the matrix over every story.

A case breaks one effect of one run in one way (crash before, in or after it; error before or after it;
no space; hang; success that is a lie), with the machine killed or without power, then lets a new process
recover. Afterwards package, config, state, unit and gateway must be all old or all new, as the journal's
commit point says; no message that a gateway took may be lost; the journal is closed; a second recovery
does nothing; and the machine has had nothing to object to.
"""

from __future__ import annotations

import pytest

from crash.cases import Kind
from crash.conftest import Tallies
from crash.stories import STORIES

# A repair has fewer effects than an upgrade.
_FEWEST = {Kind.SINGLE: 250, Kind.SIGNALS: 40, Kind.SECOND: 20}
_FEWEST_OF_REPAIRS = {Kind.SINGLE: 150, Kind.SIGNALS: 25, Kind.SECOND: 8}


def fewest(story: str, kind: Kind) -> int:
    """So many cases at least: a matrix that tries nothing finds nothing."""
    return (_FEWEST_OF_REPAIRS if story.startswith("repair") else _FEWEST)[kind]


@pytest.mark.parametrize("story", STORIES)
def test_one_fault_anywhere_ends_all_old_or_all_new(matrix: Tallies, story: str) -> None:
    assert matrix[story, Kind.SINGLE].wrong == ()
    assert matrix[story, Kind.SINGLE].cases > fewest(story, Kind.SINGLE)


@pytest.mark.parametrize("story", STORIES)
def test_a_signal_anywhere_ends_all_old_or_all_new_without_recovery(matrix: Tallies, story: str) -> None:
    assert matrix[story, Kind.SIGNALS].wrong == ()
    assert matrix[story, Kind.SIGNALS].cases > fewest(story, Kind.SIGNALS)


@pytest.mark.parametrize("story", STORIES)
def test_a_second_crash_in_the_recovery_changes_nothing_about_that(matrix: Tallies, story: str) -> None:
    assert matrix[story, Kind.SECOND].wrong == ()
    assert matrix[story, Kind.SECOND].cases > fewest(story, Kind.SECOND)


@pytest.mark.full
@pytest.mark.parametrize("story", STORIES)
def test_every_crash(full_matrix: Tallies, story: str) -> None:
    assert full_matrix[story, Kind.CRASHES].wrong == ()


@pytest.mark.full
@pytest.mark.parametrize("story", STORIES)
def test_every_second_crash(full_matrix: Tallies, story: str) -> None:
    assert full_matrix[story, Kind.SECOND].wrong == ()


@pytest.mark.full
@pytest.mark.parametrize("story", STORIES)
def test_every_second_fault_without_a_crash(full_matrix: Tallies, story: str) -> None:
    assert full_matrix[story, Kind.SECOND_TROUBLES].wrong == ()
