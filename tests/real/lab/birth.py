"""How a host comes to be and goes: its folders, its binds, its lock, and the sweep of what a dead run left."""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .entry import VENV_INSIDE
from .host import Host, give_to_user
from .layers import HOME, NODE, NODES_INSIDE, UID, lay_upper
from .machine import Machine
from .root import Lab, npm_setting


def write_npmrc(home: Path, registry: str) -> None:
    """~/.npmrc as a user of npm-global has it, with this machine's own way to its registry."""
    lines = [f"prefix={HOME}/.npm-global", "fund=false", "audit=false", "update-notifier=false"]
    cafile = npm_setting("cafile")
    lines += [f"cafile={cafile}"] if cafile else []
    (home / ".npmrc").write_text("\n".join([*lines, f"registry={registry}", ""]))


@contextmanager
def make_host(
    lab: Lab,
    prepared: Path | None,
    *,
    port: int,
    node: str = NODE,
    user_manager: bool = True,
    venv: Path | None = None,
) -> Iterator[Host]:
    """A host that is not booted yet, on a copy of the home `prepared` (or an empty one); thrown away at the end."""
    folder = lab.runs / f"claw-{secrets.token_hex(4)}"
    with lab.locked(f"run-{folder.name}"):
        folder.mkdir()
        host = Host(_assemble(lab, folder, venv), port, node=node, has_user_manager=user_manager)
        try:
            lay_upper(folder / "upper", linger=user_manager)
            host.home.parent.mkdir()
            if prepared is None:
                host.home.mkdir(mode=0o755)
                give_to_user(host.home)
            else:
                subprocess.run(["cp", "-a", "--reflink=auto", prepared, host.home], check=True)
            yield host
        finally:
            host.close()
    (lab.root / "locks" / f"run-{folder.name}").unlink()


def _assemble(lab: Lab, folder: Path, venv: Path | None) -> Machine:
    os.chown(lab.npm_cache, UID, UID)
    binds = [f"--bind={folder}/home:/home", f"--bind={lab.npm_cache}:{HOME}/.npm"]
    binds += [f"--bind-ro={lab.nodes}:{NODES_INSIDE}"]
    binds += [f"--bind-ro={venv}:{VENV_INSIDE}"] if venv else []
    return Machine(lab, folder, binds)


def sweep(lab: Lab) -> list[str]:
    """Kill and remove hosts whose test run died (nobody holds their lock); returns their names."""
    swept = []
    for folder in sorted(lab.runs.glob("claw-*")):
        lock = lab.root / "locks" / f"run-{folder.name}"
        with lock.open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            Machine(lab, folder, []).kill_left_over()
            shutil.rmtree(folder)
            swept.append(folder.name)
        lock.unlink()
    return swept
