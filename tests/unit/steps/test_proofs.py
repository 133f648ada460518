"""What each step wants to see before it counts as done, and what it says when it does not see it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import pytest

from clawupgrade.errors import StepFailed, UndoFailed
from clawupgrade.gateway.address import Address
from clawupgrade.gateway.answer import Answer, AnswerKind, Reached
from clawupgrade.model import CredentialRef, Engine, Plan, Service
from clawupgrade.ports import Command, Completed, Event, Host, Process, ServiceState
from clawupgrade.steps import steps_of
from clawupgrade.testing.faults import Fault, Faults, Way
from clawupgrade.testing.machine import Machine, born
from clawupgrade.testing.plans import plan_for
from clawupgrade.testing.releases import Doctoring, Release, Serving

OLD = Release("2026.6.11", schema=3, entry="dist/entry.js")
NEW = Release("2026.9.6", schema=5)


def reached(name: str, new: Release = NEW, *, engine: Engine = Engine.CLONE) -> tuple[Machine, Plan]:
    """A machine on which every step before `name` is done."""
    machine = born([OLD, new])
    plan = plan_for(machine, new, engine=engine)
    for step in steps_of(plan):
        if step.name.partition(":")[0] == name:
            return machine, plan
        step.do(machine.host(), plan)
        step.prove(machine.host(), plan)
    raise AssertionError(name)


def take(name: str, plan: Plan, host: Host) -> None:
    """Do and prove one step."""
    step = next(step for step in steps_of(plan) if step.name.partition(":")[0] == name)
    step.do(host, plan)
    step.prove(host, plan)


def take_back(name: str, plan: Plan, host: Host) -> None:
    """Undo one step."""
    next(step for step in steps_of(plan) if step.name.partition(":")[0] == name).undo(host, plan)


@dataclass(frozen=True, slots=True)
class Commands:
    """Commands of which those with this word end so; the others go to the machine."""

    host: Host
    word: str
    done: Completed

    def run(self, command: Command, on_line: Callable[[str], None] | None = None) -> Completed:
        return self.done if self.word in command.argv else self.host.commands.run(command, on_line)

    def detach(self, command: Command, log: str) -> int:
        return self.host.commands.detach(command, log)


def ending(host: Host, word: str, done: Completed) -> Host:
    return replace(host, commands=Commands(host, word, done))


@pytest.mark.parametrize(
    ("err", "transient"),
    [("npm error code ETARGET\nnpm error notarget No matching version", False), ("npm error code ECONNRESET", True)],
)
def test_stage_tells_trouble_of_the_network_from_trouble_with_the_release(err: str, transient: bool) -> None:
    machine, plan = reached("stage")
    with pytest.raises(StepFailed, match=r"npm could not install openclaw@2026.9.6") as failed:
        take("stage", plan, ending(machine.host(), "install", Completed(1, "", err, 1.0)))
    assert failed.value.transient is transient


def test_stage_wants_the_version_that_was_asked_for() -> None:
    machine, plan = reached("stage")
    machine.world.registry = {NEW.spec: replace(NEW, version="2026.9.5")}
    with pytest.raises(StepFailed, match=r"npm installed 2026.9.5 where 2026.9.6 was asked for"):
        take("stage", plan, machine.host())


def test_stage_wants_what_it_built_to_run() -> None:
    machine, plan = reached("stage")
    with pytest.raises(StepFailed, match=r"the staged 2026.9.6 does not run: it needs a newer Node"):
        take("stage", plan, ending(machine.host(), "--version", Completed(1, "", "it needs a newer Node", 1.0)))


def test_stage_never_drops_the_only_copy_of_what_was_installed() -> None:
    machine, plan = reached("quiesce")
    hop, root = plan.hops[0], plan.install.package.root
    machine.world.disk.delete(hop.tree)
    machine.world.disk.move(root, hop.tree)
    with pytest.raises(UndoFailed, match="the old package still lies in"):
        take_back("stage", plan, machine.host())
    assert machine.world.disk.at(hop.tree) is not None


def test_keep_wants_an_exact_copy() -> None:
    machine, plan = reached("keep", engine=Engine.INPLACE)
    step = steps_of(plan)[0]
    step.do(machine.host(), plan)
    machine.world.disk.put_text(f"{plan.hops[0].tree}/dist/entry.js", "torn")
    with pytest.raises(StepFailed, match="changed while it was copied") as failed:
        step.prove(machine.host(), plan)
    assert failed.value.transient


def test_arm_wants_a_dead_man_that_lives() -> None:
    machine, plan = reached("arm")
    step = next(step for step in steps_of(plan) if step.name == "arm")
    step.do(machine.host(), plan)
    machine.world.watchers = ()
    with pytest.raises(StepFailed, match="the dead-man did not come up"):
        step.prove(machine.host(), plan)


def test_arm_starts_the_dead_man_by_itself_where_systemd_run_does_not() -> None:
    machine, plan = reached("arm")
    take("arm", plan, ending(machine.host(), "systemd-run", Completed(1, "", "no bus", 1.0)))
    assert len(machine.world.watchers) == 1


def test_quiesce_seals_nothing_while_the_port_is_held() -> None:
    machine, plan = reached("quiesce")

    class Held:
        def listeners(self, port: int) -> tuple[Process, ...]:
            return (Process(77, 1.0, ("node",), 1000),)

        find = ancestors = None

    with pytest.raises(StepFailed, match="port 18789 is still held by process 77"):
        take("quiesce", plan, replace(machine.host(), processes=Held()))  # type: ignore[arg-type]
    assert not machine.host().snapshots.is_sealed(plan.snapshot)


def test_quiesce_does_not_come_back_without_a_handshake() -> None:
    machine, plan = reached("switch")
    machine.world.faults = Faults(Fault(0, Way.LIE))
    with pytest.raises(UndoFailed, match="the old gateway does not come back"):
        take_back("quiesce", plan, machine.host())


def test_switch_says_where_it_looked_when_the_old_version_is_nowhere() -> None:
    machine, plan = reached("switch")
    for root in (plan.hops[0].live, plan.hops[0].tree):
        machine.world.disk.delete(root)
    with pytest.raises(UndoFailed, match=r"2026.6.11 lies neither in"):
        take_back("switch", plan, machine.host())


def test_update_goes_by_what_lies_on_the_disk_and_not_by_the_exit_code() -> None:
    machine, plan = reached("update", engine=Engine.INPLACE)
    host = machine.host()
    with pytest.raises(StepFailed, match=r"did not install 2026.9.6 \(exit 0\)"):
        take("update", plan, ending(host, "--tag", Completed(0, '{"status": "ok"}', "", 1.0)))
    failing = replace(NEW, doctoring=Doctoring.FAILS)
    machine, plan = reached("update", failing, engine=Engine.INPLACE)
    take("update", plan, machine.host())


def test_update_leaves_no_gateway_running_that_the_updater_started() -> None:
    old = Release("2026.6.11", schema=3, no_restart=False)
    machine = born([old, NEW])
    plan = plan_for(machine, NEW, engine=Engine.INPLACE)
    for step in steps_of(plan)[:5]:
        step.do(machine.host(), plan)
    assert step.name == "update:2026.9.6"
    assert machine.world.daemon is None


def test_update_says_when_the_kept_tree_is_not_whole_either() -> None:
    machine, plan = reached("migrate", engine=Engine.INPLACE)
    machine.world.disk.put_text(f"{plan.hops[0].tree}/dist/entry.js", "torn")
    with pytest.raises(UndoFailed, match=r"2026.6.11 lies whole neither in"):
        take_back("update", plan, machine.host())


@pytest.mark.parametrize(("ended_by", "said"), [("idle", "ended by idle limit"), ("", "exit 1")])
def test_doctor_that_fails_or_hangs_is_said_in_its_own_words(ended_by: str, said: str) -> None:
    machine, plan = reached("doctor")
    done = Completed(None if ended_by else 1, "", "Error: startup migrations did not complete cleanly", 1.0, ended_by)
    with pytest.raises(StepFailed, match="startup migrations") as failed:
        take("doctor", plan, ending(machine.host(), "doctor", done))
    assert said in failed.value.message


def test_doctor_may_not_put_back_an_older_config() -> None:
    machine, plan = reached("doctor", replace(NEW, doctoring=Doctoring.CLOBBERS))
    with pytest.raises(StepFailed, match="replaced the config by an older one") as failed:
        take("doctor", plan, machine.host())
    assert ".clobbered." in failed.value.hint


def test_state_does_not_go_back_to_a_snapshot_that_was_never_sealed() -> None:
    machine, plan = reached("quiesce")
    with pytest.raises(UndoFailed, match="no sealed snapshot"):
        take_back("doctor", plan, machine.host())


def test_start_refreshes_a_stale_unit_only() -> None:
    machine, plan = reached("start")
    heard: list[Event] = []
    take("start", plan, replace(machine.host(), say=heard.append))
    (note,) = [event.text for event in heard if event.kind == "note"]
    assert note.startswith("the service definition is refreshed: its entry point")
    again: list[Event] = []
    take("start", plan, replace(machine.host(), say=again.append))
    assert again == []


def test_start_wants_a_gateway_that_stays_up_under_a_new_pid() -> None:
    machine, plan = reached("start", replace(NEW, serving=Serving.CRASHES))
    with pytest.raises(StepFailed, match="did not stay up: failed"):
        take("start", plan, machine.host())
    machine, plan = reached("start")
    same = replace(plan, install=replace(plan.install, service=replace(plan.install.service, main_pid=4003)))
    with pytest.raises(StepFailed, match="still runs under its old PID"):
        take("start", same, machine.host())


def test_start_does_not_believe_that_it_stopped_what_it_had_to_start() -> None:
    machine = born([OLD, NEW], running=False, enabled=False)
    plan = plan_for(machine, NEW)
    for step in steps_of(plan)[:7]:
        step.do(machine.host(), plan)
    assert step.name == "doctor:2026.9.6"
    probe = machine.fork()
    take("start", plan, probe.host())
    stops = next(each.number for each in probe.world.faults.seen if each.name == "stop the gateway")
    machine.world.faults = Faults(Fault(stops, Way.LIE))
    with pytest.raises(StepFailed, match="was stopped before the run and does not stop"):
        take("start", plan, machine.host())


def test_start_leaves_a_gateway_stopped_that_was_stopped_before() -> None:
    machine = born([OLD, NEW], running=False, enabled=False)
    plan = plan_for(machine, NEW)
    for step in steps_of(plan):
        step.do(machine.host(), plan)
        step.prove(machine.host(), plan)
    assert machine.world.daemon is None
    assert machine.world.disk.at(machine.world.layout.wants_path) is None


@dataclass(frozen=True, slots=True)
class Gateways:
    """A gateway that gives one answer."""

    answer: Answer

    def ask(self, address: Address, credential: CredentialRef | None, *, timeout: float = 10.0) -> Answer:
        return self.answer


def test_handshake_wants_the_target_to_answer() -> None:
    machine, plan = reached("handshake")
    old = Answer(AnswerKind.HELLO, Reached.RESPONSE, server_version="2026.6.11", protocol=4, credentialed=True)
    with pytest.raises(StepFailed, match=r"answers as 2026.6.11, not as 2026.9.6"):
        take("handshake", plan, replace(machine.host(), gateways=Gateways(old)))
    nameless = replace(old, server_version="dev")
    take("handshake", plan, replace(machine.host(), gateways=Gateways(nameless)))


def test_handshake_wants_the_listener_to_be_the_services_own_process() -> None:
    machine, plan = reached("handshake")

    class Elsewhere:
        def look(self, service: Service) -> ServiceState:
            return ServiceState(True, 1)

        def words(self, service: Service, since: datetime) -> Sequence[str]:
            return ()

    with pytest.raises(StepFailed, match="is held by process 4003, but the service runs as 1"):
        take("handshake", plan, replace(machine.host(), services=Elsewhere()))  # type: ignore[arg-type]


@pytest.mark.parametrize("serving", [Serving.SILENT, Serving.BROKEN, Serving.MISMATCH])
def test_handshake_condemns_what_is_worse_than_before(serving: Serving) -> None:
    machine, plan = reached("handshake", replace(NEW, serving=serving))
    with pytest.raises(StepFailed, match="the gateway is"):
        take("handshake", plan, machine.host())


def test_handshake_leaves_pairing_to_a_person() -> None:
    machine, plan = reached("handshake", replace(NEW, serving=Serving.PAIRING))
    step = next(step for step in steps_of(plan) if step.name.startswith("handshake"))
    assert step.prove(machine.host(), plan)["needs_person"] is True


def test_confirm_goes_by_a_stranger() -> None:
    machine, plan = reached("confirm")
    with pytest.raises(StepFailed, match="a second, independent handshake failed: exit 4"):
        take("confirm", plan, ending(machine.host(), "probe", Completed(4, "", "", 1.0)))


def test_confirm_makes_durable_what_the_target_wrote() -> None:
    machine, plan = reached("confirm")
    take("confirm", plan, machine.host())
    before = dict(machine.world.disk.entries)
    machine.lose_power()
    lost = [path for path, entry in before.items() if machine.world.disk.entries[path] != entry]
    assert lost == []
