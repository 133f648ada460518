"""The matrix is worth what it catches: planted faults, and the first case that finds each.

Planted are: `began_written_after_do`, `no_commit_point`, `committed_too_early`, `undone_forward`,
`half_done_is_not_undone`, `recovery_goes_forward`, `closed_before_quiesce_is_undone`,
`undo_failure_is_ignored`, `torn_tail_stays`, `switch_is_undone_by_the_plan`, `old_gateway_is_not_asked`,
`doctor_is_not_undone`, `update_leaves_its_state`, `torn_tree_goes_by_its_name`, `no_last_pass`,
`state_restored_under_the_gateway`, `nothing_is_synced_at_the_end`,
`updater_may_start_the_gateway`, `losses_are_accepted`, `leftovers_stay`, `stopped_is_believed`,
`exchanged_back_the_same_way`, `mended_is_not_synced`, `units_are_read_once`, `stop_is_believed`,
`repair_is_not_undone`, `stopped_container_stays_stopped`, `target_may_start_at_boot`,
`target_is_held_once_it_runs`, `policy_is_not_given_back`, `released_before_the_commit`,
`unit_goes_before_the_release`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from clawupgrade.errors import ClawupgradeError
from crash.cases import Case, Kind, second_crashes, single_faults
from crash.ends import Ends
from crash.mutants import MUTANTS
from crash.stories import STORIES, Story
from crash.trial import ends_of


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: str(mutant.__name__))
def test_the_matrix_catches(mutant: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch) -> None:
    name, kind = MUTANTS[mutant]
    story = STORIES[name]()
    ends = ends_of(story)
    mutant(monkeypatch)
    found = next(_wrong(story, ends, kind), None)
    assert found is not None, "no case finds it"
    print(f"{mutant.__name__}: {found.label} → {found.wrong[:200]}")


def _wrong(story: Story, ends: Ends, kind: Kind) -> Iterator[Case]:
    cases = single_faults(story, ends) if kind is Kind.SINGLE else second_crashes(story, ends, 7)
    try:
        yield from (case for case in cases if case.wrong)
    except (ClawupgradeError, AssertionError, OSError) as error:
        yield Case("the run itself", f"{type(error).__name__}: {error}")
