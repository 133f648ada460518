"""`init --compose`, and a rollback by image, on a machine in memory."""

from __future__ import annotations

from msgspec.structs import replace

from clawupgrade.app.finish import finish
from clawupgrade.app.rollback import Back, rollback
from clawupgrade.app.shelter import shelter
from clawupgrade.app.upgrade import upgrade
from clawupgrade.model import Outcome, Report
from clawupgrade.testing.composed import FOLDER, PIN
from clawupgrade.testing.machine import Machine, born
from clawupgrade.testing.plans import request_for
from clawupgrade.testing.releases import Release

OLD, NEW = Release("2026.6.11", schema=3), Release("2026.9.6", schema=5)
PROGRAM = ("clawupgrade",)


def contained() -> Machine:
    """A machine whose gateway runs in a container."""
    return born((OLD, NEW), contained=True)


def test_a_token_that_no_variable_gives_is_pinned_by_an_env_file_and_stays_the_same() -> None:
    machine = contained()
    token = machine.world.daemon.token if machine.world.daemon else ""
    report = shelter(
        machine.host(),
        machine.runs(),
        request_for(machine),
        "20260901T000000Z-z",
        program=PROGRAM,
        agree=lambda _: None,
    )
    assert report.exit_code == 0, report
    path = f"{FOLDER}/gateway.env"
    assert machine.world.disk.file(path) == f"OPENCLAW_GATEWAY_TOKEN={token}\n".encode()
    assert machine.host().files.mode(path) == 0o600
    assert path in (machine.world.disk.file(PIN) or b"").decode()
    assert machine.world.daemon is not None
    assert machine.world.daemon.token == token
    assert machine.world.violations == []


def test_a_rollback_pins_the_old_image_and_its_undoing_the_new_one() -> None:
    machine = contained()
    request = replace(request_for(machine, NEW.version), compose=FOLDER)
    report = upgrade(
        machine.host(), machine.runs(), request, "20260901T000000Z-a", program=PROGRAM, agree=lambda _: None
    )
    assert report.outcome is Outcome.UPGRADED
    finish(machine.host(), machine.runs(), report)

    assert _back(machine, "20260902T000000Z-b", Back()).exit_code == 0
    assert _serving(machine) == OLD.version
    assert f"sha256:{OLD.version}" in (machine.world.disk.file(PIN) or b"").decode()
    assert _back(machine, "20260903T000000Z-c", Back(undo=True)).exit_code == 0
    assert _serving(machine) == NEW.version
    assert machine.world.violations == []


def _back(machine: Machine, run_id: str, back: Back) -> Report:
    request = replace(request_for(machine), compose=FOLDER)
    host, runs = machine.host(), machine.runs()
    report = rollback(host, runs, request, run_id, program=PROGRAM, agree=lambda _: None, back=back)
    return finish(host, runs, report)


def _serving(machine: Machine) -> str:
    return machine.world.daemon.release.version if machine.world.daemon else ""
