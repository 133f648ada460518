"""The lab proves itself: what it says of a host is so."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from lab.birth import sweep
from lab.breaks import (
    CANNOT_BOOT,
    CANNOT_SERVE,
    EARNS_1008,
    ENTRIES,
    HANGS_UP,
    REFUSES_TOKEN,
    WIPES_CRON,
    Break,
)
from lab.facts import read_state
from lab.host import Host
from lab.network import asks_registry, use_registry, without_registry
from lab.registry import Registry
from lab.root import Lab
from lab.state import JOBS, SESSIONS
from lab.watcher import DOWN, STARTING, UP, Watcher, await_hello, look

pytestmark = pytest.mark.real


def test_a_host_serves_keeps_its_state_and_comes_back_after_a_power_cut(
    host: Host, watch: Callable[[Host], Watcher]
) -> None:
    seen = look(host.gateway_port, host.token())
    assert (seen.state, seen.detail) == (UP, "2026.6.11")
    before = read_state(host)
    assert before.agents == ("main", "work")
    assert dict(before.jobs.values()) == JOBS
    assert set(before.sessions) >= set(SESSIONS)
    assert before.transcripts >= {before.sessions[key] for key in SESSIONS}
    assert before.workspace_head
    assert before.has_reference
    assert before.has_comment
    assert before.config_mode == 0o600

    watcher = watch(host)
    while not watcher.changes:
        time.sleep(0.1)
    host.kill()
    assert look(host.gateway_port, host.token()).state == DOWN
    host.boot()
    await_hello(host.gateway_port, host.token())
    time.sleep(0.5)
    assert len(watcher.outages()) == 1
    assert watcher.downtime() > 1
    assert read_state(host) == before


def test_the_watcher_tells_a_refusal_from_silence(host: Host) -> None:
    refused = look(host.gateway_port, "not-the-token")
    assert refused.state == "refused"
    assert "token mismatch" in refused.detail
    host.systemctl_user("stop", "openclaw-gateway")
    assert look(host.gateway_port, host.token()).state == DOWN


def test_what_changes_on_a_host_changes_its_facts(host: Host) -> None:
    before = read_state(host)
    host.run(["openclaw", "cron", "rm", next(iter(before.jobs))], check=True)
    host.config_path().chmod(0o644)
    with (host.package_path() / "README.md").open("a") as file:
        file.write("\n")
    after = read_state(host)
    assert len(after.jobs) == 2
    differing = {
        field.name for field in dataclasses.fields(after) if getattr(after, field.name) != getattr(before, field.name)
    }
    assert differing == {"jobs", "config_mode", "package_sha256"}


def test_a_broken_release_is_in_the_registry_and_nowhere_else(host: Host, lab: Lab) -> None:
    with Registry(lab) as registry:
        registry.publish("2026.9.7", CANNOT_SERVE)
        use_registry(host, registry)
        view = host.run(["npm", "view", "openclaw@2026.9.7", "version", "engines", "--json"], check=True)
        assert json.loads(view.out)["version"] == "2026.9.7"
        assert host.run(["npm", "view", "openclaw@2026.9.6", "version"], check=True).out.strip() == "2026.9.6"
        assert host.run(["npm", "view", "is-number", "version"], check=True).rc == 0
        assert registry.requests


def test_without_registry_loopback_goes_on(host: Host) -> None:
    with without_registry(host):
        assert look(host.gateway_port, host.token()).state == UP
        assert not asks_registry(host)


def test_a_host_without_a_user_manager_has_no_service(host_factory: Callable[..., Host]) -> None:
    host = host_factory("2026.6.11", owner="process")
    assert host.run(["systemctl", "--user", "status"]).rc != 0
    assert look(host.gateway_port, host.token()).state == DOWN
    port = str(host.gateway_port)
    running = host.spawn(["openclaw", "gateway", "run", "--port", port])
    await_hello(host.gateway_port, host.token())
    running.press_ctrl_c()
    assert running.finish(timeout=60).rc in (0, 130)


def test_a_host_may_run_its_gateway_as_a_unit_of_the_system(host_factory: Callable[..., Host]) -> None:
    host = host_factory("2026.6.11", owner="systemd-system")
    assert look(host.gateway_port, host.token()).state == UP
    shown = host.run(["systemctl", "show", "openclaw-gateway", "-P", "User", "-P", "ActiveState"], user="root")
    assert shown.out.split() == ["claw", "active"]


@pytest.mark.full
def test_a_host_may_lie_on_a_file_system_with_reflinks(host_factory: Callable[..., Host]) -> None:
    host = host_factory("2026.6.11", fs="btrfs")
    assert host.run(["stat", "-fc", "%T", "."]).out.strip() == "btrfs"
    host.shell("cp --reflink=always .openclaw/openclaw.json copy")


HOLD = """
import sys, time
sys.path.insert(0, sys.argv[1])
from lab.instance import open_host
from lab.releases import release_of
from lab.root import open_lab
with open_host(open_lab(), release_of("2026.6.11"), owner="process") as host:
    print(host.machine.name, host.init_pid, flush=True)
    time.sleep(600)
"""


def _lives(pid: str) -> bool:
    """Whether it runs: a zombie, which nobody has reaped yet, has no command line any more."""
    line = Path(f"/proc/{pid}/cmdline")
    return line.exists() and line.read_bytes() != b""


def test_the_host_of_a_dead_test_run_is_swept_away(lab: Lab) -> None:
    hold = [sys.executable, "-c", HOLD, str(Path(__file__).parent)]
    with subprocess.Popen(hold, stdout=subprocess.PIPE, text=True) as run:
        assert run.stdout is not None
        name, init = run.stdout.readline().split()
        assert name not in sweep(lab)
        run.kill()
    assert _lives(init)
    assert name in sweep(lab)
    assert not _lives(init)
    assert name not in Path("/proc/mounts").read_text()
    assert not (lab.runs / name).exists()


@pytest.mark.full
@pytest.mark.parametrize("broken", [CANNOT_SERVE, CANNOT_BOOT, HANGS_UP, EARNS_1008, REFUSES_TOKEN, WIPES_CRON])
def test_a_broken_release_fails_as_it_should_and_only_there(broken: Break, host: Host) -> None:
    host.systemctl_user("stop", "openclaw-gateway")
    token, before = host.token(), read_state(host)
    for entry in ENTRIES:
        file = host.package_path() / entry
        first, rest = file.read_text().split("\n", 1)
        file.write_text(f"{first}\n{broken.prelude}{rest}")
    assert "2026.6.11" in host.run(["openclaw", "--version"], check=True).out
    doctor = ["openclaw", "doctor", "--fix", "--non-interactive", "--yes"]
    assert host.run(doctor, timeout=400).rc == 0
    after = read_state(host)
    assert (after.token_sha256 == before.token_sha256) is (broken is not EARNS_1008)
    assert len(before.jobs) - len(after.jobs) == (1 if broken is WIPES_CRON else 0)
    host.systemctl_user("start", "openclaw-gateway")
    if broken is WIPES_CRON:
        await_hello(host.gateway_port, token)
    elif broken in (EARNS_1008, REFUSES_TOKEN):
        end = time.monotonic() + 300
        while (seen := look(host.gateway_port, token)).state in (DOWN, STARTING):
            assert time.monotonic() < end, seen
            time.sleep(1)
        assert "token mismatch" in seen.detail
    else:
        time.sleep(30)
        assert look(host.gateway_port, token).state == DOWN
    words = "the gateway table is not readable"
    assert (words in host.journal(400)) is (broken is CANNOT_SERVE)


def test_the_checkout_is_installed_for_the_user(host: Host) -> None:
    done = host.run(["clawupgrade", "--version"])
    assert done.rc == 0, done.err
    assert host.run(["sh", "-c", "command -v clawupgrade"]).out.strip() == "/opt/clawupgrade/bin/clawupgrade"
