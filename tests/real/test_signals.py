"""Ctrl-C and SIGTERM at any step: the step is finished or undone, the gateway serves, the journal is closed."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from drive import require_as_before
from lab.facts import Facts, read_state
from lab.host import Host

pytestmark = pytest.mark.real

NEW = "2026.9.6"
STEPS = (
    "stage:2026.9.6", "judge:2026.9.6", "rehearse:2026.9.6", "snapshot", "arm", "inventory", "quiesce",
    "switch:2026.9.6", "migrate:2026.9.6", "doctor:2026.9.6", "mend:2026.9.6", "start:2026.9.6", "handshake:2026.9.6",
    "conserve", "confirm",
)  # fmt: skip


@pytest.mark.full
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_at_any_step_ends_the_run_in_order(
    number: signal.Signals, code: int, host_factory: Callable[..., Host]
) -> None:
    host = host_factory("2026.6.11")
    before = read_state(host)
    for step in STEPS:
        assert _interrupted(host, before, step, number) == code, step


def _interrupted(host: Host, before: Facts, step: str, number: signal.Signals) -> int | None:
    """One run with a signal in a step, twice; its exit code. Afterwards all is as before."""
    earlier = _journals(host)
    run = host.spawn(["clawupgrade", "run", "--to", NEW, "--rehearse", "--json"])
    while _journals(host) == earlier and run.popen.poll() is None:
        time.sleep(0.01)
    await_record(host, "step.began", step)
    tell = run.press_ctrl_c if number == signal.SIGINT else lambda: run.send(number)
    tell()
    time.sleep(0.5)
    if run.popen.poll() is None:
        tell()  # a second one must not skip anything
    began = time.monotonic()
    done = run.finish(900)
    print(f"{number.name} in {step}: the old one serves after {time.monotonic() - began:.1f} s", flush=True)
    document = json.loads(done.out)
    assert document["outcome"] in ("failed-clean", "rolled-back"), done.err[-3000:]
    assert records(host)[-1]["kind"] == "run.closed"
    require_as_before(host, before, read_state(host))
    return done.rc


def _journals(host: Host) -> set[Path]:
    return set((host.home / ".local/state/clawupgrade/default/runs").glob("*/journal"))


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
