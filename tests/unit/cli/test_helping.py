"""cli.helping and cli.manual: help that fits a screen, a word for a mistyped one, a man page from one source."""

from __future__ import annotations

import argparse
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from clawupgrade.cli.helping import HIDDEN, subcommands
from clawupgrade.cli.manual import MAN, PAGE, commands_page, man_page
from clawupgrade.cli.parser import parser
from clawupgrade.errors import Exit, UsageError

TOP = Path(__file__).parents[3]
COLUMNS, LINES = 80, 24


def every(top: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    """All parsers that a person can reach."""
    yield top
    for name, below in subcommands(top).items():
        if name not in HIDDEN:
            yield from every(below)


@pytest.mark.parametrize("each", list(every(parser())), ids=lambda each: each.prog)
def test_every_help_fits_a_screen_and_names_exit_codes(each: argparse.ArgumentParser) -> None:
    lines = each.format_help().splitlines()
    assert len(lines) < LINES
    assert max(map(len, lines)) < COLUMNS
    assert any(line.startswith("exit") for line in lines)
    for action in each._actions:
        shown = action.help != argparse.SUPPRESS and not isinstance(action, argparse._HelpAction)
        if shown and action.option_strings and each.prog != "clawupgrade":
            assert action.option_strings[0].removeprefix("--") in each.format_help()


def test_the_first_help_names_every_command_and_every_exit_code() -> None:
    text = parser().format_help()
    words = set(text.replace(",", " ").split())
    assert {name for name in subcommands(parser()) if name not in HIDDEN} <= words
    assert not set(HIDDEN) & words
    codes = text[text.index("\nexit ") :].replace("/", " ").split()
    assert {str(int(code)) for code in Exit} <= set(codes)


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        ("rnu", "clawupgrade run"),
        ("snapshot lst", "clawupgrade snapshot list"),
        ("run --yess", "--yes"),
        ("rollback --undoo", "--undo"),
        ("run --engine cloen", "clone"),
    ],
)
def test_what_was_meant_is_offered(words: str, meant: str) -> None:
    with pytest.raises(UsageError) as told:
        parser().parse_args(words.split())
    assert told.value.hint.startswith("did you mean")
    assert meant in told.value.hint


def test_what_nobody_can_guess_lists_what_there_is() -> None:
    with pytest.raises(UsageError) as told:
        parser().parse_args(["xyzzy"])
    assert "rollback" in told.value.hint
    assert "deadman" not in told.value.hint


def test_man_page_and_reference_are_those_of_the_parser() -> None:
    """Where this fails: .venv/bin/python -m clawupgrade.cli.manual ."""
    assert (TOP / MAN).read_text() == man_page()
    assert (TOP / PAGE).read_text() == commands_page()


@pytest.mark.skipif(shutil.which("mandoc") is None, reason="mandoc is not installed")
def test_the_man_page_is_clean_roff() -> None:
    done = subprocess.run(
        ["mandoc", "-T", "lint", "-W", "warning", str(TOP / MAN)], capture_output=True, text=True, check=False
    )
    assert [line for line in done.stdout.splitlines() if "missing date" not in line] == []
