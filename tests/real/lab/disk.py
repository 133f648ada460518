"""A host's disk: one file with a file system, copied whole by reflink in milliseconds and limited in size."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

SIZE = 8 * 2**30
KINDS = ("ext4", "btrfs", "xfs")


def make_disk(image: Path, kind: str = "ext4", size: int = SIZE) -> None:
    """An empty disk of `size` bytes (sparse). `kind` is one of KINDS."""
    with image.open("wb") as sparse:
        sparse.truncate(size)
    quiet = {"ext4": ["-q", "-F", "-m", "0"], "btrfs": ["-q", "-f"], "xfs": ["-q", "-f", "-m", "reflink=1"]}
    subprocess.run([f"mkfs.{kind}", *quiet[kind], image], check=True, capture_output=True)


def copy_disk(source: Path, target: Path) -> None:
    """A copy that shares every block with its source until one of them is written to."""
    subprocess.run(["cp", "--reflink=always", source, target], check=True)


def mount_disk(image: Path, at: Path) -> None:
    """Mount an image; the loop device goes away with the mount."""
    at.mkdir(exist_ok=True)
    blkid = ["blkid", "-p", "-s", "TYPE", "-o", "value", str(image)]
    kind = subprocess.run(blkid, check=True, capture_output=True, text=True).stdout.strip()
    # Copies of one disk are mounted side by side; xfs alone minds that they have the same id.
    options = "loop,noatime,nouuid" if kind == "xfs" else "loop,noatime"
    subprocess.run(["mount", "-o", options, image, at], check=True)


def unmount(at: Path) -> None:
    """Unmount `at` and what is mounted below it; nothing to do where nothing is mounted."""
    if at.is_mount():
        subprocess.run(["umount", "-R", at], check=True)


def keep_disk(image: Path, at: Path, target: Path) -> None:
    """Copy the image of a mounted disk to `target`; whole or not there.

    Frozen meanwhile: unmounting first does not do, since other hosts' namespaces may still hold the mount,
    and nothing is written then (copies came up with empty files).
    """
    scratch = target.with_suffix(".new")
    subprocess.run(["fsfreeze", "--freeze", at], check=True)
    try:
        copy_disk(image, scratch)
    finally:
        subprocess.run(["fsfreeze", "--unfreeze", at], check=True)
    scratch.rename(target)


def convert_disk(source: Path, target: Path, kind: str) -> None:
    """The same files on a file system of another kind (seconds, not milliseconds); whole or not there."""
    scratch = target.with_suffix(".new")
    old, new = target.with_suffix(".from"), target.with_suffix(".to")
    make_disk(scratch, kind)
    mount_disk(source, old)
    mount_disk(scratch, new)
    try:
        for entry in old.iterdir():
            if entry.name != "lost+found":
                subprocess.run(["cp", "-a", entry, new], check=True)
    finally:
        for place in (old, new):
            unmount(place)
            place.rmdir()
    shutil.move(scratch, target)
