"""cli.losses: what a loss means, and who may be asked."""

from __future__ import annotations

import argparse
import io

import pytest

from clawupgrade.cli.losses import add_losses, chosen_losses, person
from clawupgrade.ports import nobody


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def parsed(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser(exit_on_error=False)
    add_losses(parser)
    return parser.parse_args(words)


def test_the_last_word_on_a_row_counts() -> None:
    assert chosen_losses(argparse.Namespace()) == ()
    args = parsed("--loss", "cron=ask", "--loss", "cron=rollback", "--accept-loss", "skills")
    assert chosen_losses(args) == (("cron", "rollback"), ("skills", "accept"))


@pytest.mark.parametrize("words", ["cron", "cron=never", "nothing=accept", "=ask"])
def test_what_is_no_row_and_policy_is_a_mistake(words: str) -> None:
    with pytest.raises(argparse.ArgumentError, match="is not ROW="):
        parsed("--loss", words)


def test_a_person_is_asked_only_at_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    args = argparse.Namespace(yes=False, json=False)
    monkeypatch.setattr("sys.stdin", Terminal("y\nno\n"))
    ask = person(args)
    assert [ask("Keep it?"), ask("Keep it?")] == [True, False]
    assert person(argparse.Namespace(yes=True, json=False)) is nobody
    assert person(argparse.Namespace(yes=False, json=True)) is nobody
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))
    assert person(args) is nobody
    assert nobody("Keep it?") is False
