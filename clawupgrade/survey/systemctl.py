"""Asks systemd about units, of the user or of the system, without changing anything."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from clawupgrade.errors import Refused
from clawupgrade.model import Account
from clawupgrade.openclaw.output import last_words
from clawupgrade.ports import Command, Host

_PROPERTIES = "Id,ActiveState,MainPID,UnitFileState,FragmentPath,DropInPaths,NeedDaemonReload"


class Shown(Struct, frozen=True):
    """What systemd says of one unit that it knows."""

    name: str
    active: bool
    enabled: bool
    main_pid: int | None
    files: tuple[str, ...]
    needs_reload: bool = False


class Manager(Struct, frozen=True):
    """A systemd manager's answer. `reachable` is False when it could not be asked; `words` says why."""

    scope: str
    reachable: bool
    units: tuple[Shown, ...] = ()
    words: str = ""


def ask(host: Host, account: Account, scope: str, names: Sequence[str]) -> Manager:
    """Look at `names` in the `user` or `system` manager; units that do not exist are left out."""
    argv = ("systemctl", f"--{scope}", "show", "--no-pager", f"--property={_PROPERTIES}", *names)
    try:
        done = host.commands.run(Command(argv, account=account, wall=20.0))
    except Refused as error:
        return Manager(scope, False, words=error.message)
    if not done.ok:
        return Manager(scope, False, words=last_words(done.err or done.out))
    return Manager(scope, True, tuple(unit for block in done.out.split("\n\n") if (unit := _shown(block))))


def _shown(block: str) -> Shown | None:
    said = dict(line.split("=", 1) for line in block.splitlines() if "=" in line)
    if not said.get("FragmentPath"):
        return None  # no such unit
    pid = said.get("MainPID", "0")
    return Shown(
        name=said.get("Id", ""),
        active=said.get("ActiveState") in ("active", "activating", "reloading"),
        enabled=said.get("UnitFileState") in ("enabled", "enabled-runtime"),
        main_pid=int(pid) if pid.isdecimal() and pid != "0" else None,
        files=(said["FragmentPath"], *said.get("DropInPaths", "").split()),
        needs_reload=said.get("NeedDaemonReload") == "yes",
    )
