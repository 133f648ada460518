"""Diagnose on the machine in memory: one knock a look, a climb that helps, and one that is taken back."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from typing import Any

import pytest
from msgspec.structs import replace

from clawupgrade.app.diagnose import Climb, climb, examine, exit_code, exit_code_of_climb
from clawupgrade.app.snapshots import create
from clawupgrade.diagnose.diagnosis import Cause
from clawupgrade.errors import Exit
from clawupgrade.gateway.address import Address
from clawupgrade.gateway.answer import Answer
from clawupgrade.model import CredentialRef, Outcome
from clawupgrade.ports import Gateways
from clawupgrade.render.diagnosis import page
from clawupgrade.testing import daemon, services
from clawupgrade.testing.machine import Machine, born
from clawupgrade.testing.plans import request_for
from clawupgrade.testing.releases import Release, Serving

RELEASE = Release("2026.6.11", schema=3)


def numbered() -> Callable[[], str]:
    numbers = count(1)
    return lambda: f"20260901T0000{next(numbers):02}Z-a"


def edit(machine: Machine, change: Callable[[dict[str, Any]], object]) -> None:
    world = machine.world
    config = json.loads(world.disk.file(world.layout.config_path) or b"")
    change(config["gateway"])
    world.disk.put_text(world.layout.config_path, json.dumps(config), 0o600)


def give_unit(machine: Machine, line: str) -> None:
    """Another line in the unit, read by the manager and by the gateway."""
    world = machine.world
    text = (world.disk.file(world.layout.unit_path) or b"").decode()
    world.disk.put_text(world.layout.unit_path, text.replace("[Install]", f"Environment={line}\n[Install]"))
    services.load(world)
    daemon.end(world)
    daemon.launch(world)
    world.time += 60.0


def mend(machine: Machine) -> Climb:
    return climb(machine.host(), machine.runs(), request_for(machine), program=("clawupgrade",), new_run_id=numbered())


@dataclass
class Counted:
    """A `Gateways` that counts its knocks."""

    inner: Gateways
    knocks: int = 0

    def ask(self, address: Address, credential: CredentialRef | None, *, timeout: float = 10.0) -> Answer:
        self.knocks += 1
        return self.inner.ask(address, credential, timeout=timeout)


def test_a_look_knocks_once_and_changes_nothing() -> None:
    machine = born([RELEASE])
    give_unit(machine, "OPENCLAW_GATEWAY_TOKEN=an-older-one")
    host = machine.host()
    counted = Counted(host.gateways)
    before = dict(machine.world.disk.entries)
    found = examine(replace(host, gateways=counted), request_for(machine))
    assert (found.diagnosis.cause, exit_code(found.diagnosis)) == (Cause.MISMATCH_AFTER_EDIT, Exit.PENDING)
    assert counted.knocks == 1
    assert {path for path in before if machine.world.disk.entries.get(path) != before[path]} <= {
        machine.world.layout.database_path  # where the living gateway writes its messages
    }


def test_the_page_fits_the_screen_and_shows_no_secret() -> None:
    machine = born([RELEASE])
    give_unit(machine, "OPENCLAW_GATEWAY_TOKEN=an-older-one")
    found = examine(machine.host(), request_for(machine))
    text = page(found, ())
    assert max(len(line) for line in text.splitlines()) <= 80
    assert "an-older-one" not in text
    assert "token-of-a-machine-in-memory" not in text
    assert "mismatch after edit" in text


@pytest.mark.parametrize("deaf", [False, True], ids=["2026.6.11", "2026.2.12"])
def test_a_unit_with_another_token_is_written_anew(deaf: bool) -> None:
    machine = born([replace(RELEASE, deaf_to_force=deaf)])
    give_unit(machine, "OPENCLAW_GATEWAY_TOKEN=an-older-one")
    done = mend(machine)
    assert [run.outcome for run in done.runs] == [Outcome.MENDED]
    assert exit_code_of_climb(done) is Exit.OK
    assert b"an-older-one" not in (machine.world.disk.file(machine.world.layout.unit_path) or b"")
    assert machine.world.violations == []


def test_a_climb_that_does_not_help_leaves_every_byte_as_it_was() -> None:
    machine = born([replace(RELEASE, serving=Serving.MISMATCH)])
    give_unit(machine, "OPENCLAW_GATEWAY_TOKEN=an-older-one")
    world = machine.world
    before = {path: world.disk.file(path) for path in (world.layout.unit_path, world.layout.config_path)}
    done = mend(machine)
    assert [run.outcome for run in done.runs] == [Outcome.ROLLED_BACK]
    assert exit_code_of_climb(done) is Exit.ROLLED_BACK
    assert {path: world.disk.file(path) for path in before} == before
    assert world.daemon is not None


def test_a_token_is_moved_from_the_name_of_the_guides_not_made_anew() -> None:
    machine = born([RELEASE])
    give_unit(machine, "OPENCLAW_GATEWAY_AUTH_TOKEN=pinned-by-a-guide")
    edit(machine, lambda gateway: gateway["auth"].update(token=""))
    done = mend(machine)
    config = json.loads(machine.world.disk.file(machine.world.layout.config_path) or b"")
    assert config["gateway"]["auth"]["token"] == "pinned-by-a-guide"
    assert done.runs[0].outcome is Outcome.MENDED


@pytest.mark.parametrize("left", [None, ""], ids=["gone", "empty"])
def test_a_lost_token_comes_back_from_a_snapshot_taken_by_hand(left: str | None) -> None:
    machine = born([RELEASE])
    token = json.loads(machine.world.disk.file(machine.world.layout.config_path) or b"")["gateway"]["auth"]["token"]
    create(machine.host(), machine.runs(), request_for(machine), "20260831T000000Z-s")
    edit(machine, lambda gateway: gateway["auth"].pop("token") if left is None else gateway["auth"].update(token=left))
    done = mend(machine)
    config = json.loads(machine.world.disk.file(machine.world.layout.config_path) or b"")
    assert [run.outcome for run in done.runs] == [Outcome.MENDED]
    assert config["gateway"]["auth"]["token"] == token


def test_a_token_is_made_where_there_is_none_and_never_over_one() -> None:
    machine = born([RELEASE])
    edit(machine, lambda gateway: gateway["auth"].pop("token"))
    done = mend(machine)
    made = json.loads(machine.world.disk.file(machine.world.layout.config_path) or b"")["gateway"]["auth"]["token"]
    assert [run.outcome for run in done.runs] == [Outcome.MENDED]
    assert done.runs[0].message.startswith("generate")
    assert made
    assert mend(machine).runs == ()


def test_only_the_cache_of_a_stale_device_token_goes() -> None:
    machine = born([RELEASE])
    disk, state = machine.world.disk, machine.world.layout.state_dir

    def holds(token: str) -> dict[str, object]:
        return {"tokens": {"operator": {"token": token}}}

    files = {
        f"{state}/identity/device.json": {"deviceId": "d1"},
        f"{state}/identity/device-auth.json": holds("of-yesterday"),
        f"{state}/devices/paired.json": {"d1": holds("of-today")},
    }
    for path, content in files.items():
        disk.put_text(path, json.dumps(content), 0o600)
    found = examine(machine.host(), request_for(machine)).diagnosis
    assert (found.cause, exit_code(found)) == (Cause.DEVICE_OR_PAIRING, Exit.PENDING)
    done = mend(machine)
    assert [run.outcome for run in done.runs] == [Outcome.MENDED]
    left = {path: json.loads(disk.file(path) or b"null") for path in files}
    assert left == files | {f"{state}/identity/device-auth.json": None}


def test_a_healthy_gateway_is_left_alone() -> None:
    machine = born([RELEASE])
    done = mend(machine)
    assert done.runs == ()
    assert exit_code_of_climb(done) is Exit.OK


def test_a_stopped_gateway_is_not_started_behind_its_owners_back() -> None:
    machine = born([RELEASE], running=False)
    done = mend(machine)
    assert done.runs == ()
    assert exit_code_of_climb(done) is Exit.BROKEN
    assert machine.world.daemon is None
