"""Rollback long after: old code, old config, and the state only where a database was migrated."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from msgspec.structs import replace

from clawupgrade.app import rollback as module
from clawupgrade.app.drift import drift_of
from clawupgrade.app.finish import finish
from clawupgrade.app.rollback import Back, Return, rollback
from clawupgrade.app.upgrade import upgrade
from clawupgrade.errors import Refused, UsageError
from clawupgrade.model import Outcome, Report, plan_from_json
from clawupgrade.planning import stage_root
from clawupgrade.testing import daemon
from clawupgrade.testing.faults import Crash, Fault, Way
from clawupgrade.testing.machine import Machine, born
from clawupgrade.testing.plans import request_for
from clawupgrade.testing.releases import Release

OLD = Release("2026.6.11", schema=3)
NEW = Release("2026.9.6", schema=5)
SAME = Release("2026.6.12", schema=3)
PROGRAM = ("clawupgrade",)
_BACK = Back()


def upgraded(new: Release) -> Machine:
    machine = born([OLD, new])
    request = request_for(machine, new.version)
    report = upgrade(
        machine.host(), machine.runs(), request, "20260901T000000Z-a", program=PROGRAM, agree=lambda found: None
    )
    finish(machine.host(), machine.runs(), report)
    machine.world.time += 86_400
    machine.world.beat()
    return machine


def taken_back(machine: Machine, run_id: str = "20260902T000000Z-b", back: Back = _BACK) -> tuple[Report, Return]:
    seen: list[Return] = []
    report = rollback(
        machine.host(),
        machine.runs(),
        request_for(machine),
        run_id,
        program=PROGRAM,
        agree=seen.append,
        back=back,
    )
    finish(machine.host(), machine.runs(), report)
    return report, seen[0]


def test_a_migrated_state_goes_back_with_the_code_and_what_that_loses_is_said() -> None:
    machine = upgraded(NEW)
    report, shown = taken_back(machine)
    assert (report.outcome, report.to_version) == (Outcome.UPGRADED, OLD.version)
    assert machine.world.layout.database_path in shown.lost
    assert "the state goes back too" in shown.reason
    assert machine.world.daemon is not None
    assert machine.world.daemon.release == OLD
    assert machine.world.violations == []


def test_a_state_that_the_old_code_can_read_stays() -> None:
    machine = upgraded(SAME)
    heard = machine.world.heard
    report, shown = taken_back(machine)
    assert (report.outcome, report.to_version) == (Outcome.UPGRADED, OLD.version)
    assert shown.lost == ()
    database = machine.world.disk.file(machine.world.layout.database_path) or b""
    assert heard[-1].line in database, "what was said to the newer gateway is kept"


@pytest.mark.parametrize("why", ["", "the gateway of 2026.9.6 ended with 78"])
def test_a_gateway_that_died_serves_after_the_rollback(why: str) -> None:
    machine = upgraded(NEW)
    daemon.end(machine.world)
    machine.world.exit_status = 78
    report, _ = taken_back(machine, back=replace(_BACK, why=why))
    assert (report.outcome, report.to_version) == (Outcome.UPGRADED, OLD.version)
    assert machine.world.daemon is not None


def test_what_the_watch_takes_back_serves_though_no_manager_says_that_it_died() -> None:
    machine = upgraded(NEW)
    daemon.end(machine.world)
    report, _ = taken_back(machine, back=replace(_BACK, why="the gateway is down"))
    assert report.outcome is Outcome.UPGRADED
    assert machine.world.daemon is not None


def test_a_gateway_that_a_person_has_stopped_stays_stopped() -> None:
    machine = upgraded(NEW)
    daemon.end(machine.world)
    report, _ = taken_back(machine)
    assert (report.outcome, machine.world.daemon) == (Outcome.UPGRADED, None)


def test_a_rollback_can_be_taken_back() -> None:
    machine = upgraded(SAME)
    taken_back(machine)
    report, _ = taken_back(machine, "20260903T000000Z-c", Back(undo=True))
    assert (report.outcome, report.to_version) == (Outcome.UPGRADED, SAME.version)
    assert machine.world.daemon is not None
    assert machine.world.daemon.release == SAME


def test_nothing_to_take_back() -> None:
    with pytest.raises(Refused, match="no upgrade to take back"):
        taken_back(born([OLD]))


def test_a_machine_that_somebody_changed_since_is_left_alone() -> None:
    machine = upgraded(NEW)
    newer = replace(NEW, version="2026.9.7")
    world = machine.world
    world.registry = {**world.registry, newer.spec: newer}
    for path, content in newer.tree().items():
        world.disk.put_text(f"{world.layout.root}/{path}", content.decode())
    with pytest.raises(Refused, match="is installed now"):
        taken_back(machine)


def test_a_rollback_that_is_cut_off_is_itself_taken_back() -> None:
    machine = upgraded(NEW)
    probe = machine.fork()
    taken_back(probe)
    crash = next(each.number for each in probe.world.faults.seen if each.name.startswith("restore"))
    struck = machine.fork(Fault(crash, Way.AFTER))
    with pytest.raises(Crash):
        taken_back(struck)
    later = struck.fork()
    taken_back(later, "20260903T000000Z-c")
    assert later.install().package.version == OLD.version
    assert later.world.violations == []


def edited(machine: Machine, **sections: object) -> None:
    path = machine.world.layout.config_path
    config = json.loads(machine.world.disk.file(path) or b"{}")
    machine.world.disk.put_text(path, json.dumps(config | sections, indent=2), 0o600)


def test_what_somebody_edited_since_is_shown_and_not_taken_away_without_a_word() -> None:
    machine = upgraded(SAME)
    edited(machine, gateway={"auth": {"token": "chosen-since"}, "port": 18789}, meta={"lastTouchedAt": "now"})
    with pytest.raises(Refused, match="somebody changed something since") as refused:
        taken_back(machine)
    assert "chosen-since" not in refused.value.message
    assert "--discard-changes" in refused.value.hint
    assert machine.install().package.version == SAME.version
    report, shown = taken_back(machine, "20260903T000000Z-c", Back(discard=True))
    assert (report.outcome, report.to_version) == (Outcome.UPGRADED, OLD.version)
    assert shown.drift
    assert report.notes[0].startswith("discarded: the config was edited since")


def test_what_openclaw_writes_by_itself_is_no_change_of_anybody() -> None:
    machine = upgraded(SAME)
    edited(machine, meta={"lastTouchedVersion": SAME.version, "lastTouchedAt": "now"}, wizard={"lastRunAt": "now"})
    assert taken_back(machine)[0].outcome is Outcome.UPGRADED


def test_a_config_that_does_not_parse_any_more_is_a_change() -> None:
    machine = upgraded(SAME)
    plan = plan_from_json(dict(machine.runs().load("20260901T000000Z-a").records[0].data))
    install = machine.install()
    machine.world.disk.put_text(machine.world.layout.config_path, "{ torn", 0o600)
    (line,) = drift_of(machine.host(), install, plan)
    assert "does not parse" in line


def test_what_forbids_a_change_forbids_a_rollback() -> None:
    machine = upgraded(SAME)
    with pytest.raises(Refused, match="two services"), patched_survey("two services claim it"):
        taken_back(machine)


@contextmanager
def patched_survey(obstacle: str) -> Iterator[None]:
    true = module.survey
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "survey", lambda host, request: replace(true(host, request), obstacles=((obstacle, ""),)))
        yield


def test_what_is_lost_is_said_in_numbers_beforehand() -> None:
    machine = upgraded(NEW)
    taken = len(machine.world.heard)
    report, shown = taken_back(machine)
    assert 0 < shown.since.messages <= taken
    assert f"{shown.since.messages} message" in " ".join(report.notes)


def test_keeping_the_state_and_putting_it_back_can_be_asked_for() -> None:
    machine = upgraded(SAME)
    report, shown = taken_back(machine, back=Back(with_state=True))
    assert (report.outcome, shown.reason) == (Outcome.UPGRADED, "asked for")
    assert machine.world.layout.database_path in shown.lost
    other = upgraded(NEW)
    assert taken_back(other, back=Back(with_state=False))[0].outcome is Outcome.ROLLED_BACK, "old code, newer schema"


def test_undoing_brings_back_the_state_that_the_rollback_put_aside() -> None:
    machine = upgraded(NEW)
    taken_back(machine)
    before = machine.world.disk.file(machine.world.layout.database_path) or b""
    report, shown = taken_back(machine, "20260903T000000Z-c", Back(undo=True))
    assert (report.outcome, report.to_version) == (Outcome.UPGRADED, NEW.version)
    after = machine.world.disk.file(machine.world.layout.database_path) or b""
    assert after.startswith(b"user_version=5")
    assert before.startswith(b"user_version=3")
    assert "its undoing does, too" in shown.reason


def test_a_snapshot_of_the_installed_version_gives_back_the_state_alone() -> None:
    machine = upgraded(SAME)
    later = machine.world.disk.file(machine.world.layout.database_path) or b""
    taken_back(machine)
    taken_back(machine, "20260903T000000Z-c", Back(undo=True))
    machine.world.beat()
    report, shown = taken_back(machine, "20260904T000000Z-d", Back(to="20260902T000000Z-b"))
    assert (report.outcome, report.to_version) == (Outcome.UPGRADED, SAME.version)
    assert "was named" in shown.reason
    assert all("switch" not in step.name for step in report.steps)
    assert (machine.world.disk.file(machine.world.layout.database_path) or b"").startswith(later[:20])
    back, _ = taken_back(machine, "20260905T000000Z-e", Back(undo=True))
    assert back.outcome is Outcome.UPGRADED
    assert machine.world.violations == []


def test_a_snapshot_of_another_version_takes_the_package_that_a_run_keeps() -> None:
    machine = upgraded(NEW)
    report, _ = taken_back(machine, back=Back(to="20260901T000000Z-a"))
    assert (report.outcome, report.to_version) == (Outcome.UPGRADED, OLD.version)
    assert machine.world.daemon is not None
    assert machine.world.daemon.release == OLD


def test_a_snapshot_whose_package_nobody_keeps_or_that_says_nothing_is_refused() -> None:
    machine = upgraded(SAME)
    host = machine.host()
    folder = f"{stage_root(machine.install())}/20260901T000000Z-a"
    host.files.remove(folder)
    with pytest.raises(Refused, match="no run keeps that package"):
        taken_back(machine, back=Back(to="20260901T000000Z-a"))
    snapshots = machine.world.snapshots
    snapshots["20260901T000000Z-a"] = replace(snapshots["20260901T000000Z-a"], meta={})
    with pytest.raises(Refused, match="does not say of which version"):
        taken_back(machine, back=Back(to="20260901T000000Z-a"))
    with pytest.raises(UsageError, match="no snapshot never"):
        taken_back(machine, back=Back(to="never"))
