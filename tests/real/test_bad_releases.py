"""Releases that install and then fail: the old version is back, to the bit, and the report says why."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from drive import RUN_LIMIT, Result, require_as_before
from lab.birth import write_npmrc
from lab.breaks import CANNOT_SERVE, DOCTOR_FAILS, EARNS_1008, HANGS_UP, REFUSES_TOKEN, Break
from lab.facts import read_state
from lab.host import Host
from lab.network import without_registry
from lab.registry import Registry
from lab.root import Lab
from test_signals import await_record

pytestmark = pytest.mark.real

BAD = "2026.9.7"

STORIES = [
    pytest.param(CANNOT_SERVE, "the gateway table is not readable", id="cannot-serve"),
    pytest.param(DOCTOR_FAILS, "doctor cannot migrate the agents table", id="doctor-fails"),
    pytest.param(EARNS_1008, "token", id="earns-1008"),
    pytest.param(REFUSES_TOKEN, "token", id="refuses-token", marks=pytest.mark.full),
    pytest.param(HANGS_UP, "gateway", id="hangs-up", marks=pytest.mark.full),
]


@pytest.fixture
def registry(lab: Lab) -> Iterator[Registry]:
    """A registry of our own, with room for bad releases."""
    with Registry(lab) as opened:
        yield opened


@pytest.mark.parametrize(("bad", "words"), STORIES)
def test_a_bad_release_is_rolled_back_to_the_bit_without_a_network(
    bad: Break, words: str, host_factory: Callable[..., Host], registry: Registry
) -> None:
    host = host_factory("2026.6.11")
    registry.publish(BAD, bad)
    write_npmrc(host.home, registry.url)
    before = read_state(host)

    run = host.spawn(["clawupgrade", "run", "--to", BAD, "--json"])
    await_record(host, "step.done", f"stage:{BAD}")
    with without_registry(host):
        result = Result.of(run.finish(RUN_LIMIT))

    assert result.rc == 3, result.explain()
    assert result.document["outcome"] == "rolled-back"
    assert result.document["changed"] is False
    assert words in result.document["message"]
    require_as_before(host, before, read_state(host))
