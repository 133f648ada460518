"""What a program changed in the clone, kept in the room so that later programs cannot change it again."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath

from msgspec import Struct, to_builtins

from clawupgrade.cloned import Clone, Frozen
from clawupgrade.host.clones.room import like, note, noted, upper_of
from clawupgrade.host.clones.seeding import digest, has_log, is_database, is_sidecar, look, sighted
from clawupgrade.host.snapshots.databases import back_up
from clawupgrade.host.trees import copy, sync
from clawupgrade.openclaw.passing import is_lock

_OPAQUE = "user.overlay.opaque"
_SPARED = "logs"


class Change(Struct, frozen=True):
    """One path that is to be as it is in the clone.

    kind: `file`, `link`, `dir`, `database`, or `gone`. kept: where its content lies.
    """

    path: str
    kind: str
    kept: str = ""


def mark(clone: Clone) -> dict[str, tuple[int, ...]]:
    """Every path that the clone has of its own now, by its path in the installation."""
    return {path: _mark(info) for path, _, info in _owned(clone)}


def freeze(clone: Clone, name: str, marks: dict[str, tuple[int, ...]]) -> Frozen:
    """Keep what differs from `marks` under this name, durable."""
    earlier = frozenset(change.path for change in frozen(clone))
    folder = Path(clone.room, "frozen", name)
    folder.mkdir(mode=0o700)
    changes = [Change(path, "gone") for path in _taken_away(clone, marks, earlier)]
    for path, own, info in _owned(clone):
        kind = _kind(own, info)
        if _is_spared(clone, path) or is_sidecar(path):
            continue
        if kind == "dir":
            changes += [Change(hidden, "gone") for hidden in _hidden(path, own)]
        is_marked = marks.get(path) == _mark(info)
        # What was frozen before and is again as in the installation would else be adopted as it was in between.
        if _differs(path, own, kind, is_marked) or (not is_marked and _is_of(path, earlier)):
            changes.append(Change(path, kind, _keep(clone, own, kind, f"{folder}/{len(changes)}")))
    sync(str(folder))
    note(clone, name, {"changes": [to_builtins(change) for change in changes]})
    gone = tuple(change.path for change in changes if change.kind == "gone")
    return Frozen(tuple(change.path for change in changes if change.kind != "gone"), gone)


def frozen(clone: Clone, *names: str) -> list[Change]:
    """What has been frozen under these names, in their order; under whatever name where none is given."""
    chosen = names or os.listdir(f"{clone.room}/frozen")
    return [Change(**each) for name in chosen for each in noted(clone, name)["changes"]]


def _is_of(path: str, earlier: frozenset[str]) -> bool:
    """Whether the path is one of these, or lies in one."""
    return any(str(each) in earlier for each in (path, *PurePosixPath(path).parents))


def _taken_away(clone: Clone, marks: Mapping[str, tuple[int, ...]], earlier: frozenset[str]) -> Iterator[str]:
    """What the clone does not have any more, the outermost of each.

    In an overlay the name of what the installation has leaves a sign instead.
    """
    gone = [path for path in marks if not os.path.lexists(_own(clone, path))]
    for path in gone:
        if path not in earlier and not (clone.is_whole and os.path.lexists(path)):
            continue
        is_within = not os.path.lexists(os.path.dirname(_own(clone, path)))
        if not is_within and not is_sidecar(path) and not _is_spared(clone, path):
            yield path


def _own(clone: Clone, path: str) -> str:
    own = upper_of(clone, path)
    assert own is not None
    return own


def _differs(path: str, own: str, kind: str, is_marked: bool) -> bool:
    """Whether the clone has something else than it had, and than the installation has."""
    match kind:
        case "gone":
            return os.path.lexists(path)
        case "dir":
            is_there = os.path.isdir(path) and not os.path.islink(path)
            return not is_there or stat.S_IMODE(os.lstat(path).st_mode) != stat.S_IMODE(os.lstat(own).st_mode)
        case "database":
            return not is_marked or has_log(own)
        case _:
            return not is_marked and not _is_same(path, own)


def _keep(clone: Clone, own: str, kind: str, kept: str) -> str:
    """Copy it to where nobody changes it any more; "" for what is gone."""
    match kind:
        case "gone":
            return ""
        case "database":
            Path(kept).touch(mode=0o600)
            back_up(own, kept)
            like(clone, own, kept)
        case "dir":
            os.mkdir(kept)
            like(clone, own, kept)
        case _:
            copy(own, kept)
    return kept


def _owned(clone: Clone) -> Iterator[tuple[str, str, os.stat_result]]:
    """(path in the installation, path in the clone's own layer, status) of everything in there."""
    for cover in clone.covers:
        top = _own(clone, cover)
        for own, info in sighted(top):
            yield cover + own[len(top) :], own, info


def _kind(own: str, info: os.stat_result) -> str:
    if stat.S_ISDIR(info.st_mode):
        return "dir"
    if stat.S_ISLNK(info.st_mode):
        return "link"
    if stat.S_ISCHR(info.st_mode):
        return "gone"  # an overlay's sign for a name that is no more
    return "database" if is_database(own, info) else "file"


def _mark(info: os.stat_result) -> tuple[int, ...]:
    seen = look(info)
    return (info.st_ino, seen.size, seen.mtime, seen.mode)


def _is_spared(clone: Clone, path: str) -> bool:
    """Logs are no state; a restore does not touch them either. A lock is its process's."""
    inside = [path[len(cover) + 1 :] for cover in clone.covers if path.startswith(f"{cover}/")]
    return any(name == _SPARED or name.startswith(f"{_SPARED}/") or is_lock(name) for name in inside)


def _hidden(path: str, own: str) -> list[str]:
    """What of a live folder is hidden by a folder that was made anew in its place."""
    try:
        opaque = os.getxattr(own, _OPAQUE) == b"y"
    except OSError:
        return []
    if not opaque or not os.path.isdir(path) or os.path.islink(path):
        return []
    return [f"{path}/{name}" for name in os.listdir(path) if not os.path.lexists(f"{own}/{name}")]


def _is_same(path: str, own: str) -> bool:
    """Whether the installation has the very same there: content, mode and kind."""
    try:
        there, here = os.lstat(path), os.lstat(own)
    except FileNotFoundError:
        return False
    if there.st_mode != here.st_mode or there.st_size != here.st_size:
        return False
    if stat.S_ISLNK(here.st_mode):
        return os.readlink(path) == os.readlink(own)
    return stat.S_ISREG(here.st_mode) and digest(path) == digest(own)
