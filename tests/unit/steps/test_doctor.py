"""Doctor: its failures in its own words, and what it may not do."""

from __future__ import annotations

import re

import pytest
from msgspec.structs import replace

from clawupgrade.errors import StepFailed
from clawupgrade.model import CredentialRef
from clawupgrade.ports import Completed
from clawupgrade.testing.releases import Doctoring
from steps.taking import NEW, ending, reached, take


@pytest.mark.parametrize(("ended_by", "said"), [("idle", "ended by idle limit"), ("", "exit 1")])
def test_doctor_that_fails_or_hangs_is_said_in_its_own_words(ended_by: str, said: str) -> None:
    machine, plan = reached("doctor")
    done = Completed(None if ended_by else 1, "", "Error: startup migrations did not complete cleanly", 1.0, ended_by)
    with pytest.raises(StepFailed, match="startup migrations") as failed:
        take("doctor", plan, ending(machine.host(), "doctor", done))
    assert said in failed.value.message


@pytest.mark.parametrize(
    ("said", "runs"),
    [
        ("state lease heartbeat did not become ready", 3),
        ("Invalid config", 1),
        # 2026.9.6 on a 2026.6.11 with provider profiles: its second run goes through; the same refusal is no progress.
        ("Failing check shared-auth-store (step-refused): Failed relocating the shared auth store", 2),
    ],
    ids=["no-time", "a-fault", "a-refused-step"],
)
def test_doctor_that_only_ran_out_of_time_is_run_again_but_not_for_ever(said: str, runs: int) -> None:
    """2026.9.6 on a starved machine; what doctor found wrong is not asked twice."""
    machine, plan = reached("doctor")
    told: list[str] = []
    host = ending(machine.host(), "doctor", Completed(1, "", f"Error: {said}", 1.0))
    with pytest.raises(StepFailed, match=re.escape(said)):
        take("doctor", plan, replace(host, say=lambda event: told.append(event.text)))
    assert len([text for text in told if "run again" in text]) == runs - 1


def test_doctor_may_not_put_back_an_older_config() -> None:
    machine, plan = reached("doctor", replace(NEW, doctoring=Doctoring.CLOBBERS))
    with pytest.raises(StepFailed, match="replaced the config by an older one") as failed:
        take("doctor", plan, machine.host())
    assert ".clobbered." in failed.value.hint


class OtherSecrets:
    """The place of the token holds another one now."""

    def digest(self, ref: CredentialRef) -> str | None:
        """Not the digest in the plan."""
        return "another"


def test_doctor_may_not_change_the_token_even_to_one_that_works() -> None:
    machine, plan = reached("doctor")
    with pytest.raises(StepFailed, match=r"changed the gateway's token: gateway\.auth\.token"):
        take("doctor", plan, replace(machine.host(), secrets=OtherSecrets()))
