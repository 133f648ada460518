"""All is done on a clone first: what fails there costs nothing, what comes out well is adopted."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

import pytest
from msgspec.structs import replace

from clawupgrade.app.report import report_of
from clawupgrade.cloned import Clone
from clawupgrade.engine.runner import drive
from clawupgrade.gateway.address import Address
from clawupgrade.gateway.answer import Answer
from clawupgrade.model import CredentialRef, Outcome, Plan, Report, StepReport
from clawupgrade.ports import Clones, Command, Completed, Gateways, Host
from clawupgrade.steps import steps_of
from clawupgrade.steps.definitions import WRITTEN
from clawupgrade.steps.first_start import MIGRATED
from clawupgrade.testing.machine import Machine, born
from clawupgrade.testing.plans import plan_for
from clawupgrade.testing.releases import Doctoring, Release, Serving
from clawupgrade.testing.world import Film
from steps.taking import NEW, OLD


def rehearsing(new: Release, *, quiet: bool = True) -> tuple[Machine, Plan]:
    machine = born([OLD, new], can_clone=True, is_quiet=quiet)
    covers = (machine.world.layout.state_dir, machine.world.layout.units)
    return machine, replace(plan_for(machine, new), rehearsal="namespace", covers=covers)


def run(machine: Machine, plan: Plan, host: Host | None = None) -> Report:
    journal = machine.runs().create(plan)
    drive(steps_of(plan), plan, journal, host or machine.host())
    return report_of(journal.records)


def step(report: Report, name: str) -> StepReport:
    return next(each for each in report.steps if each.name == f"{name}:{NEW.version}")


def test_what_doctor_did_on_the_clone_is_adopted() -> None:
    machine, plan = rehearsing(NEW)
    report = run(machine, plan)
    assert (report.outcome, machine.world.violations) == (Outcome.UPGRADED, [])
    assert step(report, "doctor").evidence["adopted"] is True
    assert step(report, "rehearse").evidence["canary"]["state"] == "ready"
    assert machine.world.clones == {}


def test_the_service_definition_is_written_on_the_clone_and_adopted() -> None:
    machine, plan = rehearsing(NEW)
    old = machine.world.disk.file(machine.world.layout.unit_path)
    machine.world.film = Film()
    report = run(machine, plan)
    assert (step(report, "rehearse").evidence["service"], step(report, "doctor").evidence["service"]) == (WRITTEN, True)
    new = machine.world.disk.file(machine.world.layout.unit_path) or b""
    assert (new != old, machine.world.loaded) == (True, new.decode())
    assert not [still for still in machine.world.film.stills if still.effect.startswith("gateway install")]


@dataclass(frozen=True, slots=True)
class Refusing:
    """Clones in which the target writes no service definition."""

    inner: Clones

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    def run(self, clone: Clone, command: Command, *more: Any, **choices: Any) -> Completed:
        if "install" in command.argv:
            return Completed(1, "", "systemctl --user unavailable", 1.0)
        return self.inner.run(clone, command, *more, **choices)


def test_where_the_target_writes_none_on_the_clone_it_is_written_afterwards() -> None:
    machine, plan = rehearsing(NEW)
    host = machine.host()
    report = run(machine, plan, replace(host, clones=cast("Clones", Refusing(host.clones))))
    assert "systemctl --user unavailable" in step(report, "rehearse").evidence["service"]
    assert step(report, "doctor").evidence["service"] is False
    assert NEW.version in machine.world.loaded


@dataclass(frozen=True, slots=True)
class Starting:
    """Clones in which a gateway that is to end at its port writes a file first, and ends as it is told."""

    inner: Clones
    completed: Completed

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    def run(self, clone: Clone, command: Command, *more: Any, **choices: Any) -> Completed:
        if command.argv[-2:] == ("--port", "none"):
            self.inner.write(clone, f"{clone.covers[0]}/checkpoint", b"migrated at the start")
            return self.completed
        return self.inner.run(clone, command, *more, **choices)


def start(completed: Completed) -> tuple[Machine, Report]:
    machine, plan = rehearsing(NEW)
    host = machine.host()
    report = run(machine, plan, replace(host, clones=cast("Clones", Starting(host.clones, completed))))
    assert report.outcome is Outcome.UPGRADED
    assert step(report, "doctor").evidence["adopted"] is True
    return machine, report


def test_what_the_target_migrates_at_its_first_start_is_adopted_with_what_its_doctor_did() -> None:
    machine, report = start(Completed(1, "", "Invalid --port.", 9.0))
    assert step(report, "rehearse").evidence["startup"] == MIGRATED
    checkpoint = machine.world.disk.file(f"{machine.world.layout.state_dir}/checkpoint")
    assert checkpoint == b"migrated at the start"


@pytest.mark.parametrize(
    ("completed", "told"),
    [
        (Completed(None, "", "listening, --port is none", 600.0, "wall"), "ended by wall limit"),
        (Completed(78, "", "startup migrations failed", 9.0), "ended with exit 78"),
    ],
)
def test_a_first_start_that_ends_otherwise_is_left_to_the_first_start(completed: Completed, told: str) -> None:
    machine, report = start(completed)
    assert step(report, "rehearse").evidence["startup"] == told
    assert machine.world.disk.file(f"{machine.world.layout.state_dir}/checkpoint") is None


def test_a_first_start_that_a_signal_ends_ends_the_rehearsal() -> None:
    machine, plan = rehearsing(NEW)
    starting = Starting(machine.host().clones, Completed(None, "", "", 3.0, "signal"))
    report = run(machine, plan, replace(machine.host(), clones=cast("Clones", starting)))
    assert (report.outcome, report.changed) == (Outcome.FAILED_CLEAN, False)
    assert "was ended by a signal" in report.message


def test_a_release_that_does_not_migrate_at_its_start_is_not_started_for_it() -> None:
    new = Release("2026.6.11")
    machine = born([Release("2026.4.29"), new], can_clone=True, is_quiet=True)
    covers = (machine.world.layout.state_dir, machine.world.layout.units)
    report = run(machine, replace(plan_for(machine, new), rehearsal="namespace", covers=covers))
    assert report.outcome is Outcome.UPGRADED
    (rehearsed,) = (each for each in report.steps if each.name == "rehearse:2026.6.11")
    assert rehearsed.evidence["startup"] == "not known of this release"


def test_doctor_is_run_for_real_where_something_changed_since_and_it_is_named() -> None:
    machine, plan = rehearsing(NEW, quiet=False)
    report = run(machine, plan)
    assert report.outcome is Outcome.UPGRADED
    assert step(report, "doctor").evidence["in_the_way"] == [machine.world.layout.database_path]
    assert any(machine.world.layout.database_path in note for note in report.notes)


def installs(machine: Machine) -> list[str]:
    """The times that the live release wrote its service definition itself."""
    assert machine.world.film is not None
    return [still.effect for still in machine.world.film.stills if still.effect.startswith("gateway install")]


def test_the_definition_alone_is_adopted_where_what_changed_is_no_setting() -> None:
    machine, plan = rehearsing(NEW, quiet=False)
    machine.world.film = Film()
    report = run(machine, plan)
    assert step(report, "doctor").evidence["adopted"] is False
    assert NEW.version in machine.world.loaded
    assert installs(machine) == []


def test_where_a_setting_has_changed_the_definition_is_written_anew() -> None:
    machine, plan = rehearsing(NEW)
    machine.world.film = Film()
    hands = Hands(machine.host().clones, machine)
    report = run(machine, plan, replace(machine.host(), clones=cast("Clones", hands)))
    assert step(report, "doctor").evidence["in_the_way"] == [f"{machine.world.layout.state_dir}/extra.json5"]
    assert NEW.version in machine.world.loaded
    assert len(installs(machine)) > 0


@dataclass(frozen=True, slots=True)
class Hands:
    """Clones beside which somebody writes a setting once they are made."""

    inner: Clones
    machine: Machine

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    def make(self, clone: Clone) -> None:
        self.inner.make(clone)
        self.machine.world.disk.put_text(f"{self.machine.world.layout.state_dir}/extra.json5", "{}")


@pytest.mark.parametrize(
    ("new", "said"),
    [
        (replace(NEW, doctoring=Doctoring.FAILS), "doctor of 2026.9.6 failed on a clone"),
        (replace(NEW, serving=Serving.MISMATCH), "does not serve on a clone"),
        (replace(NEW, serving=Serving.CRASHES), "does not serve on a clone"),
        (replace(NEW, serving=Serving.SILENT), "does not serve on a clone"),
        (replace(NEW, doctoring=Doctoring.FORGETS), "on a clone of this installation the upgrade loses something"),
    ],
)
def test_what_fails_on_the_clone_never_stops_the_gateway(new: Release, said: str) -> None:
    machine, plan = rehearsing(new)
    before, serving = dict(machine.world.disk.entries), machine.world.daemon
    report = run(machine, plan)
    assert (report.outcome, report.away) == (Outcome.FAILED_CLEAN, None)
    assert said in report.message
    assert machine.world.daemon is serving
    state = machine.world.layout.state_dir
    now = machine.world.disk.entries
    assert {path: now.get(path) for path in before if path.startswith(state)} == {
        path: entry for path, entry in before.items() if path.startswith(state)
    }


def test_no_secret_of_a_unit_goes_onto_our_own_command_line() -> None:
    machine, plan = rehearsing(replace(NEW, entry=OLD.entry))
    unit = machine.world.layout.unit_path
    text = (machine.world.disk.file(unit) or b"").decode()
    text = text.replace(OLD.version, NEW.version)  # else the target writes its own
    machine.world.disk.put_text(unit, text.replace("--port", "--token planted-secret --port"))
    report = run(machine, plan)
    assert "command line" in step(report, "rehearse").evidence["canary"]["skipped"]
    assert "planted-secret" not in str(report)


@dataclass(frozen=True, slots=True)
class Mistaken:
    """Gateways that call themselves by another version."""

    inner: Gateways

    def ask(self, address: Address, credential: CredentialRef | None, *, timeout: float = 10.0) -> Answer:
        answer = self.inner.ask(address, credential, timeout=timeout)
        return replace(answer, server_version="2026.9.5") if address.relay else answer


def test_a_canary_of_another_version_is_no_proof() -> None:
    machine, plan = rehearsing(NEW)
    host = machine.host()
    journal = machine.runs().create(plan)
    drive(steps_of(plan), plan, journal, replace(host, gateways=Mistaken(host.gateways)))
    report = report_of(journal.records)
    assert report.outcome is Outcome.FAILED_CLEAN
    assert "on the clone 2026.9.5 answered, not 2026.9.6" in report.message


class Meanwhile:
    """The clones of a host on which somebody does something else once doctor has ended on one."""

    def __init__(self, inner: Clones, act: Callable[[], None]) -> None:
        self._inner, self._act = inner, act

    def freeze(self, clone: Clone, name: str) -> Any:
        self._act()
        return self._inner.freeze(clone, name)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)


def test_a_device_that_is_paired_during_the_rehearsal_is_not_lost_on_the_clone() -> None:
    machine, plan = rehearsing(NEW)
    disk, path = machine.world.disk, f"{machine.world.layout.state_dir}/devices/paired.json"

    def pair_a_device() -> None:
        disk.put_text(path, json.dumps({"late": {"deviceId": "late"}}), 0o600)

    host = machine.host()
    report = run(machine, plan, replace(host, clones=cast(Clones, Meanwhile(host.clones, pair_a_device))))
    assert report.outcome is Outcome.UPGRADED, report.message
    assert "late" in str(disk.file(path))
