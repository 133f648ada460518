"""Whose OpenClaw it is, when root asks."""

from __future__ import annotations

import os
import pwd
from pathlib import Path

import pytest

from clawupgrade.cli.place import meant_environment, served_account
from clawupgrade.errors import Refused
from clawupgrade.model import Account

ROOT = Account("root", 0, 0, "/root")
SOMEBODY = pwd.getpwnam("daemon")


def _unit(folder: Path, user: str, name: str = "openclaw-gateway.service") -> tuple[str]:
    (folder / name).write_text(f"[Service]\nUser={user}\nExecStart=/n/node /p/openclaw/dist/index.js gateway\n")
    return (str(folder),)


@pytest.mark.parametrize("user", [SOMEBODY.pw_name, str(SOMEBODY.pw_uid)])
def test_root_means_the_account_of_the_systems_unit(tmp_path: Path, user: str) -> None:
    found = served_account(ROOT, "", _unit(tmp_path, user))
    assert found == Account(SOMEBODY.pw_name, SOMEBODY.pw_uid, SOMEBODY.pw_gid, SOMEBODY.pw_dir)
    assert served_account(ROOT, "work", (str(tmp_path),)) == ROOT, "another profile's unit says nothing of this one"


@pytest.mark.parametrize("user", ["", "root"])
def test_a_unit_that_runs_as_root_is_roots(tmp_path: Path, user: str) -> None:
    assert served_account(ROOT, "", _unit(tmp_path, user)) == ROOT


def test_anybody_else_means_himself(tmp_path: Path) -> None:
    own = Account("claw", 1500, 1500, "/home/claw")
    assert served_account(own, "", _unit(tmp_path, SOMEBODY.pw_name)) == own


def test_a_unit_with_an_unknown_user_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="nobody-of-that-name"):
        served_account(ROOT, "", _unit(tmp_path, "nobody-of-that-name"))


def test_the_home_is_that_of_the_account_that_is_served() -> None:
    caller = {"HOME": "/root", "PATH": "/bin", "OPENCLAW_PROFILE": "work", "SECRET": "x"}
    served = Account("claw", os.getuid(), 0, "/home/claw")
    assert dict(meant_environment(caller, served)) == {
        "HOME": "/home/claw",
        "PATH": "/bin",
        "OPENCLAW_PROFILE": "work",
    }
