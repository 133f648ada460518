"""Ctrl-C and SIGTERM at any step: the step is finished or undone, the gateway serves, the journal is closed."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from drive import require_as_before
from lab.facts import read_state
from lab.host import Host

pytestmark = pytest.mark.real

CASES = [
    pytest.param("stage:2026.9.6", signal.SIGINT, 130, id="int-stage", marks=pytest.mark.full),
    pytest.param("doctor:2026.9.6", signal.SIGTERM, 143, id="term-doctor", marks=pytest.mark.full),
    *(
        pytest.param(step, signal.SIGTERM, 143, id=f"term-{step.split(':')[0]}", marks=pytest.mark.full)
        for step in (
            "snapshot", "arm", "quiesce", "switch:2026.9.6", "migrate:2026.9.6", "start:2026.9.6", "handshake:2026.9.6",
        )
    ),
]  # fmt: skip


@pytest.mark.parametrize(("step", "number", "code"), CASES)
def test_a_signal_ends_the_run_in_order(
    step: str, number: signal.Signals, code: int, host_factory: Callable[..., Host]
) -> None:
    host = host_factory("2026.6.11")
    before = read_state(host)

    run = host.spawn(["clawupgrade", "run", "--to", "2026.9.6", "--json"])
    await_record(host, "step.began", step)
    host.run(["pkill", f"-{number.value}", "-f", "clawupgrade run"], check=True)
    host.run(["pkill", f"-{number.value}", "-f", "clawupgrade run"])  # a second one must not skip anything
    done = run.finish(900)

    assert done.rc == code, done.err[-3000:]
    document = json.loads(done.out)
    assert document["outcome"] in ("failed-clean", "rolled-back")
    assert records(host)[-1]["kind"] == "run.closed"
    require_as_before(host, before, read_state(host))


def records(host: Host) -> list[dict[str, object]]:
    """The records of the host's newest run, read without locking anything."""
    journals = sorted((host.home / ".local/state/clawupgrade/default/runs").glob("*/journal"))
    if not journals:
        return []
    lines = Path(journals[-1]).read_bytes().split(b"\n")
    return [json.loads(line.partition(b" ")[2]) for line in lines[:-1]]


def await_record(host: Host, kind: str, step: str, limit: float = 900) -> None:
    """Wait until the newest run's journal has a record."""
    end = time.monotonic() + limit
    while not any(r["kind"] == kind and r["step"] == step for r in records(host)):
        if time.monotonic() > end:
            seen = [(record["kind"], record["step"]) for record in records(host)]
            raise AssertionError(f"no {kind} {step} in {limit:.0f} s: {seen}")
        time.sleep(0.01)
