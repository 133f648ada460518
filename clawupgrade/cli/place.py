"""Where this installation's runs, snapshots and lock lie: known before anything of OpenClaw is read."""

from __future__ import annotations

import hashlib
import os
import pwd
import sys
from collections.abc import Mapping
from pathlib import Path

from clawupgrade.errors import Refused
from clawupgrade.model import Account

_MEANT = ("OPENCLAW_", "CLAWDBOT_", "MOLTBOT_", "XDG_")
_MOVES = ("OPENCLAW_HOME", "OPENCLAW_STATE_DIR", "OPENCLAW_CONFIG_PATH", "CLAWDBOT_STATE_DIR")


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


def meant_environment(caller: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """The part of the caller's environment that says where OpenClaw is."""
    return tuple(
        sorted((k, v) for k, v in caller.items() if k.startswith(_MEANT) or k in ("HOME", "PATH", "INVOCATION_ID"))
    )


def installation_folder(account: Account, caller: Mapping[str, str], profile: str) -> Path:
    """`$CLAWUPGRADE_HOME`, else `$XDG_STATE_HOME/clawupgrade`, and in it one folder an installation.

    Named after the profile; after a hash where the environment moves OpenClaw's folders.
    """
    state = caller.get("XDG_STATE_HOME") or f"{account.home}/.local/state"
    base = Path(caller.get("CLAWUPGRADE_HOME") or f"{state}/clawupgrade")
    name = profile or caller.get("OPENCLAW_PROFILE") or "default"
    moved = "\0".join(caller.get(variable, "") for variable in _MOVES)
    if moved.strip("\0"):
        name += "-" + hashlib.sha256(moved.encode()).hexdigest()[:8]
    return base / name


def own_program() -> tuple[str, ...]:
    """How a watcher or a unit calls this very clawupgrade again."""
    return (sys.executable, "-m", "clawupgrade")
