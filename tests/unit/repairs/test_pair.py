"""Approving this machine's own device: through the release, in its words where it refuses, never twice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from msgspec.structs import replace

from clawupgrade.errors import StepFailed
from clawupgrade.model import Plan
from clawupgrade.planning import make_repair
from clawupgrade.ports import Command, Completed, Host
from clawupgrade.repairs.pair import Pair
from clawupgrade.testing.machine import born
from clawupgrade.testing.releases import Release


@dataclass
class Scripted:
    """Commands that all end so."""

    rc: int
    err: str = ""
    seen: list[tuple[str, ...]] = field(default_factory=list)

    def run(
        self,
        command: Command,
        on_line: Callable[[str], None] | None = None,
        on_size: Callable[[int], None] | None = None,
    ) -> Completed:
        self.seen.append(tuple(str(word) for word in command.argv))
        return Completed(self.rc, "", self.err, 0.1)


def asked(commands: Scripted) -> tuple[Host, Plan]:
    machine = born([Release("2026.4.29", schema=3)])
    plan = make_repair(machine.install(), ("pair-device",), run_id="r", created_at="t", request="r-17")
    return replace(machine.host(), commands=commands), plan


def test_exactly_our_own_request_is_approved() -> None:
    commands = Scripted(0)
    Pair().do(*asked(commands))
    assert [words[2:] for words in commands.seen] == [("devices", "approve", "r-17")]


@pytest.mark.parametrize(
    ("said", "hint"),
    [
        ("missing scope: operator.read", "openclaw dashboard"),
        ("device pairing required", "openclaw dashboard"),
        ("unauthorized: gateway token mismatch", "openclaw dashboard"),
        ("unknown requestId", ""),
    ],
)
def test_a_release_that_cannot_is_quoted_and_the_way_that_works_is_named(said: str, hint: str) -> None:
    with pytest.raises(StepFailed, match=said) as failed:
        Pair().do(*asked(Scripted(1, f"GatewayClientRequestError: {said}")))
    assert hint in failed.value.hint
    assert bool(failed.value.hint) is bool(hint)
