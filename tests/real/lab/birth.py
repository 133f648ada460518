"""How a host comes to be and goes: its disk, its binds, its lock, and the sweep of what a dead run left."""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .disk import copy_disk, make_disk, mount_disk, unmount
from .entry import VENV_INSIDE
from .host import Host
from .layers import HOME, NODE, NODES_INSIDE, UID, USER, lay_host
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
    network: Path | None = None,
) -> Iterator[Host]:
    """A host not booted yet, on a copy of the disk `prepared` (or a new one); thrown away at the end.

    network: a namespace of its own for it, else it shares this machine's.
    """
    folder = lab.runs / f"claw-{secrets.token_hex(4)}"
    with lab.locked(f"run-{folder.name}"):
        folder.mkdir()
        machine = _assemble(lab, folder, venv)
        machine.binds += [f"--network-namespace-path={network}"] if network else []
        host = Host(machine, port, node=node, has_user_manager=user_manager, network=network)
        image, disk = folder / "image", folder / "disk"
        try:
            if prepared is None:
                make_disk(image)
                mount_disk(image, disk)
                lay_host(disk)
            else:
                copy_disk(prepared, image)
                mount_disk(image, disk)
            if not user_manager:
                (disk / "upper/var/lib/systemd/linger" / USER).unlink()
            yield host
        finally:
            host.close()
    (lab.root / "locks" / f"run-{folder.name}").unlink(missing_ok=True)


def _assemble(lab: Lab, folder: Path, venv: Path | None) -> Machine:
    os.chown(lab.npm_cache, UID, UID)
    binds = [f"--bind={lab.npm_cache}:{HOME}/.npm"]
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
            if folder.exists():
                Machine(lab, folder, []).kill_left_over()
                unmount(folder / "disk")
                shutil.rmtree(folder)
                swept.append(folder.name)
        lock.unlink(missing_ok=True)
    return swept
