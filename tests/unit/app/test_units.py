"""`init --units`: written once however often it is asked for, taken away without a trace, nobody else's touched."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest
from msgspec.structs import replace

from clawupgrade.app.units import Units, install_units, pending, remove_units, units_for, written_before
from clawupgrade.errors import Refused
from clawupgrade.model import Request
from clawupgrade.ports import Command, Completed, Host
from clawupgrade.testing.machine import born
from clawupgrade.testing.releases import Release

NAMES = (
    "clawupgrade.service",
    "clawupgrade-failed.service",
    "clawupgrade.timer",
    "clawupgrade-before-gateway.service",
    "clawupgrade-after-gateway.service",
)


@dataclass(slots=True)
class Manager:
    """systemd as init uses it: it enables only files that it has been told to read, and counts what it is told."""

    host: Host
    folder: str
    told: list[tuple[str, ...]] = field(default_factory=list)
    known: set[str] = field(default_factory=set)
    enabled: set[str] = field(default_factory=set)
    running: set[str] = field(default_factory=set)
    is_away: bool = False

    def run(self, command: Command, on_line: Any = None, on_size: Any = None) -> Completed:
        if command.argv[:3] != ("systemctl", "--user", "--no-ask-password"):
            return self.host.commands.run(command, on_line, on_size)
        verb, *names = command.argv[3:]
        if self.is_away:
            return Completed(1, "", "Failed to connect to bus: No medium found\n", 0.1)
        self.told.append((verb, *names))
        match verb:
            case "daemon-reload":
                self.known = set(self.host.files.names(self.folder))
            case "enable" | "start" if not set(names) <= self.known:
                return Completed(1, "", "Unit not found.\n", 0.1)
            case "enable":
                self.enabled |= set(names)
            case "start":
                self.running |= set(names)
            case "disable":
                self.enabled -= set(names)
            case "stop":
                self.running -= set(names)
            case _:
                raise AssertionError(verb)
        return Completed(0, "", "", 0.1)

    def detach(self, command: Command, log: str) -> int:
        raise AssertionError(command)


@pytest.fixture
def machine() -> tuple[Host, Manager, Request]:
    born_one = born([Release("2026.6.11", schema=3)])
    install = born_one.install()
    request = Request((("HOME", install.account.home),), install.account, node=install.node.path)
    host = born_one.host()
    manager = Manager(host, f"{request.account.home}/.config/systemd/user")
    return replace(host, commands=manager), manager, request


def wanted(host: Host, request: Request) -> Units:
    return units_for(host, request, "/opt/clawupgrade", [])


def test_what_is_written_is_enabled_and_only_the_timer_is_started(machine: tuple[Host, Manager, Request]) -> None:
    host, manager, request = machine
    found = wanted(host, request)
    assert found.scope == "user"
    install_units(host, found)
    assert set(NAMES) <= set(host.files.names(manager.folder))
    assert manager.enabled == set(NAMES[2:])
    assert manager.running == {"clawupgrade.timer"}


def test_a_second_time_nothing_is_written(machine: tuple[Host, Manager, Request]) -> None:
    host, _, request = machine
    assert [unit.name for unit in pending(host, wanted(host, request))] == list(NAMES)
    install_units(host, wanted(host, request))
    assert pending(host, wanted(host, request)) == ()
    install_units(host, wanted(host, request))


def test_a_unit_of_an_older_clawupgrade_is_replaced(machine: tuple[Host, Manager, Request]) -> None:
    host, manager, request = machine
    install_units(host, wanted(host, request))
    older = (host.files.read(f"{manager.folder}/clawupgrade.timer") or b"").replace(b"03:30", b"04:00")
    host.files.write(f"{manager.folder}/clawupgrade.timer", older)
    assert [unit.name for unit in pending(host, wanted(host, request))] == ["clawupgrade.timer"]


def test_what_was_written_goes_without_a_trace(machine: tuple[Host, Manager, Request]) -> None:
    host, manager, request = machine
    before = host.files.names(manager.folder)
    install_units(host, wanted(host, request))
    for units in written_before(host, request):
        remove_units(host, units)
    assert host.files.names(manager.folder) == before
    assert manager.enabled == manager.running == set()
    assert manager.told[-1] == ("daemon-reload",)
    assert written_before(host, request) == ()


def test_somebody_elses_unit_is_neither_replaced_nor_removed(machine: tuple[Host, Manager, Request]) -> None:
    host, manager, request = machine
    path = f"{manager.folder}/clawupgrade.timer"
    host.files.write(path, b"[Timer]\n")
    with pytest.raises(Refused, match="was not written by clawupgrade init"):
        wanted(host, request)
    assert written_before(host, request) == ()


def test_a_manager_that_does_not_answer_is_found_out_before_anything_is_written(
    machine: tuple[Host, Manager, Request],
) -> None:
    host, manager, request = machine
    found = wanted(host, request)
    before = host.files.names(manager.folder)
    manager.is_away = True
    with pytest.raises(Refused, match="Failed to connect to bus"):
        install_units(host, found)
    assert host.files.names(manager.folder) == before


def test_who_has_no_unit_is_told_what_to_do_instead(machine: tuple[Host, Manager, Request]) -> None:
    host, manager, request = machine
    for name in host.files.names(manager.folder):
        host.files.remove(f"{manager.folder}/{name}")
    host = replace(host, commands=_NoUnits(host))
    with pytest.raises(Refused, match="no systemd unit runs this gateway") as refused:
        wanted(host, request)
    assert "cron" in refused.value.hint


@dataclass(frozen=True, slots=True)
class _NoUnits:
    """systemd that knows of no unit."""

    host: Host

    def run(self, command: Command, on_line: Any = None, on_size: Any = None) -> Completed:
        if command.argv[0] == "systemctl":
            return Completed(0, "", "", 0.1)
        return self.host.commands.run(command, on_line, on_size)

    def detach(self, command: Command, log: str) -> int:
        raise AssertionError(command)
