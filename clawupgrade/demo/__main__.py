"""`python -m clawupgrade.demo`: two acts, some minutes, nothing touched outside one folder."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from clawupgrade.demo.bad_release import VERSION as BAD
from clawupgrade.demo.bad_release import make_bad_release
from clawupgrade.demo.ground import OLD, Ground, gateway_port, install_old, lay_node, start_gateway
from clawupgrade.errors import ClawupgradeError, Exit
from clawupgrade.host.processes import LocalProcesses
from clawupgrade.render.results import show_error


def main() -> int:
    """Play both acts; 0 when each ended as it should."""
    parser = argparse.ArgumentParser(prog="python -m clawupgrade.demo", description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path(".demo"), help="the private folder (default: .demo)")
    parser.add_argument("--to", help="the release to upgrade to (default: the newest)")
    parser.add_argument("--keep", action="store_true", help="leave the folder and the gateway afterwards")
    args = parser.parse_args()
    ground = Ground(args.folder.resolve())
    try:
        return _play(ground, args.to)
    except ClawupgradeError as error:
        return show_error(error, as_json=False)
    finally:
        if not args.keep:
            _clear(ground)


def _play(ground: Ground, to: str | None) -> int:
    ground.root.mkdir(mode=0o700, exist_ok=True)
    _say(f"Setting up Node and a real OpenClaw {OLD} in {ground.root} (some minutes, about 1.5 GB)")
    lay_node(ground)
    install_old(ground)
    pid = start_gateway(ground)
    _say(f"Its gateway serves on port {gateway_port(ground)} as process {pid}.")

    _say("Act one: the upgrade.")
    first = _clawupgrade(ground, ["run", "--yes", *(["--to", to] if to else [])])
    if first != Exit.OK:
        return first
    now = json.loads(_clawupgrade_json(ground, ["status", "--json"]))["install"]["package"]["version"]

    _say(f"Act two: release {BAD} is bad: it installs, but its gateway dies. Watch it being taken back.")
    tarball = make_bad_release(ground, now)
    second = _clawupgrade(ground, ["run", "--yes", "--to", str(tarball)])
    if second != Exit.ROLLED_BACK:
        return second or Exit.FAILED_CLEAN
    _say(f"{now} serves again. Exit code {int(second)} says: rolled back and proven.")
    return Exit.OK


def _clawupgrade(ground: Ground, words: Sequence[str]) -> int:
    _say("$ clawupgrade " + " ".join(words))
    done = subprocess.run([sys.executable, "-m", "clawupgrade", *words], env=dict(ground.environment), check=False)
    return done.returncode


def _clawupgrade_json(ground: Ground, words: Sequence[str]) -> str:
    return ground.run([sys.executable, "-m", "clawupgrade", *words])


def _clear(ground: Ground) -> None:
    """End the gateway that we started, whichever it is by now, and remove the folder."""
    with suppress(OSError, ValueError, KeyError):
        for process in LocalProcesses().listeners(gateway_port(ground)):
            if process.pid:
                os.kill(process.pid, signal.SIGTERM)
    shutil.rmtree(ground.root, ignore_errors=True)


def _say(text: str) -> None:
    print(f"\n── {text}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
