"""A release is built and rehearsed ahead of time, and the next run takes that over or says what has changed since."""

from __future__ import annotations

from dataclasses import dataclass

from msgspec.structs import replace

from clawupgrade.app.finish import finish
from clawupgrade.app.gate import OPEN
from clawupgrade.app.rollback import Back, rollback
from clawupgrade.app.staging import stage
from clawupgrade.app.upgrade import upgrade
from clawupgrade.gateway.address import Address
from clawupgrade.gateway.answer import Answer, AnswerKind
from clawupgrade.model import CredentialRef, Outcome, Report
from clawupgrade.ports import Event, Gateways
from clawupgrade.testing.machine import Machine, born
from clawupgrade.testing.plans import request_for
from clawupgrade.testing.releases import Release, Serving
from clawupgrade.testing.world import Film

OLD, NEW = Release("2026.6.11", schema=3), Release("2026.9.6", schema=5)
PROGRAM = ("clawupgrade",)


def quiet() -> Machine:
    return born([OLD, NEW], can_clone=True, is_quiet=True)


def staged(machine: Machine, run_id: str = "20260901T000000Z-a") -> Report:
    host, runs = machine.host(), machine.runs()
    return finish(host, runs, stage(host, runs, request_for(machine), run_id, program=PROGRAM, gate=OPEN))


def upgraded(machine: Machine, said: list[Event] | None = None) -> Report:
    host, runs = replace(machine.host(), say=(said if said is not None else []).append), machine.runs()
    request = request_for(machine)
    run_id = "20260902T000000Z-b"
    return finish(host, runs, upgrade(host, runs, request, run_id, program=PROGRAM, agree=lambda found: None))


def evidence(report: Report, step: str) -> dict[str, object]:
    return dict(next(each for each in report.steps if each.name == f"{step}:{NEW.version}").evidence)


def npm_ran(machine: Machine) -> bool:
    assert machine.world.film is not None
    return any(still.effect.startswith("npm") for still in machine.world.film.stills)


def test_the_old_gateway_serves_on_and_nothing_of_it_is_touched() -> None:
    machine = quiet()
    serving, before = machine.world.daemon, dict(machine.world.disk.entries)
    report = staged(machine)
    assert (report.outcome, report.exit_code, report.changed, report.away) == (Outcome.STAGED, 0, False, None)
    assert "clawupgrade run switches to it" in report.message
    assert machine.world.daemon is serving
    assert {path: machine.world.disk.entries.get(path) for path in before} == before
    assert machine.world.violations == []


def test_the_next_run_switches_to_what_stands_there() -> None:
    machine = quiet()
    staged(machine)
    machine.world.film = Film()
    report = upgraded(machine)
    assert report.outcome is Outcome.UPGRADED
    assert not npm_ran(machine)
    assert evidence(report, "rehearse")["prepared"] == "20260901T000000Z-a"
    assert evidence(report, "doctor")["adopted"] is True
    assert (machine.world.clones, machine.world.violations) == ({}, [])
    host, runs = machine.host(), machine.runs()
    asked = request_for(machine)
    back = rollback(host, runs, asked, "r", program=PROGRAM, agree=lambda found: None, back=Back())
    assert back.outcome is Outcome.UPGRADED
    assert machine.world.daemon is not None
    assert machine.world.daemon.release == OLD


def test_a_state_that_has_changed_since_is_rehearsed_anew_and_named() -> None:
    machine = quiet()
    staged(machine)
    note = f"{machine.world.layout.state_dir}/note"
    machine.world.disk.put_text(note, "somebody was here")
    said: list[Event] = []
    machine.world.film = Film()
    report = upgraded(machine, said)
    assert report.outcome is Outcome.UPGRADED
    assert not npm_ran(machine)
    assert "prepared" not in evidence(report, "rehearse")
    assert evidence(report, "doctor")["adopted"] is True
    assert [event.text for event in said if event.text.startswith("all is rehearsed anew") and note in event.text]


def test_a_stage_that_somebody_has_changed_is_built_anew() -> None:
    machine = quiet()
    staged(machine)
    tree = next(
        path for path in machine.world.disk.entries if path.endswith("/package.json") and "/.clawupgrade/" in path
    )
    machine.world.disk.put_text(tree.replace("package.json", "stray"), "not of this release")
    machine.world.film = Film()
    report = upgraded(machine)
    assert (report.outcome, npm_ran(machine)) == (Outcome.UPGRADED, True)
    assert "prepared" not in evidence(report, "rehearse")


def test_a_new_stage_replaces_the_one_before() -> None:
    machine = quiet()
    staged(machine)
    staged(machine, "20260901T120000Z-c")
    runs = {
        path.split("/.clawupgrade/")[1].split("/")[0] for path in machine.world.disk.entries if "/.clawupgrade/" in path
    }
    assert runs == {"20260901T120000Z-c"}
    assert evidence(upgraded(machine), "rehearse")["prepared"] == "20260901T120000Z-c"


def test_a_target_that_does_not_serve_is_not_staged() -> None:
    machine = born([OLD, Release(NEW.version, schema=5, serving=Serving.CRASHES)], can_clone=True, is_quiet=True)
    report = staged(machine)
    assert (report.outcome, report.exit_code) == (Outcome.FAILED_CLEAN, 1)
    assert not [
        path for path in machine.world.disk.entries if "/.clawupgrade/" in path and path.endswith("package.json")
    ]


def test_a_run_that_goes_back_leaves_the_stage_as_it_found_it() -> None:
    machine = quiet()
    staged(machine)
    before = {path: entry for path, entry in machine.world.disk.entries.items() if "/.clawupgrade/" in path}
    host, runs = machine.host(), machine.runs()
    host = replace(host, gateways=Refusing(host.gateways))
    report = upgrade(host, runs, request_for(machine), "20260902T000000Z-b", program=PROGRAM, agree=lambda found: None)
    assert report.outcome is Outcome.ROLLED_BACK, report.message
    finish(machine.host(), machine.runs(), report)
    now = {path: entry for path, entry in machine.world.disk.entries.items() if "/.clawupgrade/" in path}
    assert now == before


@dataclass(frozen=True, slots=True)
class Refusing:
    """Gateways of which the new one hangs up."""

    inner: Gateways

    def ask(self, address: Address, credential: CredentialRef | None, *, timeout: float = 10.0) -> Answer:
        answer = self.inner.ask(address, credential, timeout=timeout)
        return Answer(AnswerKind.UNREACHABLE) if answer.server_version == NEW.version else answer
