"""This machine's own request is found in files and in the database, and nobody else's is taken for it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from msgspec.structs import replace

from clawupgrade.survey.device import is_known, pending_device
from clawupgrade.survey.facts import find_facts
from clawupgrade.testing.machine import Machine, born
from clawupgrade.testing.plans import request_for
from clawupgrade.testing.releases import Release


@dataclass
class Tables:
    """Databases with these tables; `torn`: that cannot be read."""

    tables: Mapping[str, tuple[Mapping[str, Any], ...]] = field(default_factory=dict)
    torn: bool = False

    def rows(self, path: str, table: str) -> tuple[Mapping[str, Any], ...] | None:
        if self.torn:
            raise OSError(f"{path} cannot be read")
        return self.tables.get(table)


def machine_with(**files: object) -> Machine:
    machine = born([Release("2026.9.6", schema=5)])
    for name, content in files.items():
        path = f"{machine.world.layout.state_dir}/{name.replace('__', '/')}.json"
        machine.world.disk.put_text(path, json.dumps(content))
    return machine


def found(machine: Machine, tables: Tables) -> str:
    return pending_device(replace(machine.host(), databases=tables), machine.install())


def knows(machine: Machine, tables: Tables) -> bool:
    return is_known(replace(machine.host(), databases=tables), machine.install())


def waiting(device: str) -> tuple[Mapping[str, Any], ...]:
    return ({"request_id": "r-of-others", "device_id": "d9"}, {"request_id": "r-17", "device_id": device})


@pytest.mark.parametrize(("device", "request_id"), [("d1", "r-17"), ("d2", "")])
def test_a_request_in_the_database_is_ours_by_its_device(device: str, request_id: str) -> None:
    tables = Tables({"device_identities": ({"device_id": "d1"},), "device_pairing_pending": waiting(device)})
    assert found(machine_with(), tables) == request_id


def test_a_request_in_the_files_is_ours_by_its_device() -> None:
    pending = {"r-1": {"deviceId": "d9"}, "r-2": {"deviceId": "d1", "requestId": "r-17"}, "r-3": "torn"}
    machine = machine_with(identity__device={"deviceId": "d1"}, devices__pending=pending)
    assert found(machine, Tables()) == "r-17"


def test_an_identity_in_a_file_counts_for_a_request_in_the_database() -> None:
    machine = machine_with(identity__device={"deviceId": "d1"})
    assert found(machine, Tables({"device_pairing_pending": waiting("d1")})) == "r-17"


def test_without_an_identity_no_request_is_ours() -> None:
    assert found(machine_with(), Tables({"device_pairing_pending": ({"request_id": "r", "device_id": None},)})) == ""


def test_a_database_that_cannot_be_read_says_nothing() -> None:
    assert found(machine_with(), Tables(torn=True)) == ""
    assert not knows(machine_with(identity__device={"deviceId": "d7"}), Tables(torn=True))


@pytest.mark.parametrize(("device", "known"), [("d1", True), ("d2", False)])
def test_a_device_that_was_approved_is_known_by_the_files_or_by_the_database(device: str, known: bool) -> None:
    own = {"identity__device": {"deviceId": "d1"}}
    assert knows(machine_with(**own, devices__paired={device: {}}), Tables()) is known
    tables = Tables({"device_pairing_paired": ({"device_id": device},)})
    assert knows(machine_with(**own, devices__paired={}), tables) is known


def test_without_an_identity_no_device_is_known() -> None:
    assert not knows(machine_with(devices__paired={}), Tables({"device_pairing_paired": ({"device_id": None},)}))


@pytest.mark.parametrize("known", [True, False])
def test_a_diagnosis_is_told_of_it(known: bool) -> None:
    machine = machine_with(identity__device={"deviceId": "d1"}, devices__paired={"d1": {}} if known else {})
    facts = find_facts(machine.host(), request_for(machine), machine.install(), None)
    assert facts.knows_device is known
