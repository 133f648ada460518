"""Releases that install and then fail: the old version is back, to the bit, and the report says why."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import datetime

import pytest
from drive import RUN_LIMIT, Result, clawupgrade, require_as_before
from lab.birth import write_npmrc
from lab.breaks import CANNOT_SERVE, DOCTOR_FAILS, EARNS_1008, HANGS_UP, REFUSES_LIVE, REFUSES_TOKEN, Break
from lab.facts import read_state
from lab.host import Host
from lab.network import without_registry
from lab.registry import Registry
from lab.root import Lab
from lab.watcher import Watcher, await_hello
from test_signals import await_record, records

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


@pytest.mark.full
def test_what_fails_only_as_a_service_gives_the_old_gateway_back_in_its_own_cold_start(
    host_factory: Callable[..., Host], registry: Registry, watch: Callable[[Host], Watcher]
) -> None:
    host = host_factory("2026.6.11")
    registry.publish(BAD, REFUSES_LIVE)
    write_npmrc(host.home, registry.url)
    cold = cold_start(host)
    before = read_state(host)
    watcher = watch(host)

    result = clawupgrade(host, "run", "--to", BAD, "--rehearse")

    assert (result.rc, result.document["outcome"]) == (3, "rolled-back"), result.explain()
    assert "token" in result.document["message"]
    require_as_before(host, before, read_state(host))
    failed = next(each for each in records(host) if each["kind"] == "step.failed")
    assert str(failed["step"]).startswith("handshake"), failed
    at = datetime.fromisoformat(str(failed["at"])).timestamp()
    back = watcher.outages()[-1][1] + (time.time() - time.monotonic()) - at
    print(f"the old one serves after {back:.1f} s; its cold start is {cold:.1f} s: {back / cold:.2f} x")
    assert back <= 1.5 * cold


def cold_start(host: Host) -> float:
    """Seconds from the start of a stopped gateway until it answers."""
    host.systemctl_user("stop", "openclaw-gateway")
    began = time.monotonic()
    host.systemctl_user("start", "openclaw-gateway")
    await_hello(host.gateway_port, host.token())
    return time.monotonic() - began
