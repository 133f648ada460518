"""The config's history and a run's own change of it: readable, and without a secret."""

from __future__ import annotations

import json

import pytest
from msgspec.structs import replace

from clawupgrade.app.changes import config_history, run_diff
from clawupgrade.app.finish import finish
from clawupgrade.app.upgrade import upgrade
from clawupgrade.errors import Refused
from clawupgrade.host.snapshot_port import StoredSnapshots
from clawupgrade.host.snapshots import SnapshotStore
from clawupgrade.model import Plan, plan_from_json
from clawupgrade.openclaw.diff import Mask
from clawupgrade.testing.machine import Machine, born
from clawupgrade.testing.plans import request_for
from clawupgrade.testing.releases import Release

OLD, NEW = Release("2026.6.11", schema=3), Release("2026.6.12", schema=3)
MASK = Mask(b"a key")


@pytest.fixture(scope="module")
def upgraded() -> tuple[Machine, Plan]:
    machine = born([OLD, NEW])
    request = request_for(machine, NEW.version)
    report = upgrade(
        machine.host(),
        machine.runs(),
        request,
        "20260901T000000Z-a",
        program=("clawupgrade",),
        agree=lambda found: None,
    )
    finish(machine.host(), machine.runs(), report)
    return machine, plan_from_json(dict(machine.runs().load(report.run_id).records[0].data))


def edited(machine: Machine, text: str) -> Machine:
    machine = machine.fork()
    machine.world.disk.put_text(machine.world.layout.config_path, text)
    return machine


def test_a_run_is_shown_by_what_it_changed_and_not_by_what_was_edited_since(upgraded: tuple[Machine, Plan]) -> None:
    machine, plan = edited(upgraded[0], '{"edited": "since"}'), upgraded[1]
    diff = run_diff(machine.host(), plan, MASK)
    paths = [change["path"] for change in diff.to_json()]
    assert "meta.lastTouchedVersion" in paths
    assert "edited" not in paths
    token = json.loads(machine.host().snapshots.read_file(plan.snapshot, plan.install.config_path) or b"{}")
    assert token["gateway"]["auth"]["token"] not in "\n".join(diff.lines)


def test_where_the_end_was_not_noted_the_config_of_now_stands_for_it(upgraded: tuple[Machine, Plan]) -> None:
    machine, plan = edited(upgraded[0], '{"edited": "since"}'), upgraded[1]
    machine.world.noted.clear()
    assert "edited" in [change["path"] for change in run_diff(machine.host(), plan, MASK).to_json()]


def test_what_cannot_be_compared_is_refused_with_a_reason(upgraded: tuple[Machine, Plan]) -> None:
    machine, plan = edited(upgraded[0], "{ torn"), upgraded[1]
    with pytest.raises(Refused, match="is not kept"):
        run_diff(machine.host(), replace(plan, snapshot="never-was"), MASK)
    machine.world.noted.clear()
    with pytest.raises(Refused, match="cannot be compared"):
        run_diff(machine.host(), plan, MASK)


def test_the_history_tells_each_state_by_what_led_to_it(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("history")
    config = folder / "openclaw.json"
    store = SnapshotStore(folder / "store")
    host = replace(born([OLD]).host(), snapshots=StoredSnapshots(store))
    for number, text in enumerate(['{"a": 1, "token": "geheim"}', '{"a": 2, "token": "anders"}', "{ torn"]):
        config.write_text(text)
        store.take(f"s{number}", [], readable=[config])
        store.seal(f"s{number}")
    first, second, third = config_history(host, MASK)
    assert (first.diff, first.problem, first.path) == (None, "", str(config))
    assert second.diff is not None
    assert [change["path"] for change in second.diff.to_json()] == ["token", "a"]
    assert "geheim" not in "".join(second.diff.lines)
    assert third.diff is None
    assert "openclaw.json:1" in third.problem
