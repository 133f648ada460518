"""Starts one child in a session of its own: the only door to new processes."""

from __future__ import annotations

import errno
import os
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from clawupgrade.errors import Refused, StepFailed
from clawupgrade.model import Account

Start = Callable[[str, Sequence[str], Mapping[str, str], Mapping[str, Any]], "subprocess.Popen[bytes]"]
"""Program, its words, its whole environment, and the rest as Popen takes it."""

_PASSES = (errno.EAGAIN, errno.ENOMEM, errno.EMFILE, errno.ENFILE)


def through_plumbum(
    program: str, words: Sequence[str], env: Mapping[str, str], how: Mapping[str, Any]
) -> subprocess.Popen[bytes]:
    """A child by plumbum: for all that changes something."""
    from plumbum import local
    from plumbum.machines.local import LocalCommand

    with local.env():
        local.env.clear()  # plumbum lays ours over a copy of the caller's, which may hold tokens
        child: Any = LocalCommand(local.path(program)).popen(list(words), env=dict(env), **how)
    return cast("subprocess.Popen[bytes]", child)  # a wrapper that passes every attribute on


def plainly(
    program: str, words: Sequence[str], env: Mapping[str, str], how: Mapping[str, Any]
) -> subprocess.Popen[bytes]:
    """The same child by the standard library: for whoever only looks. plumbum takes as long to import as all else."""
    return subprocess.Popen([program, *words], env=dict(env), **how)


def spawn(
    argv: Sequence[str],
    *,
    env: Mapping[str, str],
    cwd: str,
    account: Account,
    stdout: int,
    stderr: int,
    inherited: Sequence[int] = (),
    start: Start = through_plumbum,
) -> subprocess.Popen[bytes]:
    """Start a child: session leader, stdin from /dev/null, exactly this environment, umask 022.

    The umask is the one that systemd gives the gateway: under cron's 077 a package staged by root
    would be closed to the account that has to run it. Only `inherited` descriptors pass.

    Raises:
        Refused: no such program, or it may not be run, or not in that folder or as that account.
        StepFailed: the machine has no room for one more process just now.
    """
    program = _program(argv[0], env.get("PATH", ""), cwd)
    become: dict[str, Any] = {}
    if os.geteuid() not in (0, account.uid):
        raise Refused(f"{argv[0]} has to run as {account.name}", "run clawupgrade as that account, or as root")
    if os.geteuid() == 0 and account.uid != 0:
        become = {
            "user": account.uid,
            "group": account.gid,
            "extra_groups": os.getgrouplist(account.name, account.gid),
        }
    how = {
        "cwd": cwd,
        "stdin": subprocess.DEVNULL,
        "stdout": stdout,
        "stderr": stderr,
        "start_new_session": True,
        "umask": 0o022,
        "pass_fds": tuple(inherited),
    }
    try:
        return start(program, argv[1:], env, how | become)
    except OSError as error:
        if error.errno in _PASSES:
            raise StepFailed(f"cannot start {argv[0]}: {error.strerror}", transient=True) from error
        raise Refused(f"cannot run {argv[0]} in {cwd}: {error.strerror}") from error


def _program(name: str, path: str, cwd: str) -> str:
    candidates = [Path(cwd, name)] if "/" in name else [Path(folder, name) for folder in path.split(":")]
    for candidate in candidates:
        if candidate.is_file() and os.access(candidate, os.X_OK):
            return str(candidate)
    if any(candidate.is_file() for candidate in candidates):
        raise Refused(f"{name} may not be run", f"look at its mode: ls -l {name}")
    raise Refused(f"there is no program {name}", "" if "/" in name else f"looked in {path}")
