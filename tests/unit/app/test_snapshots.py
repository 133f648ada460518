"""Snapshots by hand: taken while the gateway serves, never of a machine that is half-way, found by name."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from clawupgrade.app.snapshots import check, create, found
from clawupgrade.app.upgrade import upgrade
from clawupgrade.errors import Refused, UsageError
from clawupgrade.host.snapshots import SnapshotDamaged
from clawupgrade.steps.description import describe, version_of
from clawupgrade.testing.faults import Crash, Fault, Way
from clawupgrade.testing.machine import Machine, born
from clawupgrade.testing.plans import request_for
from clawupgrade.testing.releases import Release
from clawupgrade.testing.snapshots import MemorySnapshots

OLD, NEW = Release("2026.6.11", schema=3), Release("2026.6.12", schema=3)
ID = "20260901T000000Z-s"


def taken(machine: Machine, name: str = ID, *, pinned: bool = False) -> str:
    return create(machine.host(), machine.runs(), request_for(machine), name, pinned=pinned).snapshot_id


def test_it_holds_the_state_and_says_what_it_is_of() -> None:
    machine = born([OLD])
    layout = machine.world.layout
    machine.world.daemon = None
    machine.world.disk.put_text(f"{layout.state_dir}/extensions/voice/package.json", '{"name": "v", "version": "3"}')
    machine.world.disk.put_text(f"{layout.state_dir}/npm/node_modules/@a/b/package.json", '{"name": "@a/b"}')
    assert taken(machine) == ID
    assert machine.host().snapshots.read_file(ID, layout.config_path) is not None
    meta = found(machine.host(), ID).meta
    assert version_of(meta) == OLD.version
    assert meta["plugins"] == [{"name": "@a/b", "version": ""}, {"name": "v", "version": "3"}]
    assert (meta["why"], meta["node"]["version"]) == ("by hand", "24.19.0")


def test_a_package_json_that_is_none_is_no_plugin() -> None:
    machine = born([OLD])
    machine.world.disk.put_text(f"{machine.world.layout.state_dir}/extensions/torn/package.json", "{")
    assert describe(machine.host(), machine.install(), "")["plugins"] == []
    assert version_of({"package": "of a later format"}) == ""


def test_a_pass_that_fails_leaves_nothing() -> None:
    machine = born([OLD])
    probe = machine.fork()
    machine.world.daemon = probe.world.daemon = None
    taken(probe)
    seal = next(each.number for each in probe.world.faults.seen if each.name == "seal the snapshot")
    struck = machine.fork(Fault(seal, Way.ERROR))
    with pytest.raises(OSError, match="input/output"):
        taken(struck)
    assert struck.world.snapshots == {}


def test_a_run_that_was_cut_off_is_dealt_with_first() -> None:
    machine = born([OLD, NEW])
    probe = machine.fork()
    request = request_for(machine, NEW.version)

    def go(which: Machine) -> None:
        upgrade(
            which.host(),
            which.runs(),
            request,
            "20260831T000000Z-a",
            program=("clawupgrade",),
            agree=lambda found: None,
        )

    go(probe)
    switch = next(each.number for each in probe.world.faults.seen if "exchange" in each.name)
    struck = machine.fork(Fault(switch, Way.AFTER))
    with pytest.raises(Crash):
        go(struck)
    later = struck.fork()
    later.world.daemon = None
    info = create(later.host(), later.runs(), request_for(later), ID)
    assert version_of(info.meta) == OLD.version


def test_the_newest_is_meant_where_none_is_named() -> None:
    machine = born([OLD])
    machine.world.daemon = None
    with pytest.raises(Refused, match="no snapshot yet"):
        found(machine.host(), None)
    taken(machine)
    machine.world.time += 60
    taken(machine, "20260902T000000Z-s", pinned=True)
    assert found(machine.host(), None).snapshot_id == "20260902T000000Z-s"
    assert [info.pinned for info in machine.host().snapshots.listed()] == [False, True]
    with pytest.raises(UsageError, match="no snapshot nope"):
        found(machine.host(), "nope")


def test_every_one_is_tried_and_each_damage_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    machine = born([OLD])
    machine.world.daemon = None
    taken(machine)
    taken(machine, "20260902T000000Z-s")

    def drill(self: MemorySnapshots, name: str) -> None:
        raise SnapshotDamaged(f"{name} is torn", "take another")

    infos = machine.host().snapshots.listed()
    assert [each.problem for each in check(machine.host(), infos, drill=True)] == ["", ""]
    monkeypatch.setattr(MemorySnapshots, "drill", drill)
    checked = check(machine.host(), infos, drill=True)
    assert [each.exit_code for each in checked] == [4, 4]
    assert checked[0].problem == f"{ID} is torn"


def test_what_is_left_out_is_not_held_and_the_report_says_so() -> None:
    machine = born([OLD, NEW])
    layout = machine.world.layout
    for name in ("cache/page.js", "media/inbound/a.jpg", "big/one"):
        machine.world.disk.put_text(f"{layout.state_dir}/{name}", "x")
    request = replace(request_for(machine, NEW.version), leave_out=("caches", "big"))
    report = upgrade(
        machine.host(),
        machine.runs(),
        request,
        "20260901T000000Z-a",
        program=("clawupgrade",),
        agree=lambda found: None,
    )
    held = machine.host().snapshots.read_file
    assert held("20260901T000000Z-a", f"{layout.state_dir}/cache/page.js") is None
    assert held("20260901T000000Z-a", f"{layout.state_dir}/big/one") is None
    assert held("20260901T000000Z-a", f"{layout.state_dir}/media/inbound/a.jpg") == b"x"
    (step,) = (step for step in report.steps if step.name == "snapshot")
    assert {"cache", "big", "logs"} <= set(step.evidence["left_out"])
