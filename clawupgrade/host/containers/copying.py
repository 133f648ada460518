"""A copy of a folder that a gateway may be writing to: files as they are, databases by SQLite's own backup."""

from __future__ import annotations

import os
import stat
import subprocess

from clawupgrade.errors import StepFailed
from clawupgrade.host.clones.seeding import SIDECARS, is_database, is_sidecar, sighted
from clawupgrade.host.snapshots.databases import back_up


def copy_folder(source: str, target: str) -> None:
    """Owners, modes, links and times stay; blocks are shared where the file system can. Made anew.

    A file that goes meanwhile is left out. Raises StepFailed.
    """
    subprocess.run(["rm", "-rf", "--", target], check=True)
    os.makedirs(os.path.dirname(target), mode=0o700, exist_ok=True)
    words = ["cp", "--archive", "--reflink=auto", "--no-target-directory", "--", source, target]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode and not all("No such file" in line for line in done.stderr.splitlines()):
        raise StepFailed(f"{source} cannot be copied: {done.stderr.strip().splitlines()[-1]}")
    for path, info in list(sighted(source)):
        there = target + path.removeprefix(source)
        if is_database(path, info):
            for suffix in ("", *SIDECARS):
                if os.path.lexists(there + suffix):
                    os.unlink(there + suffix)
            os.close(os.open(there, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
            back_up(path, there)
            os.chown(there, info.st_uid, info.st_gid)
            os.chmod(there, stat.S_IMODE(info.st_mode))
        elif is_sidecar(path) and os.path.lexists(there) and not os.path.lexists(there.rsplit("-", 1)[0]):
            os.unlink(there)
