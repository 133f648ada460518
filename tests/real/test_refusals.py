"""Preflight on a real host: each refusal has its own line and exit code, and nothing is changed."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from lab.facts import read_state
from lab.host import Host
from lab.instance import await_gateway

pytestmark = [pytest.mark.real, pytest.mark.full]

NEW = "2026.9.6"
UNIT = "openclaw-gateway"


@dataclass(frozen=True, slots=True)
class Refuser:
    """Calls clawupgrade and holds it to the exit code and the words; no token, no traceback."""

    host: Host
    token: str

    def __call__(self, words: list[str], rc: int, says: str, env: dict[str, str] | None = None) -> None:
        line = words if words[0] == "bash" else ["clawupgrade", *words]
        done = self.host.run(line, timeout=120, env=env)
        assert done.rc == rc, (words, done.rc, done.err)
        assert says in done.err, (words, done.err)
        assert "Traceback" not in done.err
        assert self.token not in done.err + done.out


def test_bad_input_is_refused_with_one_clear_line_and_nothing_changes(host_factory: Callable[..., Host]) -> None:
    host = host_factory("2026.6.11")
    before = read_state(host)
    config = host.config_path()
    sound = config.read_bytes()
    refused = Refuser(host, host.token())

    refused(["run", "--to", "2026.99.1"], 6, "2026.99.1")
    refused(["run", "--to", "banana"], 6, "is not a version")
    refused(["run", "--to", "2026.4.29"], 6, "older")
    refused(["run", "--to", NEW, "--node", "/usr/bin/node"], 6, "Node")
    refused(["run", "--no-such-flag"], 64, "no-such-flag")
    refused(["recover", "--retry", "no-such-run"], 64, "no-such-run")
    refused(["run", "--to", NEW], 75, "registry", env={"NPM_CONFIG_REGISTRY": "http://127.0.0.1:9/"})
    refused(["run", "--to", NEW], 6, "bus", env={"DBUS_SESSION_BUS_ADDRESS": "", "XDG_RUNTIME_DIR": "/nowhere"})

    # The gateway watches its config, and puts a sound one back when it meets one that does not parse.
    host.systemctl_user("stop", UNIT)
    config.write_bytes(sound.replace(b"{", b"{ oops: }", 1))
    refused(["run", "--to", NEW], 6, "openclaw.json:2:9: a value is missing")
    config.write_bytes(sound)
    host.systemctl_user("start", UNIT)
    await_gateway(host)

    host.run(["chmod", "555", "/home/claw/.npm-global/lib/node_modules"], check=True)
    refused(["run", "--to", NEW], 6, "/home/claw/.npm-global/lib/node_modules")
    host.run(["chmod", "755", "/home/claw/.npm-global/lib/node_modules"], check=True)

    assert read_state(host) == before
    assert json.loads(host.run(["clawupgrade", "history", "--json"]).out)["runs"] == []


def test_whoever_else_is_on_the_host_is_named_and_nothing_changes(host_factory: Callable[..., Host]) -> None:
    host = host_factory("2026.6.11")
    before = read_state(host)
    refused = Refuser(host, host.token())

    group = host.systemctl_user("show", UNIT, "-P", "ControlGroup").out.strip()
    waits = host.spawn(["bash", "-c", f"sleep 5; exec clawupgrade run --to {NEW}"])
    pid = host.run(["pgrep", "-nf", "sleep 5; exec clawupgrade"], check=True).out.strip()
    host.shell(f"echo {pid} > /sys/fs/cgroup{group}/cgroup.procs", user="root")
    done = waits.finish(120)
    assert (done.rc, f"inside {UNIT}.service" in done.err) == (6, True), done

    updater = host.spawn(["openclaw", "update", "--dry-run", "--json"])
    time.sleep(2.0)
    updater.send(signal.SIGSTOP)
    refused(["run", "--to", NEW], 75, "another update of OpenClaw is under way")
    os.killpg(updater.popen.pid, signal.SIGKILL)
    updater.finish(60)

    host.shell("mkdir other && cp -r .npm-global/lib other/ && mkdir other/bin")
    host.shell("ln -s ../lib/node_modules/openclaw/openclaw.mjs other/bin/openclaw")
    rival = "PATH=$HOME/other/bin:$PATH exec clawupgrade run --to " + NEW
    refused(["bash", "-c", rival], 6, "there are 2 installations of OpenClaw")
    host.shell("rm -r other")

    host.shell("fallocate -l $(( $(df --output=avail -B1 ~ | tail -1) - 200000000 )) ~/ballast")
    refused(["run", "--to", NEW], 6, "not enough space")
    host.shell("rm ~/ballast")

    host.systemctl_user("stop", UNIT)
    listen = f"import socket,time; s=socket.create_server(('127.0.0.1',{host.gateway_port})); time.sleep(600)"
    stranger = host.spawn(["python3", "-c", listen])
    time.sleep(1.0)
    refused(["run", "--to", NEW], 6, f"port {host.gateway_port} is held by process")
    stranger.send(signal.SIGKILL)
    stranger.finish(60)
    host.systemctl_user("start", UNIT)
    await_gateway(host)

    assert read_state(host) == before
    assert json.loads(host.run(["clawupgrade", "history", "--json"]).out)["runs"] == []
