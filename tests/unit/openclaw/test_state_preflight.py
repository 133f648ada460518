"""Words of real releases about copied databases."""

from __future__ import annotations

import json

import pytest

from clawupgrade.openclaw.state_preflight import kind_of, reads_it


def said(status: str, *, writes: bool = False) -> str:
    return json.dumps(
        {
            "schema": "openclaw.state-schema-preflight.v1",
            "databasePath": "/c.sqlite",
            "targetVersion": 17,
            "foundVersion": 18,
            "ownership": None,
            "issues": [],
            "status": status,
            "requiresWrite": writes,
        },
        indent=2,
    )


@pytest.mark.parametrize(
    ("output", "wanted"),
    [
        (said("exact"), True),
        ("[plugins] a log line\n" + said("exact"), True),
        (said("exact", writes=True), False),
        (said("incompatible"), False),
        (said("a word of a later release"), None),
        ("error: unknown command 'database'", None),
        ('{"ok": false, "error": {"type": "cli_error"}}', None),
        ("", None),
    ],
)
def test_reads_it(output: str, wanted: bool | None) -> None:
    assert reads_it(output) is wanted


def test_only_databases_that_the_command_knows_are_asked_about() -> None:
    assert kind_of("/h/.openclaw/state/openclaw.sqlite") == ("preflight",)
    assert kind_of("/h/.openclaw/agents/a b/agent/openclaw-agent.sqlite") == ("preflight-agent", "--agent-id", "a b")
    assert kind_of("/h/.openclaw/plugins/memory.sqlite") is None
