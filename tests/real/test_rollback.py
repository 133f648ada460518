"""A rollback long after, and back again: each end serves, with its own state."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from drive import clawupgrade, require_kept
from lab.facts import read_state
from lab.host import Host
from lab.watcher import await_hello

pytestmark = pytest.mark.real


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
def test_between_releases_of_one_schema_a_session_written_since_is_kept(host_factory: Callable[..., Host]) -> None:
    host = host_factory("2026.9.5")
    assert clawupgrade(host, "run", "--to", "2026.9.6").rc == 0
    params = '{"key": "agent:main:since", "label": "since"}'
    host.run(["openclaw", "gateway", "call", "sessions.patch", "--params", params, "--json"], timeout=240, check=True)
    assert "agent:main:since" in read_state(host).sessions

    back = clawupgrade(host, "rollback", "--yes")

    assert back.rc == 0, back.explain()
    after = read_state(host)
    assert after.version == "2026.9.5"
    assert "agent:main:since" in after.sessions
