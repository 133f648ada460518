"""A signal before a run's own fence stands ends the command as documented, whatever it meets."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import pytest

from clawupgrade.cli import main


@pytest.fixture(autouse=True)
def own_handlers() -> Iterator[None]:
    """What the command leaves as the process's handlers goes with the test; what nohup ignores is heard in it."""
    before = {each: signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    for each in before:
        signal.signal(each, signal.SIG_DFL)
    yield
    for each, handler in before.items():
        signal.signal(each, handler)


class Commands(ModuleType):
    """Stands for the table of commands while one is imported; as GitPython does, it calls every error its own."""

    def __init__(self, importing: Callable[[], None], running: Callable[[], None]) -> None:
        super().__init__("clawupgrade.cli.commands")
        self.importing, self.running, self.has_run = importing, running, False

    def __getattr__(self, name: str) -> Any:
        if name != "command_for":
            raise AttributeError(name)
        return self._command_for

    def _command_for(self, _name: str) -> Callable[[object], int]:
        _wrapped(self.importing)
        return self._command

    def _command(self, _args: object) -> int:
        self.has_run = True
        _wrapped(self.running)
        return 0


def _wrapped(act: Callable[[], None]) -> None:
    try:
        act()
    except Exception as error:
        raise ImportError(f"Failed to initialize: {error}") from error


def _nothing() -> None:
    pass


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 143), (signal.SIGINT, 130)])
@pytest.mark.parametrize("moment", ["importing", "running"])
def test_a_signal_is_no_fault_whatever_a_library_makes_of_it(
    moment: str, number: int, code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Under load a run that SIGINT met in the middle of an import ended with 4, "a fault in clawupgrade"."""

    def hit() -> None:
        os.kill(os.getpid(), number)

    commands = Commands(hit if moment == "importing" else _nothing, hit if moment == "running" else _nothing)
    monkeypatch.setitem(sys.modules, commands.__name__, commands)

    assert main(["status", "--json"]) == code
    assert json.loads(capsys.readouterr().out)["exit_code"] == code
    assert commands.has_run is (moment == "running"), "what came before the command began keeps it from beginning"


def test_a_fault_without_a_signal_is_still_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail() -> None:
        raise ValueError("x")

    monkeypatch.setitem(sys.modules, "clawupgrade.cli.commands", Commands(fail, _nothing))
    assert main(["status", "--json"]) == 4
    assert json.loads(capsys.readouterr().out)["exit_code"] == 4
