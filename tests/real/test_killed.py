"""SIGKILL of everything, and power cuts, at each step: all old or all new, with nobody typing."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from drive import require_kept
from lab.facts import read_state
from lab.host import Host
from lab.watcher import await_hello
from test_signals import await_record, records

pytestmark = pytest.mark.real

NEW = "2026.9.6"
STEPS = (
    f"stage:{NEW}", "snapshot", "arm", "quiesce", f"switch:{NEW}", f"migrate:{NEW}", f"doctor:{NEW}", f"start:{NEW}",
    f"handshake:{NEW}", "confirm",
)  # fmt: skip
REPRESENTATIVE = {("step.began", f"doctor:{NEW}", "kill"), ("step.done", f"switch:{NEW}", "power")}
CASES = [
    pytest.param(
        kind,
        step,
        how,
        id=f"{how}-{kind}-{step}",
        marks=[] if (kind, step, how) in REPRESENTATIVE else [pytest.mark.full],
    )
    for how in ("kill", "power")
    for step in STEPS
    for kind in ("step.began", "step.done")
]


@pytest.mark.parametrize(("kind", "step", "how"), CASES)
def test_a_gateway_serves_again_by_itself(
    kind: str, step: str, how: str, host_factory: Callable[..., Host], request: pytest.FixtureRequest
) -> None:
    host = host_factory("2026.6.11")
    before = read_state(host)

    run = host.spawn(["clawupgrade", "run", "--to", NEW])
    await_record(host, kind, step)
    began = time.monotonic()
    if how == "kill":
        # Everything that belongs to the run but the dead-man's own unit, which is elsewhere by design.
        host.run(["pkill", "-KILL", "-f", "clawupgrade run|npm|doctor --fix|gateway install"])
        run.finish(60)
    else:
        host.power_cycle()

    version = await_hello(host.gateway_port, host.token(), patience=400)
    seconds = time.monotonic() - began
    _await_closed(host, armed=STEPS.index(step) > STEPS.index("arm") or (step, kind) == ("arm", "step.done"))
    after = read_state(host)
    print(f"{how} at {kind} {step}: {after.version} serves after {seconds:.1f} s")
    assert after.version in (before.version, NEW)
    assert version == after.version
    require_kept(before, after)
    if after.version == before.version:
        assert after.package_sha256 == before.package_sha256
        assert after.config_sha256 == before.config_sha256


def _await_closed(host: Host, *, armed: bool) -> None:
    """Once the dead-man is armed the journal closes by itself; before that, the next command does it."""
    if not armed:
        host.run(["clawupgrade", "recover"], timeout=300)
    end = time.monotonic() + 300
    while records(host)[-1]["kind"] != "run.closed":
        if time.monotonic() > end:
            raise AssertionError(f"the journal is still open: {[(r['kind'], r['step']) for r in records(host)]}")
        time.sleep(0.2)
    again = host.run(["clawupgrade", "recover"], timeout=120)
    assert "nothing to recover" in again.out
