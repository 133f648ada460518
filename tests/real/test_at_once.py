"""Two at once, of ours or OpenClaw's own: one goes, the others say who is at work, and nothing is half done."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable

import pytest
from drive import clawupgrade, require_kept
from lab.facts import read_state
from lab.host import Host
from lab.watcher import await_hello
from test_signals import await_record, records

pytestmark = [pytest.mark.real, pytest.mark.full]

OLD, NEW = "2026.6.11", "2026.9.6"


def test_whoever_comes_second_is_told_who_holds_the_lock(host_factory: Callable[..., Host]) -> None:
    host = host_factory(OLD)
    before = read_state(host)
    run = host.spawn(["clawupgrade", "run", "--to", NEW, "--json"])
    await_record(host, "step.began", f"stage:{NEW}")
    number = str(records(host)[0]["data"]["run_id"])  # type: ignore[index]

    began = time.monotonic()
    host.run(["clawupgrade", "history"], check=True)
    floor = time.monotonic() - began
    for words in (["run", "--yes"], ["rollback", "--yes"], ["recover"], ["recover", "--retry", number]):
        began = time.monotonic()
        done = host.run(["clawupgrade", *words])
        seconds = time.monotonic() - began
        assert done.rc == 75, done
        assert re.search(rf"run {number}, process \d+, since \d\d:\d\d:\d\d", done.err), done.err
        assert seconds < floor + 1, f"{words} waited for {seconds:.1f} s, where {floor:.1f} s is nothing"

    began = time.monotonic()
    assert host.run(["clawupgrade", "rollback", "--yes", "--lock-timeout", "3"]).rc == 75
    assert time.monotonic() - began > 3

    done = run.finish(900)
    assert json.loads(done.out)["outcome"] == "upgraded", done.err[-3000:]
    assert await_hello(host.gateway_port, host.token()) == NEW
    require_kept(before, read_state(host))


def test_openclaws_own_updater_is_not_disturbed(host_factory: Callable[..., Host]) -> None:
    host = host_factory(OLD)
    before = read_state(host)
    update = host.spawn(["openclaw", "update", "--yes", "--json", "--tag", NEW])
    _await_npm(host)

    refused = clawupgrade(host, "run", "--to", NEW)

    assert refused.rc == 75, refused.explain()
    assert re.search(r"another update of OpenClaw is under way, process \d+", str(refused.document["message"]))
    assert update.finish(900).rc == 0
    assert await_hello(host.gateway_port, host.token()) == NEW
    require_kept(before, read_state(host))


def test_openclaws_own_updater_that_comes_second_gets_the_gateway(host_factory: Callable[..., Host]) -> None:
    """It knows nothing of our lock: what it began before we touched anything live is left to it."""
    host = host_factory(OLD)
    before = read_state(host)
    run = host.spawn(["clawupgrade", "run", "--to", NEW, "--json"])
    await_record(host, "step.began", f"stage:{NEW}")
    update = host.spawn(["openclaw", "update", "--yes", "--json", "--tag", "2026.8.2"])

    done = run.finish(900)

    document = json.loads(done.out)
    assert (done.rc, document["outcome"]) == (1, "failed-clean"), done.err[-3000:]
    assert re.search(r"another update of OpenClaw|and held 2026\.6\.11 when the run began", document["message"])
    update.finish(900)
    assert await_hello(host.gateway_port, host.token()) == "2026.8.2"
    require_kept(before, read_state(host))


def _await_npm(host: Host, limit: float = 120) -> None:
    """OpenClaw's updater is at its download: it has asked what it wanted to know, and works."""
    end = time.monotonic() + limit
    while not host.run(["pgrep", "-f", r"npm.*openclaw@"]).out.strip():
        if time.monotonic() > end:
            raise AssertionError("openclaw update did not begin to install")
        time.sleep(0.2)
