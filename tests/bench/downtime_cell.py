"""One cell of the downtime bench: a fresh host, one way of upgrading it, and what it cost."""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from lab.host import Host
from lab.instance import open_host
from lab.releases import release_of
from lab.root import Lab
from lab.taken import disk_taken
from lab.watcher import Watcher, await_hello
from test_memory import fill
from test_signals import records

LIMIT = 1500.0
UNIT = "openclaw-gateway"
_UPDATE = "openclaw update --yes --json --tag {new}"
_OURS = "clawupgrade run --to {new} --soak 0 --json"

WAYS = {
    "openclaw update": _UPDATE,
    "three-line script": f"{_UPDATE}; openclaw doctor --fix --non-interactive --yes; openclaw gateway restart",
    "clone, adopted": f"{_OURS} --rehearse",
    "clone, not adopted": f"{_OURS} --rehearse",
    "clone, no rehearsal": f"{_OURS} --no-rehearse",
    "in place": f"{_OURS} --engine inplace",
}
"""The words that a person types. Before the clone that is not adopted is switched to, somebody edits the config."""

# CPU of all children, and the largest of them; what the gateway itself takes is its service manager's.
_COUNTED = """
import json, resource, subprocess, sys
rc = subprocess.run(["bash", "-c", sys.argv[1]], stdin=subprocess.DEVNULL, stdout=sys.stderr).returncode
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps({"rc": rc, "cpu": used.ru_utime + used.ru_stime, "memory": used.ru_maxrss / 1024}))
"""


def measure(lab: Lab, venv: Path, hop: str, state: str, way: str) -> dict[str, Any]:
    """Seconds and MB of one way: {"away", "outages", "floor", "away/floor", "total", "cpu", "memory", "disk", "rc"}.

    Of our own ways also "doctor": how long the gateway was away for it, 0.0 where its work was adopted; and
    "steps": how long each took.
    """
    old, _, new = hop.partition(":")
    with open_host(lab, release_of(old), lived=state != "empty", venv=venv) as host:
        if state == "1g":
            fill(host)
        port, token = host.gateway_port, host.token()
        with Watcher(port, token) as watcher, disk_taken(host) as disk, _edited(host, way == "clone, not adopted"):
            began = time.monotonic()
            words = ["python3", "-c", _COUNTED, WAYS[way].format(new=new)]
            done = host.run(words, timeout=LIMIT, check=True)
            total = time.monotonic() - began
            await_hello(port, token)
            time.sleep(3)  # a script's last restart may still be to come
            await_hello(port, token)
        used = json.loads(done.out)
        steps = _steps(host)
        floor = _floor(host)
    away = watcher.downtime()
    seconds = {"away": away, "floor": floor, "total": total, "cpu": used["cpu"]}
    cell = {name: round(value, 1) for name, value in seconds.items()}
    cell |= {"outages": len(watcher.outages()), "away/floor": round(away / floor, 2), "rc": used["rc"]}
    cell |= {"memory": round(used["memory"]), "disk": round(disk[0]), "load": round(os.getloadavg()[0], 1)}
    if WAYS[way].startswith(_OURS):
        cell |= {"doctor": steps.get(f"doctor:{new}", 0.0), "steps": steps}
    print(f"{hop} {state} {way}: {cell}", flush=True)
    if used["rc"] != 0:
        print(done.err[-3000:])
    return cell


def _steps(host: Host) -> dict[str, float]:
    """Seconds of each step of the newest run; none where clawupgrade was not there."""
    done = [each for each in records(host) if each["kind"] == "step.done"]
    return {str(each["step"]): round(each["data"]["seconds"], 2) for each in done}


def _floor(host: Host) -> float:
    """Stop and start of what serves now, nothing else."""
    with Watcher(host.gateway_port, host.token()) as watcher:
        time.sleep(1)
        host.systemctl_user("stop", UNIT)
        host.systemctl_user("start", UNIT)
        await_hello(host.gateway_port, host.token())
        time.sleep(0.5)
    return watcher.downtime()


@contextmanager
def _edited(host: Host, wanted: bool) -> Iterator[None]:
    """Somebody writes a note into the state once the clone has been made."""
    stop = threading.Event()

    def edit() -> None:
        while not stop.wait(0.2):
            if any(each["step"] == "snapshot" for each in records(host)):
                host.shell("echo lab > ~/.openclaw/note-of-somebody")
                return

    thread = threading.Thread(target=edit, daemon=True)
    if wanted:
        thread.start()
    yield
    stop.set()
