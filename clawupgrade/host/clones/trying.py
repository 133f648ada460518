"""Whether a clone can be made on this machine: found out by making a small one."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from clawupgrade.cloned import Clone, Tried, Way
from clawupgrade.errors import Refused
from clawupgrade.host.clones.room import clear_room, give, make_room
from clawupgrade.host.clones.seeding import seed
from clawupgrade.host.clones.ways import inside
from clawupgrade.host.trees import remove
from clawupgrade.model import Account
from clawupgrade.ports import Command, Completed

_PATIENCE = 20.0
_FORGOTTEN = 600.0
PROGRAMS = {Way.NAMESPACE: "unshare", Way.BUBBLEWRAP: "bwrap"}
"""The program that each takes, in the order of trying."""
# A file goes, another comes, the staged package is seen at its place, and there is no network but loopback.
_LOOK = """
set -eu
rm "$1/old" && echo new >"$1/new" && [ "$(cat "$2/staged")" = yes ]
[ -z "$(grep -v lo: /proc/net/dev | grep :)" ] && { touch "$3/.clawupgrade-try" 2>/dev/null || true; }
"""


def try_way(room: str, account: Account, run: Callable[[Command], Completed]) -> Tried:
    """Make a small clone in this folder, which is made and removed, in the first way that works."""
    _clear_forgotten(Path(room))
    reasons: list[str] = []
    for way in PROGRAMS:
        said = _said(room, way, account, run)
        if not said:
            return Tried(way, "; ".join(reasons))
        reasons.append(said if said.startswith(PROGRAMS[way]) else f"{PROGRAMS[way]}: {said}")
    return Tried(Way.NONE, "; ".join(reasons))


def _said(room: str, way: Way, account: Account, run: Callable[[Command], Completed]) -> str:
    """Why it does not work in this way; "" where it does."""
    if shutil.which(PROGRAMS[way]) is None:
        return "is not installed"
    clone = Clone(f"{room}/room", way, account, (f"{room}/cover",), f"{room}/tree", f"{room}/lib/modules/live")
    try:
        return _try(Path(room), clone, run)
    except OSError as error:
        return error.strerror or str(error)
    except Refused as error:
        return error.message
    finally:
        clear_room(clone)
        remove(room)


def _try(room: Path, clone: Clone, run: Callable[[Command], Completed]) -> str:
    room.mkdir(mode=0o700)
    give(clone, room)
    for folder in ("cover", "tree", "lib", "lib/modules", "lib/modules/live"):
        (room / folder).mkdir()
        give(clone, room / folder)
    (room / "cover/old").touch()
    (room / "tree/staged").write_text("yes\n")
    make_room(clone)
    seed(clone)
    look = ("sh", "-c", _LOOK, "try", clone.covers[0], clone.live, clone.account.home)
    done = run(Command(inside(clone, look), account=clone.account, wall=_PATIENCE))
    if not done.ok:
        return _first_line(done.err) or f"exit {done.rc}"
    stray = (room / "cover/new", Path(clone.account.home, ".clawupgrade-try"))
    if not (room / "cover/old").exists() or any(path.exists() for path in stray):
        return "what was done in the clone was done for real"
    return ""


def _clear_forgotten(room: Path) -> None:
    """What a process that was killed in its try-out left; another one's try-out is over in seconds."""
    for left in room.parent.glob(f"{room.name.partition('-try-')[0]}-try-*"):
        with suppress(FileNotFoundError):
            if time.time() - left.lstat().st_mtime > _FORGOTTEN:
                for work in left.glob("room/work/*/work"):
                    work.chmod(0o700)
                remove(str(left))


def _first_line(text: str) -> str:
    """What mount says behind it is where to look for more."""
    return next((line.strip() for line in text.splitlines() if line.strip()), "")
