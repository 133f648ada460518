"""Hooks as steps: what a script says decides as its folder promises, and no script can harm the run."""

from __future__ import annotations

import pytest

from clawupgrade.app.finish import finish
from clawupgrade.app.gate import Gate
from clawupgrade.app.hooks import find_hooks
from clawupgrade.app.quarantine import entries
from clawupgrade.app.recover import settle
from clawupgrade.app.rollback import Back, rollback
from clawupgrade.app.upgrade import upgrade
from clawupgrade.errors import Exit, Refused
from clawupgrade.model import Outcome, Report
from clawupgrade.policy.hooks import Phase, in_order
from clawupgrade.testing.machine import Machine, born
from clawupgrade.testing.plans import request_for
from clawupgrade.testing.releases import Release

OLD, NEW = Release("2026.6.11", schema=3), Release("2026.9.6", schema=5)
RUN = "20260901T000000Z-a"


def hooked(**hooks: str) -> Machine:
    """A machine with hooks: `pre_stop_10="1"` is a file 10 in pre-stop.d that ends with 1."""
    machine = born([OLD, NEW])
    folders = {phase.name.lower(): phase for phase in Phase}
    for name, text in hooks.items():
        phase, _, file = name.rpartition("_")
        machine.world.disk.put_text(f"{machine.world.layout.hooks}/{folders[phase]}/{file}", text, 0o755)
    return machine


def asked(machine: Machine) -> Report:
    host, runs = machine.host(), machine.runs()
    gate = Gate(hooks=machine.world.layout.hooks)
    found = upgrade(host, runs, request_for(machine), RUN, program=("clawupgrade",), agree=lambda _: None, gate=gate)
    return finish(host, runs, found)


def ran(machine: Machine) -> list[str]:
    return [each.name.removeprefix("hook ") for each in machine.world.faults.seen if each.name.startswith("hook ")]


EVERY = {
    "preflight_1": "0",
    "pre_stop_1": "0",
    "post_switch_1": "0",
    "required_1": "0",
    "wanted_1": "0",
    "upgraded_1": "0",
    "rolled_back_1": "0",
}


def test_all_run_once_in_their_order_and_the_gateway_is_where_they_expect_it() -> None:
    machine = hooked(**EVERY)
    assert asked(machine).outcome is Outcome.UPGRADED
    wanted = ["preflight.d/1", "pre-stop.d/1", "post-switch.d/1", "verify.d/required/1", "verify.d/wanted/1"]
    assert ran(machine) == [*wanted, "upgraded.d/1"]
    order = [each.name for each in machine.world.faults.seen]
    switch, down = order.index("hook post-switch.d/1"), next(n for n, e in enumerate(order) if e.startswith("stop"))
    assert order.index("hook pre-stop.d/1") < down < switch < order.index("hook verify.d/required/1")
    assert machine.world.violations == []


@pytest.mark.parametrize(
    ("hook", "text", "outcome", "code"),
    [
        ("preflight_1", "1", Outcome.FAILED_CLEAN, Exit.FAILED_CLEAN),
        ("preflight_1", "75", Outcome.FAILED_CLEAN, Exit.BUSY),
        ("pre_stop_1", "1", Outcome.FAILED_CLEAN, Exit.FAILED_CLEAN),
        ("pre_stop_1", "75", Outcome.FAILED_CLEAN, Exit.BUSY),
        ("pre_stop_1", "hang", Outcome.FAILED_CLEAN, Exit.FAILED_CLEAN),
        ("post_switch_1", "1", Outcome.ROLLED_BACK, Exit.ROLLED_BACK),
        ("post_switch_1", "75", Outcome.ROLLED_BACK, Exit.ROLLED_BACK),
        ("required_1", "1", Outcome.ROLLED_BACK, Exit.ROLLED_BACK),
        ("required_1", "75", Outcome.ROLLED_BACK, Exit.ROLLED_BACK),
        ("required_1", "hang", Outcome.ROLLED_BACK, Exit.ROLLED_BACK),
        ("wanted_1", "1", Outcome.UPGRADED, Exit.OK),
        ("wanted_1", "hang", Outcome.UPGRADED, Exit.OK),
        ("upgraded_1", "1", Outcome.UPGRADED, Exit.OK),
    ],
)
def test_what_one_that_fails_means(hook: str, text: str, outcome: Outcome, code: Exit) -> None:
    machine = hooked(**EVERY | {hook: text})
    report = asked(machine)
    assert (report.outcome, report.exit_code) == (outcome, code)
    serving = machine.world.daemon
    assert serving is not None
    assert serving.release == (NEW if outcome is Outcome.UPGRADED else OLD)
    assert any("hook /" in line for line in (report.message, *report.notes))
    assert ("rolled-back.d/1" in ran(machine)) is (outcome is not Outcome.UPGRADED and hook != "preflight_1")
    assert machine.world.violations == []


@pytest.mark.parametrize(("hook", "text"), [("preflight_1", "1"), ("pre_stop_1", "1"), ("post_switch_1", "75")])
def test_what_is_no_fault_of_the_release_does_not_condemn_it(hook: str, text: str) -> None:
    machine = hooked(**{hook: text})
    asked(machine)
    assert entries(machine.runs()) == ()


def test_a_required_one_that_says_no_condemns_the_release() -> None:
    machine = hooked(required_1="1")
    asked(machine)
    assert [each.version for each in entries(machine.runs())] == [NEW.version]


def test_the_way_back_is_not_barred_by_a_script_and_tells_that_it_was_taken() -> None:
    machine = hooked(**EVERY)
    asked(machine)
    for phase in ("preflight.d", "pre-stop.d", "verify.d/required"):
        machine.world.disk.put_text(f"{machine.world.layout.hooks}/{phase}/1", "1", 0o755)
    machine = machine.fork()
    host, runs = machine.host(), machine.runs()
    report = rollback(
        host,
        runs,
        request_for(machine),
        "20260902T000000Z-b",
        program=("clawupgrade",),
        agree=lambda _: None,
        back=Back(),
    )
    finish(host, runs, report)
    assert report.outcome is Outcome.UPGRADED
    assert ran(machine) == ["rolled-back.d/1"]


def test_a_run_whose_driver_died_before_its_last_hooks_is_finished_by_the_next_command() -> None:
    machine = hooked(upgraded_1="0")
    host, runs = machine.host(), machine.runs()
    gate = Gate(hooks=machine.world.layout.hooks)
    upgrade(host, runs, request_for(machine), RUN, program=("clawupgrade",), agree=lambda _: None, gate=gate)
    assert ran(machine) == []
    for _ in range(2):
        settle(machine.host(), machine.runs())
    assert ran(machine) == ["upgraded.d/1"]


def test_only_files_that_may_run_are_hooks_and_nobody_else_may_write_them() -> None:
    machine = hooked(pre_stop_20="0", pre_stop_10="0")
    disk, folder = machine.world.disk, machine.world.layout.hooks
    disk.put_text(f"{folder}/pre-stop.d/30-plain", "0", 0o644)
    disk.put_text(f"{folder}/pre-stop.d/40.sample", "0", 0o755)
    disk.make(f"{folder}/pre-stop.d/50-folder")
    hooks, notes = find_hooks(machine.host(), folder)
    assert [path.rpartition("/")[2] for _, path in hooks] == ["10", "20"]
    assert [note.partition(" ")[0].rpartition("/")[2] for note in notes] == ["30-plain"]
    disk.put_text(f"{folder}/pre-stop.d/60", "0", 0o757)
    with pytest.raises(Refused, match="everybody may write"):
        find_hooks(machine.host(), folder)


def test_the_order_is_that_of_the_bytes() -> None:
    assert in_order(["b", "a", "10", "9", "A"]) == ("10", "9", "A", "a", "b")
    assert in_order([".hidden", "x~", "x.sample", "x.dpkg-old", "x.md", "with blank"]) == ()


def test_no_hooks_no_steps() -> None:
    machine = born([OLD, NEW])
    report = asked(machine)
    assert not [step.name for step in report.steps if step.name.endswith("-hooks")]
    assert report.outcome is Outcome.UPGRADED
