"""Snapshots on real hosts: taken under a live gateway, tried out, and refused before anything is touched."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from drive import RUN_LIMIT, Result, clawupgrade
from lab.entry import Running
from lab.facts import read_state
from lab.host import Host
from lab.watcher import await_hello

pytestmark = [pytest.mark.real, pytest.mark.full]

OURS = "/home/claw/.local/state/clawupgrade/default"
PLANTED = "planted-5ecret-of-somebody-else"
"""A value of `.env` that no pattern of ours knows by its looks."""


def test_a_snapshot_by_hand_from_taking_to_letting_go(host_factory: Callable[..., Host]) -> None:
    host = host_factory("2026.9.6")
    before = read_state(host)
    taken = clawupgrade(host, "snapshot", "create")
    assert taken.rc == 0, taken.err
    (info,) = taken.document["snapshots"]
    assert info["meta"]["package"]["version"] == "2026.9.6"
    assert await_hello(host.gateway_port, host.token()) == "2026.9.6"

    verified = clawupgrade(host, "snapshot", "verify")
    assert verified.document["snapshots"][0]["drilled"]["databases"] >= 3, verified.err

    assert clawupgrade(host, "snapshot", "export", "--to", "/home/claw/out.tar").rc == 0
    assert host.run(["stat", "-c", "%a", "/home/claw/out.tar"], check=True).out.strip() == "600"
    assert clawupgrade(host, "snapshot", "pin", info["snapshot_id"]).rc == 0
    pruned = clawupgrade(host, "snapshot", "prune", "--keep", "1", "--older-than", "0")
    assert pruned.document["verdicts"][0]["reason"] == "pinned"
    assert read_state(host) == before


def test_no_artefact_of_a_run_shows_a_secret(host_factory: Callable[..., Host]) -> None:
    """Only the store itself holds their bytes, 0600 in 0700; nothing else does: no output, log or command line."""
    host = host_factory("2026.6.11")
    host.shell(f"echo 'LAB_OTHER_KEY={PLANTED}' >> ~/.openclaw/.env")
    secrets = (str(host.token()), PLANTED)
    run = host.spawn(["clawupgrade", "run", "--to", "2026.9.6", "--json"])
    told = lines_with(secrets, run)
    shown = [Result.of(run.finish(RUN_LIMIT))]
    assert shown[0].rc == 0, shown[0].explain()
    shown += [
        clawupgrade(host, *words)
        for words in (["show", "--diff"], ["history", "--config"], ["plan"], ["status"], ["rollback", "--yes"])
    ]
    assert told == set(), "a command line shows a secret"
    for result in shown:
        assert not any(secret in json.dumps(result.document) + result.err for secret in secrets)
    for secret in secrets:
        held = host.run(["grep", "-rlaF", "-e", secret, "--exclude-dir=snapshots", OURS, "/tmp"])
        assert held.out == ""
    loose = host.run(["find", OURS, "-perm", "/077"])
    assert loose.out == ""


@pytest.mark.parametrize("trouble", ["corrupt database", "read-only folder", "full disk", "vanished file"])
def test_what_cannot_be_snapshot_is_refused_before_the_gateway_stops(
    trouble: str, host_factory: Callable[..., Host]
) -> None:
    host = host_factory("2026.6.11")
    undo = bring_about(host, trouble)
    before, pid = read_state(host), gateway_pid(host)

    result = clawupgrade(host, "run", "--to", "2026.9.6")

    assert result.rc in (1, 6), result.explain()
    assert result.document["changed"] is False
    assert gateway_pid(host) == pid, "the gateway was not even restarted"
    assert read_state(host) == before
    host.shell(undo, user="root")


def bring_about(host: Host, trouble: str) -> str:
    """Make the trouble; comes back with the script that takes it away."""
    match trouble:
        case "corrupt database":
            host.shell(
                "mkdir -p ~/.openclaw/plugins; { printf 'SQLite format 3\\000'; head -c 8000 /dev/urandom; } "
                "> ~/.openclaw/plugins/torn.sqlite"
            )
            return "rm /home/claw/.openclaw/plugins/torn.sqlite"
        case "read-only folder":
            host.shell(f"mkdir -p {OURS}/snapshots && chmod 500 {OURS}/snapshots")
            return f"chmod 700 {OURS}/snapshots"
        case "vanished file":
            unit = ".config/systemd/user/openclaw-gateway.service.d"
            host.shell(
                f"mkdir -p ~/{unit} && echo 'LAB=1' > ~/keys.env\n"
                f"printf '[Service]\\nEnvironmentFile=%s\\n' /home/claw/keys.env > ~/{unit}/keys.conf\n"
                "systemctl --user daemon-reload && systemctl --user restart openclaw-gateway.service"
            )
            await_hello(host.gateway_port, host.token())
            host.shell("rm ~/keys.env")
            return f"rm -r /home/claw/{unit}"
        case _:
            host.shell(f"mkdir -p {OURS}/snapshots")
            host.shell(f"mount -t tmpfs -o size=1m,uid=1500,gid=1500,mode=700 tmpfs {OURS}/snapshots", user="root")
            return f"umount {OURS}/snapshots"


def lines_with(secrets: tuple[str, ...], run: Running) -> set[str]:
    """Programs of any process that had a secret among its words while the run went on."""
    found = set()
    while run.popen.poll() is None:
        for place in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                words = place.read_bytes()
            except (FileNotFoundError, ProcessLookupError):
                continue
            if any(secret.encode() in words for secret in secrets):
                found.add(words.split(b"\0")[0].decode(errors="replace"))
        time.sleep(0.05)
    return found


def gateway_pid(host: Host) -> str:
    return host.systemctl_user("show", "-p", "MainPID", "--value", "openclaw-gateway.service").out.strip()
