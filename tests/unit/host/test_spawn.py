"""One child, in a session of its own, with exactly the environment that it was given; by plumbum as without it."""

from __future__ import annotations

import errno
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from plumbum.machines.local import LocalCommand

from clawupgrade.errors import Refused, StepFailed
from clawupgrade.host.spawn import Start, plainly, spawn, through_plumbum
from clawupgrade.model import Account

PATH = os.environ["PATH"]
STARTS: list[Start] = []
"""How the test that runs starts its children."""


@pytest.fixture(autouse=True, params=[through_plumbum, plainly])
def _start(request: pytest.FixtureRequest) -> Iterator[None]:
    STARTS.append(request.param)
    yield
    STARTS.pop()


def _said(argv: list[str], own: Account, cwd: str = "/", **extra: str) -> str:
    child = spawn(
        argv,
        env={"PATH": PATH, **extra},
        cwd=cwd,
        account=own,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start=STARTS[-1],
    )
    assert child.stdout is not None
    said = child.stdout.read().decode()
    child.wait()
    return said


def test_exactly_this_environment(own: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    """plumbum lays the given one over the caller's, which may hold a token."""
    monkeypatch.setenv("OPENCLAW_GATEWAY_TOKEN", "of the caller")
    assert _said(["env", "-0"], own, A="1").split("\0") == [f"PATH={PATH}", "A=1", ""]


def test_a_session_of_its_own_no_input_and_not_crons_umask(own: Account) -> None:
    before = os.umask(0o077)
    try:
        said = _said(["sh", "-c", "cut -d' ' -f5,6 /proc/$$/stat; echo $$; readlink /proc/$$/fd/0; umask"], own)
    finally:
        os.umask(before)
    ids, pid, stdin, umask = said.split("\n")[:4]
    assert ids.split() == [pid, pid]
    assert (stdin, umask) == ("/dev/null", "0022")


def test_only_what_is_named_is_inherited(own: Account, folder: Path) -> None:
    ours = os.open(folder / "lock", os.O_RDWR | os.O_CREAT)
    other = os.open(folder / "other", os.O_RDWR | os.O_CREAT)
    os.set_inheritable(other, True)
    child = spawn(
        ["sh", "-c", "readlink /proc/$$/fd/*"],
        env={"PATH": PATH},
        cwd="/",
        account=own,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start=STARTS[-1],
        inherited=[ours],
    )
    assert child.stdout is not None
    said = child.stdout.read().decode()
    child.wait()
    os.close(ours)
    os.close(other)
    assert f"{folder}/lock" in said
    assert f"{folder}/other" not in said


@pytest.mark.parametrize("name", ["no-such-program-here", "/no/such/program", "./relative"])
def test_a_missing_program_is_refused(own: Account, name: str) -> None:
    with pytest.raises(Refused, match="there is no program"):
        _said([name], own)


def test_a_program_that_may_not_be_run_is_refused(own: Account, folder: Path) -> None:
    (folder / "p").write_text("#!/bin/sh\n")
    (folder / "p").chmod(0o644)
    with pytest.raises(Refused, match="may not be run"):
        _said([str(folder / "p")], own)
    (folder / "p").chmod(0o755)
    (folder / "p").write_text("#!/no/interpreter\n")
    with pytest.raises(Refused, match="cannot run"):
        _said([str(folder / "p")], own)


def test_a_missing_folder_is_refused(own: Account) -> None:
    with pytest.raises(Refused, match="/no/where"):
        _said(["true"], own, cwd="/no/where")


def test_a_machine_that_is_full_for_now_is_not_the_releases_fault(
    own: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.EMFILE, "Too many open files")

    monkeypatch.setattr(LocalCommand, "popen", full)
    monkeypatch.setattr(subprocess, "Popen", full)
    with pytest.raises(StepFailed, match="Too many open files") as caught:
        _said(["true"], own)
    assert caught.value.transient


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_root_becomes_the_account() -> None:
    nobody = Account("nobody", 65534, 65534, "/nonexistent")
    assert _said(["sh", "-c", "id -u; id -g; id -G"], nobody).split()[:2] == ["65534", "65534"]
    assert "0" not in _said(["id", "-G"], nobody).split()


def test_somebody_else_than_root_cannot_become_anybody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(Refused, match="has to run as claw"):
        _said(["true"], Account("claw", 1500, 1500, "/home/claw"))
