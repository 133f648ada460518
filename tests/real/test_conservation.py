"""Losses planted in releases whose doctor says that all is well: each is named, and mended or rolled back."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest
from drive import Result, clawupgrade, require_as_before, require_kept
from lab.birth import write_npmrc
from lab.breaks import (
    DROPS_AGENT,
    DROPS_MCP,
    DROPS_PLUGIN,
    FORGETS_DEVICES,
    LOSES_MUCH,
    OPENS_FILES,
    WIPES_CRON,
    WRITES_SECRET,
    Break,
)
from lab.device import make_device
from lab.facts import read_state
from lab.host import Host
from lab.registry import Registry
from lab.root import Lab
from lab.state import COMMENT, REFERENCE
from lab.watcher import await_hello

pytestmark = pytest.mark.real

BAD = "2026.9.7"

MENDED = [
    pytest.param(LOSES_MUCH, ["MCP server notes", "plugin memory-core", "agent work", "apiKey", "config has mode"]),
    pytest.param(DROPS_MCP, ["MCP server notes"], marks=pytest.mark.full),
    pytest.param(DROPS_PLUGIN, ["plugin memory-core"], marks=pytest.mark.full),
    pytest.param(DROPS_AGENT, ["agent work"], marks=pytest.mark.full),
    pytest.param(WRITES_SECRET, ["models.providers.lab.apiKey"], marks=pytest.mark.full),
    pytest.param(OPENS_FILES, ["config has mode 0644"], marks=pytest.mark.full),
]


@pytest.fixture
def registry(lab: Lab) -> Iterator[Registry]:
    """A registry of our own, with room for bad releases."""
    with Registry(lab) as opened:
        yield opened


@pytest.fixture
def furnished(host_factory: Callable[..., Host], registry: Registry) -> Callable[[Break], Host]:
    """A host of 2026.6.11 with an MCP server and a plugin entry in its config, and this release to be had."""

    def furnish(bad: Break) -> Host:
        host = host_factory("2026.6.11")
        facts = host.config()
        facts["mcp"] = {"servers": {"notes": {"command": "true"}}}
        facts["plugins"] = {"entries": {"memory-core": {"enabled": True}}}
        host.systemctl_user("stop", "openclaw-gateway")
        host.config_path().write_text(f"{COMMENT}\n{json.dumps(facts, indent=2)}\n")
        host.systemctl_user("start", "openclaw-gateway")
        await_hello(host.gateway_port, host.token())
        registry.publish(BAD, bad)
        write_npmrc(host.home, registry.url)
        return host

    return furnish


def told(result: Result) -> str:
    """What the report says was found, in words."""
    return "\n".join([result.document["message"], *result.document["notes"]])


@pytest.mark.parametrize(("bad", "named"), MENDED, ids=lambda value: value.name if isinstance(value, Break) else "")
def test_what_a_doctor_loses_is_named_and_put_back(
    bad: Break, named: list[str], furnished: Callable[[Break], Host]
) -> None:
    host = furnished(bad)
    before = read_state(host)

    result = clawupgrade(host, "run", "--to", BAD, "--accept-loss", "skills")

    assert result.rc == 0, result.explain()
    assert result.document["outcome"] == "upgraded"
    after = read_state(host)
    config = host.config()
    assert config["mcp"]["servers"]["notes"]["command"] == "true"
    assert config["plugins"]["entries"]["memory-core"]["enabled"] is True
    assert config["models"]["providers"]["lab"]["apiKey"] == REFERENCE
    for words in named:
        assert words in told(result), told(result)
    names = [sorted(each.jobs.values()) for each in (before, after)]
    assert set(names[0]) <= set(names[1]), "a job has another id after it was added again"
    if not bad.body.count("cron_jobs"):
        require_kept(before, after)
    assert set(before.agents) <= set(after.agents)
    assert after.config_mode == before.config_mode == 0o600
    assert "sk-written-out" not in json.dumps(result.document) + result.err
    assert await_hello(host.gateway_port, host.token()) == BAD

    # OpenClaw has written the file: what changed is told, and the comments come back without a value being touched.
    shown = clawupgrade(host, "config", "diff")
    assert shown.rc == 0
    assert "sk-written-out" not in json.dumps(shown.document)
    back = clawupgrade(host, "config", "restore-comments")
    assert (back.rc, back.document["changed"]) == (0, True), back.explain()
    assert COMMENT in host.config_path().read_text()
    assert host.config() == config
    assert clawupgrade(host, "config", "validate").document["valid"] is True


@pytest.mark.full
def test_a_lost_job_is_added_again(furnished: Callable[[Break], Host]) -> None:
    host = furnished(WIPES_CRON)
    before = read_state(host)

    result = clawupgrade(host, "run", "--to", BAD)

    assert result.rc == 0, result.explain()
    assert "was added again as" in told(result)
    assert set(before.jobs.values()) <= set(read_state(host).jobs.values())


@pytest.mark.full
def test_what_nobody_can_put_back_rolls_back(furnished: Callable[[Break], Host]) -> None:
    host = furnished(FORGETS_DEVICES)
    make_device(host, approved=True)
    before = read_state(host)

    result = clawupgrade(host, "run", "--to", BAD)

    assert result.rc == 3, result.explain()
    assert "loses something: the paired device" in result.document["message"]
    require_as_before(host, before, read_state(host))

    accepted = clawupgrade(host, "run", "--to", BAD, "--accept-loss", "devices")
    assert accepted.rc == 0, accepted.explain()
    assert "the paired device" in told(accepted)


@pytest.mark.full
def test_a_config_that_the_target_never_takes_ends_the_run_before_anything_stops(
    furnished: Callable[[Break], Host],
) -> None:
    host = furnished(DROPS_MCP)
    facts = host.config()
    facts["cron"] = {"enabled": "no"}
    text = json.dumps(facts, indent=2)
    before = read_state(host)
    pid = host.systemctl_user("show", "-P", "MainPID", "openclaw-gateway").out
    host.config_path().write_text(text)

    result = clawupgrade(host, "run", "--to", BAD)

    assert result.rc in (1, 6), result.explain()
    assert "cron.enabled" in result.document["message"]
    assert host.config_path().read_text() == text
    assert host.systemctl_user("show", "-P", "MainPID", "openclaw-gateway").out == pid
    assert read_state(host).package_sha256 == before.package_sha256
