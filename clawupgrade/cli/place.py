"""Where this installation's runs, snapshots and lock lie: known before anything of OpenClaw is read."""

from __future__ import annotations

import hashlib
import os
import pwd
import sys
from collections.abc import Mapping
from pathlib import Path

from clawupgrade.containers import reach
from clawupgrade.errors import Refused
from clawupgrade.model import Account
from clawupgrade.openclaw.units import read_unit, unit_names

_MEANT = ("OPENCLAW_", "CLAWDBOT_", "MOLTBOT_", "XDG_")
_UNIT_FOLDERS = ("/etc/systemd/system", "/usr/local/lib/systemd/system", "/usr/lib/systemd/system")
_MOVES = ("OPENCLAW_HOME", "OPENCLAW_STATE_DIR", "OPENCLAW_CONFIG_PATH", "CLAWDBOT_STATE_DIR")


_CARRIED = (
    "PATH",
    "CLAWUPGRADE_HOME",
    "CLAWUPGRADE_CONFIG",
    "CLAWUPGRADE_INSTALLATION",
    "XDG_STATE_HOME",
    "OPENCLAW_HOME",
    "OPENCLAW_STATE_DIR",
    "OPENCLAW_CONFIG_PATH",
    "OPENCLAW_PROFILE",
    "CLAWDBOT_STATE_DIR",
)
"""What a shell knows and a unit does not: without it the unit would work on another installation, or on none."""


def own_account() -> Account:
    """The account that we run as, as the passwd database has it.

    HOME overrules it, as it does for OpenClaw: a private HOME (the demonstration, a container) is meant.

    Raises:
        Refused: it is in no passwd database, as in some containers.
    """
    try:
        entry = pwd.getpwuid(os.geteuid())
    except KeyError as error:
        raise Refused(
            f"user id {os.geteuid()} has no account on this machine",
            "run clawupgrade as the account that OpenClaw runs as",
        ) from error
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid, os.environ.get("HOME") or entry.pw_dir)


def served_account(own: Account, profile: str, folders: tuple[str, ...] = _UNIT_FOLDERS) -> Account:
    """The account that OpenClaw runs as: for root the `User=` of the system's gateway unit, else our own.

    Raises:
        Refused: the unit names an account that this machine does not know.
    """
    if own.uid != 0:
        return own
    for path in (Path(folder, name) for folder in folders for name in unit_names(profile)):
        if not path.is_file():
            continue
        user = read_unit([path.read_text("utf-8", "replace")]).user
        try:
            entry = pwd.getpwuid(int(user)) if user.isdecimal() else pwd.getpwnam(user) if user else None
        except KeyError as error:
            raise Refused(f"{path} runs the gateway as {user}, whom this machine does not know") from error
        if entry is not None and entry.pw_uid != own.uid:
            return Account(entry.pw_name, entry.pw_uid, entry.pw_gid, entry.pw_dir)
    return own


def meant_environment(caller: Mapping[str, str], account: Account) -> tuple[tuple[str, str], ...]:
    """The part of the caller's environment that says where OpenClaw is, its home that of `account`."""
    named = ("PATH", "INVOCATION_ID", *reach.NAMES)
    kept = {name: value for name, value in caller.items() if name.startswith(_MEANT) or name in named}
    return tuple(sorted((kept | {"HOME": account.home}).items()))


def installation_folder(
    account: Account, caller: Mapping[str, str], profile: str, *, compose: tuple[str, str] = ("", "")
) -> Path:
    """`$CLAWUPGRADE_HOME`, else `$XDG_STATE_HOME/clawupgrade`, and in it one folder an installation.

    Named after the profile; after a hash where the environment moves OpenClaw's folders.
    """
    state = caller.get("XDG_STATE_HOME") or f"{account.home}/.local/state"
    base = Path(caller.get("CLAWUPGRADE_HOME") or f"{state}/clawupgrade")
    name = profile or caller.get("OPENCLAW_PROFILE") or "default"
    moved = "\0".join(caller.get(variable, "") for variable in _MOVES)
    if any(compose):
        # A file and its folder mean the same project.
        path = str(Path(compose[0]).resolve()) if compose[0] else ""
        moved = "\0".join(("compose", str(Path(path).parent) if Path(path).is_file() else path, compose[1]))
        name = "compose"
    if moved.strip("\0"):
        name += "-" + hashlib.sha256(moved.encode()).hexdigest()[:8]
    return base / name


def own_program() -> tuple[str, ...]:
    """How a watcher or a unit calls this very clawupgrade again; the single file, where it was called as one."""
    import zipfile

    called = sys.argv[0] if sys.argv else ""
    if called and zipfile.is_zipfile(called):
        return (sys.executable, str(Path(called).absolute()))
    return (sys.executable, "-m", "clawupgrade")


def carried_environment(caller: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """What of the caller's environment a unit needs. Settings are not among it: they may be secrets."""
    return tuple((name, caller[name]) for name in _CARRIED if caller.get(name))
