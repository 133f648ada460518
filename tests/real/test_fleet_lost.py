"""A connection that is lost in the middle of a play: real ssh, a real cable; clawupgrade itself is a stand-in here.

With three gateways and the real command the same is in test_fleet.py, which takes many minutes.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "fleet"))

from ground import ControlNode, finish
from lab.instance import open_host
from lab.releases import release_of
from lab.root import Lab
from lab.segment import open_segment
from lab.ssh import await_door, make_key, open_door

pytestmark = pytest.mark.real

RESULT = {
    "schema": "clawupgrade.result.v1",
    "outcome": "upgraded",
    "exit_code": 0,
    "changed": True,
    "run_id": "20261128T000000Z-abcd",
    "from_version": "2026.6.11",
    "to_version": "2026.9.6",
    "message": "2026.6.11 → 2026.9.6, and the gateway serves",
}
INSTALL = {
    "package": {"name": "openclaw", "version": "2026.9.6"},
    "address": {"host": "127.0.0.1", "port": 18789},
    "service": {"owner": "systemd-user", "active": True},
    "baseline": {"was": "ready"},
    "baseline_words": "",
    "state_bytes": 1,
    "node": {"version": "24.19.0"},
}
STAND_IN = f"""#!/bin/sh
case "$1" in
  run) echo begun >>"$HOME/begun"; until [ -e "$HOME/go-on" ]; do sleep 0.1; done; echo '{json.dumps(RESULT)}' ;;
  status) echo '{json.dumps({"schema": "clawupgrade.status.v1", "install": INSTALL, "last_run": None})}' ;;
  quarantine) echo '{{"schema": "clawupgrade.quarantine.v1", "entries": []}}' ;;
  --version) echo "clawupgrade 0.0.0" ;;
esac
"""


def test_a_host_that_is_lost_goes_on_alone_and_the_play_comes_back_and_says_so(lab: Lab, tmp_path: Path) -> None:
    with open_segment() as segment:
        place = segment.add(0)
        with open_host(lab, release_of("2026.6.11"), owner="process", network=place.path, lived=False) as host:
            control = ControlNode(tmp_path / "control", enter=segment.enter)
            public, known = make_key(control.folder / "key"), control.folder / "known_hosts"
            known.write_text(open_door(host, place.address, public, control.folder))
            await_door(host)
            host.shell(f"cat > stand-in <<'END'\n{STAND_IN}END\nchmod 755 stand-in\n")
            control.hosts = {"host0": {"ansible_host": place.address, "ansible_user": "claw"}}
            ssh = f"-F /dev/null -i {control.folder / 'key'} -o UserKnownHostsFile={known}"
            control.ssh_args = f"{ssh} -o ServerAliveInterval=2 -o ServerAliveCountMax=2 -o ConnectTimeout=5"

            play = control.begin("canary", upgrade_version="2026.9.6", openclaw_executable="/home/claw/stand-in")
            try:
                await_that(host.path("begun").exists, "the request is begun")
                place.pull_cable()
                time.sleep(12)  # ssh gives up after two answers that do not come; nothing else tells it
                host.path("go-on").touch()
                folder = host.path(".local/state/clawupgrade-ansible")
                await_that(lambda: any(path.stat().st_size for path in folder.glob("*/out")), "the run has ended")
                place.put_cable_back()
                done = finish(play, 600)
            finally:
                play.kill()
            assert done.rc == 0, done.out
            said = " ".join(done.out.split())
            assert "UNREACHABLE!" in said
            assert "host0 lost its connection in the middle and brought the run to its end by itself: upgraded" in said
            assert done.changed("host0") == 1
            assert host.path("begun").read_text() == "begun\n", "it was begun twice"


def await_that(holds: Callable[[], bool], what: str) -> None:
    """Wait until something holds."""
    until = time.monotonic() + 300
    while not holds():
        assert time.monotonic() < until, f"never: {what}"
        time.sleep(0.05)
