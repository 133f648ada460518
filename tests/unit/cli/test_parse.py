"""Only the command that was typed is made, and nobody can tell."""

from __future__ import annotations

import argparse

import pytest

from clawupgrade.cli.commands import NAMES, command_for
from clawupgrade.cli.helping import subcommands
from clawupgrade.cli.parser import parse, parser
from clawupgrade.errors import UsageError

TYPED = (
    ("status", "--json"),
    ("run", "--yes", "--to", "2026.9.6", "--loss", "cron=accept"),
    ("snapshot", "prune", "--keep", "3", "--max-size", "20G"),
    ("config", "show", "--origin"),
    ("notice", "failed"),
    ("probe", "--folder", "/x"),
)


@pytest.mark.parametrize("words", TYPED, ids=" ".join)
def test_it_is_read_as_with_all_commands(words: tuple[str, ...]) -> None:
    assert parse(words) == parser().parse_args(words)


@pytest.mark.parametrize(
    "words", [("statu",), ("status", "--jsn"), ("snapshot", "lst"), (), ("run", "--too", "1"), ("status", "--too")]
)
def test_a_typing_error_hears_what_it_always_heard(words: tuple[str, ...]) -> None:
    with pytest.raises(UsageError) as wanted:
        parser().parse_args(words)
    with pytest.raises(UsageError) as caught:
        parse(words)
    assert (caught.value.message, caught.value.hint) == (wanted.value.message, wanted.value.hint)


def test_of_one_command_nothing_else_is_made() -> None:
    assert list(subcommands(parser("status"))) == ["status"]


def test_every_command_has_a_function_and_every_function_a_command() -> None:
    assert set(subcommands(parser())) == NAMES
    for name in NAMES:
        assert callable(command_for(name))
        assert command_for(name).__annotations__["args"] in (argparse.Namespace, "argparse.Namespace")
