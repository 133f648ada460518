"""What the adapters' tests share: a fence that is open, and an account that is ours."""

from __future__ import annotations

import os
import pwd
from pathlib import Path

import pytest

from clawupgrade.host.commands import LocalCommands
from clawupgrade.host.scrub import Scrub
from clawupgrade.model import Account


class OpenFence:
    """A fence that a test can make take a signal."""

    def __init__(self) -> None:
        self.signal: int | None = None
        self.is_shut = False

    def taken(self) -> int | None:
        return None if self.is_shut else self.signal

    def shut(self) -> None:
        self.is_shut = True


@pytest.fixture
def fence() -> OpenFence:
    return OpenFence()


@pytest.fixture
def own() -> Account:
    entry = pwd.getpwuid(os.geteuid())
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid, entry.pw_dir)


@pytest.fixture
def commands(fence: OpenFence, own: Account) -> LocalCommands:
    return LocalCommands(fence=fence, own=own, caller=os.environ, scrub=Scrub())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    tmp_path.chmod(0o700)
    return tmp_path
