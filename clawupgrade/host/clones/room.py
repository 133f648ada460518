"""The folders of one clone's room, and where a path of the installation lies in it."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from clawupgrade.cloned import Clone
from clawupgrade.host.clones.managers import make_stand_ins
from clawupgrade.host.trees import remove

_FOLDERS = ("tmp", "frozen")


def make_room(clone: Clone) -> None:
    """Empty folders for everything that is written, owned by whoever will run inside."""
    clear_room(clone)
    numbered = (f"{kind}/{n}" for n in range(len(clone.covers)) for kind in ("upper", "work"))
    for folder in ("", "upper", "work", *_FOLDERS, *numbered):
        path = Path(clone.room, folder)
        path.mkdir(mode=0o700)
        give(clone, path)
    make_stand_ins(clone.room)
    # As a real one: 2026.9.6 does not trust a temporary folder of another mode. The room around it is closed.
    Path(clone.room, "tmp").chmod(0o1777)


def clear_room(clone: Clone) -> None:
    """Nothing is left of it; idempotent."""
    # The kernel's own working folder in there has mode 000.
    for work in Path(clone.room).glob("work/*/work"):
        work.chmod(0o700)
    remove(clone.room)


def give(clone: Clone, path: str | os.PathLike[str]) -> None:
    """Hand a path to the account that the clone belongs to."""
    if os.geteuid() == 0:
        os.chown(path, clone.account.uid, clone.account.gid, follow_symlinks=False)


def like(clone: Clone, source: str, target: str) -> None:
    """Give a copy the owner, mode and times of its original."""
    if os.geteuid() == 0:
        found = os.lstat(source)
        os.chown(target, found.st_uid, found.st_gid, follow_symlinks=False)
    shutil.copystat(source, target, follow_symlinks=False)


def upper_of(clone: Clone, path: str) -> str | None:
    """Where the clone keeps its own version of a path; None for what it does not cover."""
    for number, cover in enumerate(clone.covers):
        if path == cover or path.startswith(f"{cover}/"):
            return f"{clone.room}/upper/{number}{path[len(cover) :]}"
    return None


def note(clone: Clone, name: str, document: Mapping[str, Any]) -> None:
    """Keep a document in the room."""
    Path(clone.room, f"{name}.json").write_text(json.dumps(document))


def noted(clone: Clone, name: str) -> Any:
    """What `note` kept. Raises FileNotFoundError."""
    return json.loads(Path(clone.room, f"{name}.json").read_text())
