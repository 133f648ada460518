"""The LaunchAgent of a gateway: its words and its variables, and what is no property list."""

from __future__ import annotations

import plistlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clawupgrade.openclaw.launch_agents import agent_paths, read_agent

AGENT = {
    "Label": "ai.openclaw.gateway",
    "RunAtLoad": True,
    "ProgramArguments": ["/opt/homebrew/bin/node", "/p/openclaw/dist/index.js", "gateway", "--port", "18789"],
    "EnvironmentVariables": {"HOME": "/Users/claw", "OPENCLAW_GATEWAY_TOKEN": "the-token"},
}


@pytest.mark.parametrize("form", [plistlib.FMT_XML, plistlib.FMT_BINARY], ids=["xml", "binary"])
def test_words_and_variables_are_read_from_both_forms(form: plistlib.PlistFormat) -> None:
    unit = read_agent(plistlib.dumps(AGENT, fmt=form))
    assert unit is not None
    assert (unit.port, unit.entry) == (18789, "/p/openclaw/dist/index.js")
    assert unit.value("OPENCLAW_GATEWAY_TOKEN") == "the-token"
    assert "the-token" not in repr(unit)


@pytest.mark.parametrize("content", [b"", b"<plist", b"bplist00", b"{}", plistlib.dumps(["a list"])])
def test_what_is_no_agent_is_none(content: bytes) -> None:
    assert read_agent(content) is None


def test_an_agent_without_variables_has_none() -> None:
    unit = read_agent(plistlib.dumps({"Label": "ai.openclaw.gateway", "EnvironmentVariables": "no"}))
    assert unit is not None
    assert (unit.argv, unit.names) == ((), ())


@given(st.binary(max_size=200), st.sampled_from([b"bplist00", b"<?xml version='1.0'?><plist>", b""]))
def test_no_file_makes_it_raise(rest: bytes, head: bytes) -> None:
    read_agent(head + rest)


def test_a_profile_has_a_label_of_its_own() -> None:
    assert agent_paths("/Users/claw", "work")[:2] == (
        "/Users/claw/Library/LaunchAgents/ai.openclaw.work.plist",
        "/Users/claw/Library/LaunchAgents/com.clawdbot.work.plist",
    )
