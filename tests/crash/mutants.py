"""All planted faults, and where the matrix is to find each."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from crash import careless_containers as containers
from crash import careless_engine as engine
from crash import careless_repairs as repairs
from crash import careless_steps as steps
from crash.cases import Kind

# What is careless, and where the matrix is to find it: a story, and the kind of case.
MUTANTS: dict[Callable[[pytest.MonkeyPatch], None], tuple[str, Kind]] = {
    engine.began_written_after_do: ("success", Kind.SINGLE),
    engine.no_commit_point: ("success", Kind.SINGLE),
    engine.committed_too_early: ("1008", Kind.SINGLE),
    engine.undone_forward: ("failing doctor", Kind.SINGLE),
    engine.half_done_is_not_undone: ("success", Kind.SINGLE),
    engine.recovery_goes_forward: ("success", Kind.SINGLE),
    engine.closed_before_quiesce_is_undone: ("failing doctor", Kind.SINGLE),
    engine.undo_failure_is_ignored: ("failing doctor", Kind.SINGLE),
    engine.torn_tail_stays: ("success", Kind.SINGLE),
    steps.switch_is_undone_by_the_plan: ("success", Kind.SINGLE),
    steps.old_gateway_is_not_asked: ("failing doctor", Kind.SINGLE),
    steps.doctor_is_not_undone: ("failing doctor", Kind.SINGLE),
    steps.update_leaves_its_state: ("in place", Kind.SINGLE),
    steps.torn_tree_goes_by_its_name: ("in place", Kind.SECOND),
    steps.no_last_pass: ("success", Kind.SINGLE),
    steps.state_restored_under_the_gateway: ("1008", Kind.SINGLE),
    steps.nothing_is_synced_at_the_end: ("success", Kind.SINGLE),
    steps.updater_may_start_the_gateway: ("in place, restarting", Kind.SINGLE),
    steps.losses_are_accepted: ("forgetting doctor", Kind.SINGLE),
    steps.leftovers_stay: ("migrating", Kind.SINGLE),
    steps.stopped_is_believed: ("stopped before", Kind.SINGLE),
    steps.exchanged_back_the_same_way: ("no exchange, 1008", Kind.SINGLE),
    repairs.mended_is_not_synced: ("repair, unit", Kind.SINGLE),
    repairs.units_are_read_once: ("repair, in vain", Kind.SECOND),
    repairs.stop_is_believed: ("repair, key", Kind.SINGLE),
    repairs.repair_is_not_undone: ("repair, in vain", Kind.SINGLE),
    containers.stopped_container_stays_stopped: ("container, always restarted", Kind.SINGLE),
    containers.target_may_start_at_boot: ("container", Kind.SINGLE),
    containers.target_is_held_once_it_runs: ("container", Kind.SINGLE),
    containers.policy_is_not_given_back: ("container, 1008", Kind.SINGLE),
    containers.released_before_the_commit: ("container", Kind.SINGLE),
    containers.unit_goes_before_the_release: ("container", Kind.SINGLE),
}
