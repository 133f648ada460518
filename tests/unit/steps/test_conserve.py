"""What was there before is there after, or the run goes back; what can be put back or added again is."""

from __future__ import annotations

import json

import pytest
from msgspec.structs import replace

from clawupgrade.conservation.rows import ROWS
from clawupgrade.errors import StepFailed
from clawupgrade.ports import Completed, Event
from clawupgrade.steps import steps_of
from clawupgrade.steps.conserve import Conserve
from clawupgrade.steps.inventory import inventory_path, read_inventory
from clawupgrade.steps.mend import Mend
from clawupgrade.testing.machine import Machine, born
from clawupgrade.testing.releases import Doctoring
from steps.taking import NEW, OLD, ending, reached, take, take_back

LOSING = replace(NEW, doctoring=Doctoring.LOSES)


def config_of(machine: Machine) -> dict[str, object]:
    found: dict[str, object] = json.loads(machine.world.disk.file(machine.world.layout.config_path) or b"")
    return found


def test_the_inventory_has_every_row_and_no_secret() -> None:
    machine, plan = reached("quiesce")
    content = machine.world.disk.file(inventory_path(plan)) or b""
    assert set(read_inventory(machine.host(), plan).rows) == {row.key for row in ROWS}
    assert b"token-of-a-machine" not in content
    take_back("inventory", plan, machine.host())
    machine.world.disk.delete(inventory_path(plan))
    with pytest.raises(StepFailed, match=r"inventory.json is gone"):
        read_inventory(machine.host(), plan)


def test_what_doctor_dropped_is_put_back_and_told() -> None:
    machine, plan = reached("mend", LOSING)
    assert "channels" not in config_of(machine)
    step = next(step for step in steps_of(plan) if isinstance(step, Mend))
    step.do(machine.host(), plan)
    evidence = step.prove(machine.host(), plan)
    assert config_of(machine)["channels"] == {"telegram": {"enabled": True}}
    assert evidence["notes"] == ["the channel telegram is gone after doctor: it was put back"]
    assert machine.world.violations == []


def test_what_doctor_switches_off_is_told_by_name_though_nothing_was_there_before() -> None:
    machine, plan = reached("mend")
    skills = {f"skill-{number:02}": {"enabled": False} for number in range(31)}
    path = machine.world.layout.config_path
    machine.world.disk.put_text(path, json.dumps(config_of(machine) | {"skills": {"entries": skills}}), 0o600)
    step = next(step for step in steps_of(plan) if isinstance(step, Mend))
    step.do(machine.host(), plan)
    evidence = step.prove(machine.host(), plan)
    (note,) = evidence["notes"]
    assert note.startswith("doctor switched off 31 skills: skill-00, skill-01, ")
    assert note.endswith(", skill-07 and 23 more")
    assert (evidence["came"], evidence["gone"]) == ({"skills": sorted(skills)}, {})
    assert len([one for one in evidence["changes"] if one["judgement"] == "suspicious"]) == 31


def test_what_the_target_refuses_is_not_put_back() -> None:
    issue = {"path": "<root>", "message": 'Unrecognized key: "telegram"'}
    refusal = json.dumps({"valid": False, "issues": [issue]})
    for done in (Completed(1, refusal, "", 1.0), Completed(1, "Usage: config", "", 1.0)):
        machine, plan = reached("mend", LOSING)
        before = machine.world.disk.file(machine.world.layout.config_path)
        host = ending(machine.host(), "validate", done)
        step = next(step for step in steps_of(plan) if isinstance(step, Mend))
        step.do(host, plan)
        assert step.prove(host, plan)["notes"] == []
        assert machine.world.disk.file(machine.world.layout.config_path) == before


def test_what_the_plan_accepts_as_lost_is_left_lost() -> None:
    machine, plan = reached("mend", LOSING)
    before = machine.world.disk.file(machine.world.layout.config_path)
    take("mend", replace(plan, losses=(("channels", "accept"),)), machine.host())
    assert machine.world.disk.file(machine.world.layout.config_path) == before


def test_a_file_that_was_opened_to_others_is_closed_again() -> None:
    machine, plan = reached("mend")
    path = machine.world.layout.config_path
    machine.host().files.set_mode(path, 0o644)
    take("mend", plan, machine.host())
    assert machine.host().files.mode(path) == 0o600


def test_a_lost_job_is_added_again_through_the_gateway() -> None:
    machine, plan = reached("conserve", LOSING)
    step = Conserve()
    step.do(machine.host(), plan)
    (note,) = step.prove(machine.host(), plan)["notes"]
    assert note == "the cron job a “job a” is gone: it was added again as a+"
    assert step.undo(machine.host(), plan) == {}


def test_a_job_that_cannot_be_added_again_condemns() -> None:
    machine, plan = reached("conserve", LOSING)
    heard: list[Event] = []
    host = replace(ending(machine.host(), "cron.add", Completed(1, "", "Error: no", 1.0)), say=heard.append)
    with pytest.raises(StepFailed, match=r"loses something: the cron job a “job a” is gone") as failed:
        take("conserve", plan, host)
    assert failed.value.hint.endswith("--accept-loss cron")
    assert "adding it again failed: Error: no" in heard[-1].text


def test_nothing_is_added_while_the_gateway_does_not_say_what_it_has() -> None:
    machine, plan = reached("conserve", LOSING)
    before = machine.world.disk.file(machine.world.layout.database_path)
    with pytest.raises(StepFailed, match="the cron job a"):
        take("conserve", plan, ending(machine.host(), "list", Completed(1, "", "Error: closed", 1.0)))
    jobs = [(machine.world.disk.file(machine.world.layout.database_path) or b"").splitlines()[0], (before or b"")]
    assert jobs[1].startswith(jobs[0])


def test_a_job_that_the_gateway_has_after_all_is_not_lost() -> None:
    machine, plan = reached("conserve", LOSING)
    served = Completed(0, json.dumps({"jobs": [{"id": "a"}, {"id": "b"}]}), "", 3.0)
    assert Conserve().prove(ending(machine.host(), "list", served), plan)["notes"] == []


def test_the_plan_and_the_person_may_accept_a_loss() -> None:
    machine, plan = reached("conserve", replace(NEW, doctoring=Doctoring.FORGETS))
    with pytest.raises(StepFailed, match="the paired device d1"):
        take("conserve", plan, machine.host())
    accepting = replace(plan, losses=(("devices", "accept"),))
    assert Conserve().prove(machine.host(), accepting)["notes"] == ["the paired device d1 “ios” is gone"]
    asking = replace(plan, losses=(("devices", "ask"),))
    with pytest.raises(StepFailed, match="the paired device d1"):
        take("conserve", asking, machine.host())
    asked: list[str] = []

    def yes(question: str) -> bool:
        asked.append(question)
        return True

    take("conserve", asking, replace(machine.host(), ask=yes))
    assert asked == ["after the upgrade the paired device d1 “ios” is gone. Keep the new version all the same?"]


def test_a_channel_that_does_not_come_up_again_condemns() -> None:
    machine, plan = reached("conserve")
    began = machine.world.time
    down = Completed(0, json.dumps({"channelAccounts": {"telegram": [{"accountId": "default"}]}}), "", 3.0)
    with pytest.raises(StepFailed, match="the channel account telegram/default does not run any more") as failed:
        take("conserve", plan, ending(machine.host(), "channels", down))
    assert machine.world.time - began > 100, "it has time to connect"
    assert failed.value.hint.endswith("--accept-loss accounts")
    starting = Completed(0, json.dumps({"status": "starting"}), "", 3.0)
    evidence = Conserve().prove(ending(machine.host(), "channels", starting), plan)
    assert evidence["unread"] == ["accounts"]


def test_a_stopped_gateway_is_not_asked_for_its_jobs() -> None:
    machine = born([OLD, NEW], running=False, enabled=False)
    from clawupgrade.testing.plans import plan_for

    plan = plan_for(machine, NEW)
    for step in steps_of(plan):
        step.do(machine.host(), plan)
        step.prove(machine.host(), plan)
    assert machine.world.daemon is None
