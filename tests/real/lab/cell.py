"""A home with one release installed and no machine around it: there it is asked in seconds to judge a config."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from .birth import write_npmrc
from .disk import copy_disk, mount_disk, unmount
from .entry import Completed, login_env
from .layers import HOME, NODE, NODES_INSIDE, UID, USER, lay_node
from .releases import Release, install_package
from .root import Lab, npm_setting

# In namespaces of its own: the user's home and account as on a host, no service manager, no other process, and no
# network but for npm. $1 home, $2 package (its prefix, read-only; "" while it is installed), $3 nodes, $4 accounts,
# $5 npm's cache, "" for no network. $6 what was compiled before: 2026.2.12 takes 40 s of processor without. The rest
# of /tmp is the cell's own: 2026.8 and later keep locks there by the state's path, which is the same in every cell.
_ENTER = """
mount -t tmpfs none /opt && mkdir /opt/node && mount --bind -o ro "$3" /opt/node
mount --bind "$4" /etc/passwd
mount -t tmpfs none /tmp && mkdir /tmp/node-compile-cache && mount --bind "$6" /tmp/node-compile-cache
mount --bind "$1" /mnt
mount -t tmpfs none /home && mkdir -p /home/claw && mount --move /mnt /home/claw
if [ -n "$2" ]; then mount --bind "$2" /home/claw/.npm-global && mount -o remount,bind,ro /home/claw/.npm-global; fi
if [ -n "$5" ]; then mkdir -p /home/claw/.npm && mount --bind "$5" /home/claw/.npm
else mount -t tmpfs none /run && ip link set lo up; fi
shift 6
exec "$@"
"""


@dataclass(frozen=True, slots=True)
class Cell:
    """`home` is a folder of this machine, seen inside as /home/claw. package: what is bound in as ~/.npm-global."""

    lab: Lab
    home: Path
    package: Path | None = None

    def run(
        self,
        argv: Sequence[str],
        *,
        env: Mapping[str, str] | None = None,
        stdin: str | None = None,
        timeout: float = 120,
        check: bool = False,
    ) -> Completed:
        """Run a program inside to its end, as a host does; past `timeout` seconds all of it is killed."""
        spaces = ["--mount", "--pid", "--fork", "--kill-child", "--mount-proc", *(["--net"] if self.package else [])]
        places = [str(self.home), str(self.package or ""), str(self.lab.nodes), str(_accounts(self.lab))]
        places += ["" if self.package else str(self.lab.npm_cache), str(_compiled(self.lab, self.package))]
        setting = [f"{key}={value}" for key, value in (login_env(USER, bus=False) | dict(env or {})).items()]
        who = ["setpriv", f"--reuid={UID}", f"--regid={UID}", "--clear-groups"]
        line = ["unshare", *spaces, "bash", "-euc", _ENTER, "cell", *places, *who]
        popen = subprocess.Popen(
            [*line, "env", "-i", "-C", str(HOME), *setting, *argv],
            stdin=subprocess.DEVNULL if stdin is None else subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
        )
        try:
            out, err = popen.communicate(stdin, timeout=timeout)
        except subprocess.TimeoutExpired:
            popen.kill()
            popen.wait()
            raise
        if check and popen.returncode != 0:
            raise AssertionError(f"{' '.join(argv)} ended {popen.returncode}\n{out[-3000:]}\n{err[-3000:]}")
        return Completed(popen.returncode, out, err)

    def shell(self, script: str, *, timeout: float = 120) -> Completed:
        """Run a bash script inside, with -e and -u."""
        return self.run(["bash", "-eu"], stdin=script, timeout=timeout, check=True)


def _accounts(lab: Lab) -> Path:
    """This machine's accounts and the user's own, as a file."""
    path = lab.root / "accounts"
    with lab.locked("accounts"):
        if not path.exists():
            path.write_text(Path("/etc/passwd").read_text() + f"{USER}:x:{UID}:{UID}::{HOME}:/bin/bash\n")
    return path


def _compiled(lab: Lab, package: Path | None) -> Path:
    """A folder that outlives the cell: Node keeps there what it compiled."""
    path = lab.root / "compile-caches" / (package.name if package else "npm")
    path.mkdir(parents=True, exist_ok=True)
    path.chmod(0o1777)
    return path


def make_home(place: Path) -> Path:
    """An empty home of the user's; what a test that died left there goes."""
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    os.chown(place, UID, UID)
    return place


def lay_package(lab: Lab, release: Release) -> Path:
    """The npm prefix with one release in it: off a prepared disk where there is one, else installed as a user would."""
    lay_node(lab, NODE)
    done = lab.root / "packages" / release.name
    with lab.locked(f"package-{release.name}"):
        if not done.exists():
            scratch = make_home(done.with_name(f".new-{release.name}"))
            disk = lab.releases / f"{release.name}.ext4"
            if disk.exists():
                _take_off(disk, scratch)
            else:
                _install(lab, release, scratch)
            (scratch / ".npm-global").rename(done)
            shutil.rmtree(scratch)
    return done


def _take_off(disk: Path, scratch: Path) -> None:
    image, at = scratch / "image", scratch / "disk"
    copy_disk(disk, image)
    mount_disk(image, at)
    try:
        subprocess.run(["cp", "-a", at / "home" / USER / ".npm-global", scratch], check=True)
    finally:
        unmount(at)


def _install(lab: Lab, release: Release, scratch: Path) -> None:
    os.chown(lab.npm_cache, UID, UID)
    write_npmrc(scratch, npm_setting("registry"))
    install_package(Cell(lab, scratch), release)


def node_of(version: str = NODE) -> str:
    """Where the Node of a version is inside."""
    return f"{NODES_INSIDE}/{version}/bin/node"
