"""The machine in memory refuses what a real one refuses; without that the matrix would prove nothing."""

from __future__ import annotations

import json

import pytest
from msgspec.structs import replace

from clawupgrade.ports import Command, Completed
from clawupgrade.testing import daemon, services
from clawupgrade.testing.disk import File
from clawupgrade.testing.faults import Crash, Fault, Way
from clawupgrade.testing.machine import Machine, born
from clawupgrade.testing.releases import Release, Serving, torn_database

OLD, NEW = Release("2026.6.11", schema=3), Release("2026.9.6", schema=5)
_UNIT = born([OLD]).install().service


def stopped() -> Machine:
    machine = born([OLD, NEW], running=False)
    machine.world.words = ()
    return machine


def openclaw(machine: Machine, *words: str) -> Completed:
    layout = machine.world.layout
    return machine.host().commands.run(Command((layout.node, f"{layout.root}/openclaw.mjs", *words)))


def npm(machine: Machine, *words: str) -> Completed:
    return machine.host().commands.run(Command((*machine.world.layout.npm, *words)))


@pytest.mark.parametrize(
    "words", [("doctor",), ("doctor", "--fix"), ("gateway", "restart"), ("update", "--force"), ("--help",)]
)
def test_openclaw_refuses_a_command_line_that_nobody_has_seen(words: tuple[str, ...]) -> None:
    machine = stopped()
    assert openclaw(machine, *words).rc == 1
    assert len(machine.world.violations) == 1


@pytest.mark.parametrize(
    "words", [("install", "openclaw"), ("ci",), ("install", "-g", "--prefix", "/p", "--force", "openclaw@2026.9.6")]
)
def test_npm_refuses_a_command_line_that_nobody_has_seen(words: tuple[str, ...]) -> None:
    machine = stopped()
    assert npm(machine, *words).rc == 1
    assert len(machine.world.violations) == 1


def test_npm_knows_no_version_that_is_not_in_the_registry() -> None:
    machine = stopped()
    done = npm(machine, "install", "-g", "--prefix", "/home/claw/x", "openclaw@2020.1.1")
    assert (done.rc, "ETARGET" in done.err) == (1, True)


def test_doctor_does_not_work_under_a_live_gateway() -> None:
    machine = born([OLD])
    done = openclaw(machine, "doctor", "--fix", "--non-interactive", "--yes")
    assert "could not enter maintenance" in done.err
    assert machine.world.violations == ["doctor was run under a live gateway"]


def test_state_and_package_are_not_to_be_changed_under_a_live_gateway() -> None:
    machine = born([OLD])
    layout, files = machine.world.layout, machine.host().files
    files.write(layout.config_path, b"{}")
    files.rename(layout.root, f"{layout.root}-aside")
    assert len(machine.world.violations) == 2
    files.write(f"{layout.state_dir}/logs/gateway.log", b"")
    files.write(f"{layout.home}/notes", b"")
    assert len(machine.world.violations) == 2


def test_the_last_pass_of_a_snapshot_wants_the_gateway_stopped() -> None:
    machine = born([OLD])
    snapshots = machine.host().snapshots
    snapshots.take("a", (("state", machine.world.layout.state_dir, ()),), ())
    snapshots.delta("a")
    assert len(machine.world.violations) == 1


@pytest.mark.parametrize(
    ("spoil", "words", "status"),
    [
        ("stamp", "older than the config last written by OpenClaw 2026.9.6", 78),
        ("newer schema", "newer schema version", 78),
        ("older schema", "openclaw doctor --fix", 78),
        ("torn database", "openclaw doctor --fix", 78),
        ("torn config", "Invalid config", 78),
        ("torn package", "ERR_MODULE_NOT_FOUND", 1),
        ("no package", "Cannot find module", 1),
        ("another entry", "Cannot find module", 1),
    ],
)
def test_a_gateway_does_not_start_on(spoil: str, words: str, status: int) -> None:
    machine = stopped()
    layout, disk = machine.world.layout, machine.world.disk
    match spoil:
        case "stamp":
            config = json.loads(disk.file(layout.config_path) or b"")
            config["meta"]["lastTouchedVersion"] = NEW.version
            disk.put_text(layout.config_path, json.dumps(config))
        case "newer schema":
            disk.put_text(layout.database_path, "user_version=5\n")
        case "older schema":
            disk.put_text(layout.database_path, "user_version=2\n")
        case "torn database":
            disk.put(layout.database_path, File(torn_database(5)))
        case "torn config":
            disk.put_text(layout.config_path, "{")
        case "torn package":
            disk.put_text(f"{layout.root}/node_modules/ws/index.js", "")
        case "no package":
            disk.delete(layout.root)
        case "another entry":
            disk.put_text(layout.unit_path, machine.world.loaded.replace("openclaw.mjs", "dist/old.js"))
            services.load(machine.world)
    machine.host().services.start(_UNIT, 30.0)
    assert machine.world.daemon is None
    assert words in machine.world.words[-1]
    assert machine.host().services.look(_UNIT).exit_status == status


def test_a_unit_is_run_as_it_was_last_read() -> None:
    machine = stopped()
    machine.world.disk.put_text(machine.world.layout.unit_path, "[Service]\nExecStart=/bin/false\n")
    machine.host().services.start(_UNIT, 30.0)
    assert machine.world.daemon is not None
    machine.host().services.stop(_UNIT, 30.0)
    machine.host().services.reload(_UNIT)
    machine.host().services.start(_UNIT, 30.0)
    assert machine.world.daemon is None


def test_a_power_cut_takes_what_was_not_synced() -> None:
    machine = born([OLD, NEW])
    stage = "/home/claw/stage"
    npm(machine, "install", "-g", "--prefix", stage, NEW.spec)
    synced = machine.fork()
    synced.host().files.sync_tree(stage)
    for each, content in ((machine, b""), (synced, NEW.tree()["package.json"])):
        each.lose_power()
        assert each.world.disk.file(f"{stage}/lib/node_modules/openclaw/package.json") == content
        assert each.world.daemon is None


def test_a_crash_in_the_middle_leaves_half_and_goes_past_every_except() -> None:
    machine = born([OLD, NEW]).fork(Fault(2, Way.IN))
    assert not issubclass(Crash, Exception)
    with pytest.raises(Crash):
        npm(machine, "install", "-g", "--prefix", "/home/claw/stage", NEW.spec)
    root = "/home/claw/stage/lib/node_modules/openclaw"
    written = machine.world.disk.file(f"{root}/package.json") or b""
    assert 0 < len(written) < len(NEW.tree()["package.json"])


def test_a_message_that_a_live_gateway_takes_is_in_the_database() -> None:
    machine = born([OLD])
    machine.host().clock.sleep(1.0)
    assert machine.world.heard[-1].line in (machine.world.disk.file(machine.world.layout.database_path) or b"")


def test_what_happens_to_a_fork_leaves_the_others_alone() -> None:
    machine = born([OLD])
    fork = machine.fork()
    fork.host().files.write("/home/claw/x", b"")
    daemon.end(fork.world)
    fork.world.violate("x")
    assert machine.world.disk.at("/home/claw/x") is None
    assert machine.world.daemon is not None
    assert machine.world.violations == []


@pytest.mark.parametrize("serving", list(Serving))
def test_each_way_of_serving_answers_in_its_own_way(serving: Serving) -> None:
    machine = born([replace(OLD, serving=serving)])
    answer = machine.host().gateways.ask(machine.address, machine.credential)
    expected = {
        Serving.WELL: ("hello", ""),
        Serving.SILENT: ("timed-out", ""),
        Serving.BROKEN: ("closed", ""),
        Serving.MISMATCH: ("refused", "AUTH_TOKEN_MISMATCH"),
        Serving.PAIRING: ("refused", "PAIRING_REQUIRED"),
        Serving.CRASHES: ("unreachable", ""),
    }
    assert (answer.kind.value, answer.detail_code) == expected[serving]
