"""Who talks with the gateway: all agents are asked about, by a release that cannot tell the default one."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from clawupgrade.ports import Command, Completed
from clawupgrade.survey.activity import active_sessions
from clawupgrade.testing.machine import born
from clawupgrade.testing.releases import Release


class Sessions:
    """A release that knows --all-agents, or does not, or nothing at all."""

    def __init__(self, knows: bool, answers: bool = True) -> None:
        self.knows, self.answers = knows, answers

    def run(self, command: Command, on_line: Any = None, on_size: Any = None) -> Completed:
        if not self.answers or ("--all-agents" in command.argv and not self.knows):
            return Completed(1, "", "error: unknown option '--all-agents'", 0.1)
        key = "agent:work:main" if "--all-agents" in command.argv else "agent:main:main"
        return Completed(0, json.dumps({"sessions": [{"key": key}]}), "", 0.1)

    def detach(self, command: Command, log: str) -> int:
        raise AssertionError(command)


@pytest.mark.parametrize(
    ("release", "told"),
    [
        (Sessions(True), ("agent:work:main",)),
        (Sessions(False), ("agent:main:main",)),
        (Sessions(True, answers=False), ("(the installed release cannot tell)",)),
    ],
)
def test_who_is_active(release: Sessions, told: tuple[str, ...]) -> None:
    machine = born([Release("2026.6.11")])
    host = replace(machine.host(), commands=release)
    assert active_sessions(host, machine.install(), timedelta(minutes=10)) == told
