"""A rollback long after, and back again: each end serves, with its own state."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest
from drive import clawupgrade, require_kept
from lab.birth import write_npmrc
from lab.breaks import SOUND
from lab.facts import read_state
from lab.host import Host
from lab.registry import Registry
from lab.root import Lab
from lab.watcher import await_hello

pytestmark = pytest.mark.real


@pytest.fixture
def registry(lab: Lab) -> Iterator[Registry]:
    """A registry of our own, with room for a sound release of the same schema."""
    with Registry(lab) as opened:
        yield opened


def test_rollback_over_a_schema_change_and_its_undo(host_factory: Callable[..., Host]) -> None:
    host = host_factory("2026.6.11")
    old = read_state(host)
    assert clawupgrade(host, "run", "--to", "2026.9.6").rc == 0
    new = read_state(host)

    back = clawupgrade(host, "rollback", "--yes")

    assert back.rc == 0, back.explain()
    assert await_hello(host.gateway_port, host.token()) == "2026.6.11"
    again = read_state(host)
    assert again.package_sha256 == old.package_sha256
    assert again.config_sha256 == old.config_sha256
    require_kept(old, again)

    forth = clawupgrade(host, "rollback", "--undo", "--yes")

    assert forth.rc == 0, forth.explain()
    assert await_hello(host.gateway_port, host.token()) == "2026.9.6"
    last = read_state(host)
    assert last.package_sha256 == new.package_sha256
    require_kept(new, last)


@pytest.mark.full
def test_between_releases_of_one_schema_a_session_written_since_is_kept(
    host_factory: Callable[..., Host], registry: Registry
) -> None:
    """2026.9.5 and 2026.9.6 differ (17 → 18, agents 21 → 23): a sound 2026.9.7 of 2026.9.6's code does not."""
    host = host_factory("2026.9.6")
    registry.publish("2026.9.7", SOUND)
    write_npmrc(host.home, registry.url)
    assert clawupgrade(host, "run", "--to", "2026.9.7").rc == 0
    add_session(host, "agent:main:since")

    back = clawupgrade(host, "rollback")

    assert back.rc == 0, back.explain()
    after = read_state(host)
    assert after.version == "2026.9.6"
    assert "agent:main:since" in after.sessions


@pytest.mark.full
def test_what_came_since_is_counted_put_aside_and_brought_back(host_factory: Callable[..., Host]) -> None:
    host = host_factory("2026.9.5")
    assert clawupgrade(host, "run", "--to", "2026.9.6").rc == 0
    add_session(host, "agent:main:since")

    refused = clawupgrade(host, "rollback")

    assert refused.rc == 6, refused.explain()
    assert "1 session, 0 messages" in refused.document["message"]
    assert read_state(host).version == "2026.9.6"

    back = clawupgrade(host, "rollback", "--yes")

    assert back.rc == 0, back.explain()
    assert "agent:main:since" not in read_state(host).sessions
    forth = clawupgrade(host, "rollback", "--undo", "--yes")
    assert forth.rc == 0, forth.explain()
    assert "agent:main:since" in read_state(host).sessions


@pytest.mark.full
def test_what_somebody_edited_since_is_shown_and_refused(host_factory: Callable[..., Host]) -> None:
    host = host_factory("2026.6.11")
    assert clawupgrade(host, "run", "--to", "2026.9.6").rc == 0
    config = host.config()
    config["gateway"]["auth"]["token"] = "edited-by-hand-0123456789"
    host.config_path().write_text(json.dumps(config))

    refused = clawupgrade(host, "rollback", "--yes")

    assert refused.rc == 6, refused.explain()
    assert "somebody changed something since" in refused.document["message"]
    assert "edited-by-hand" not in json.dumps(refused.document) + refused.err
    assert read_state(host).version == "2026.9.6"


def add_session(host: Host, key: str) -> None:
    params = json.dumps({"key": key, "label": "since"})
    host.run(["openclaw", "gateway", "call", "sessions.patch", "--params", params, "--json"], timeout=240, check=True)
    assert key in read_state(host).sessions
