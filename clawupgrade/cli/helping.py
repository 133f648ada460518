"""The help: one screen for all commands, one for each, and a word for whoever mistyped something."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator
from typing import Any, NoReturn

from clawupgrade.errors import UsageError

COMMON = "every command"
HIDDEN = ("deadman", "probe", "tend")
"""Commands for our own watchers and timers, not for people."""

_GROUPS: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = (
    (
        "everyday",
        (
            ("plan, stage", "what run would do; build that beforehand"),
            ("run", ""),
            ("rollback", ""),
            ("status", ""),
        ),
    ),
    ("trouble", (("diagnose", ""), ("recover", ""), ("report", ""), ("support-bundle", ""))),
    ("the past", (("history, show", "the runs so far; one of them, step by step"), ("snapshot", ""), ("config", ""))),
    (
        "policy",
        (
            ("hold, unhold", "let no upgrade begin; let them begin again"),
            ("quarantine", ""),
            ("confirm", ""),
            ("notice", "what somebody is to be told: list, send, clear"),
        ),
    ),
    (
        "set up",
        (
            ("init", ""),
            ("doctor, self-check", "whether cron, whether clawupgrade would work"),
            ("completion, schema", "for shells; for programs that read --json"),
            ("fleet, bundle", "many hosts at once; a release as one signed file"),
        ),
    ),
)
"""Every command a person may type, in the order of need; a text only where several share a line."""

_MANY = 24
_RARE = (
    *("--config", "--set", "--installation", "--accept-loss", "--bundle-keys", "--unsigned"),
    *("--image", "--build", "--write"),
)
"""Named in one line where there are many others."""

_EXIT_CODES = """\
exit 0 done, nothing to do · 1 failed, nothing touched · 2 plan: pending
 3 rolled back, proven · 4 broken, look now · 5 up, needs a person · 6 refused
 64 usage · 74 unsaid · 75 try again · 78 settings, journal · 130/143 signal"""
_EXAMPLES = {
    "run": ("run --yes --to 2026.9.6",),
    "plan": ("plan && echo nothing to do   exit 2 says: there is",),
    "rollback": ("rollback            the last upgrade, or RUN", "rollback --undo     and back again"),
    "diagnose": ("diagnose --fix      mend it, or leave it as it was",),
    "recover": ("recover --retry RUN   after a person has mended it (exit 4)",),
    "init": ("init --units        a timer for the night, units for a reboot", "init --make ops.mk  for a Makefile"),
    "hold": ('hold --until 3d --reason "trade fair"',),
    "report": ("report --to /tmp/run.html",),
    "completion": ('eval "$(clawupgrade completion bash)"', "clawupgrade completion fish | source"),
    "status": ("status --json | jq .install.package.version",),
}


class Parser(argparse.ArgumentParser):
    """argparse exits with 2 on a typing error; here 2 means "changes pending"."""

    def error(self, message: str) -> NoReturn:
        """Raises UsageError, with what was probably meant."""
        unknown = message.removeprefix("unrecognized arguments: ").split()
        if unknown and message.startswith("unrecognized arguments: "):
            near = _near(unknown[0].partition("=")[0], _options(self))
            raise UsageError(message, f"did you mean {near}?" if near else f"see: {self.prog} --help")
        raise UsageError(message, f"see: {self.prog} --help")

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        if action.choices is None or value in action.choices:
            return
        known = [str(each) for each in action.choices if each not in HIDDEN]
        near = _near(str(value), known)
        is_command = isinstance(action, argparse._SubParsersAction)
        what = f"{self.prog} {near}" if is_command else near
        hint = f"did you mean: {what}?" if near else f"there are: {', '.join(known)}"
        raise UsageError(f"there is no {'command ' if is_command else ''}“{value}”", hint)

    def format_help(self) -> str:
        """One screen, if at all possible."""
        if self.prog == "clawupgrade":
            return "\n".join(_all_commands(self)) + "\n"
        return "\n".join(_one_command(self)) + "\n"


def describe(parser: argparse.ArgumentParser) -> None:
    """Give every command the description that its parent lists it with."""
    words = words_of(parser)
    for name, below in subcommands(parser).items():
        below.description = words.get(name)
        describe(below)


def subcommands(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    """The commands below a parser; empty where it has none."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            return dict(action.choices)
    return {}


def words_of(parser: argparse.ArgumentParser) -> dict[str, str]:
    """The help of each command below a parser."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            return {each.dest: each.help or "" for each in action._choices_actions}
    return {}


def examples_of(name: str) -> tuple[str, ...]:
    """How a command is used; lines that begin with it."""
    return tuple(
        each if each.startswith(("clawupgrade", "eval")) else f"clawupgrade {each}" for each in _examples(name)
    )


def exit_codes() -> str:
    """All of them, in three lines."""
    return _EXIT_CODES


def _examples(name: str) -> tuple[str, ...]:
    return _EXAMPLES.get(name, ())


def _all_commands(parser: argparse.ArgumentParser) -> Iterator[str]:
    words = words_of(parser)
    yield f"usage: clawupgrade COMMAND [OPTIONS]      {parser.description}"
    for title, entries in _GROUPS:
        for index, (name, text) in enumerate(entries):
            yield f"{title if not index else '':<9} {name:<18} {text or words[name]}"
    yield _EXIT_CODES


def _one_command(parser: argparse.ArgumentParser) -> Iterator[str]:
    import textwrap

    positional = [each for each in parser._actions if not each.option_strings and each.help is not argparse.SUPPRESS]
    arguments = " ".join(named(each) for each in positional)
    yield f"usage: {parser.prog} {arguments} [OPTIONS]".replace("  ", " ")
    if parser.description:
        yield parser.description
    below = words_of(parser)
    for name, words in below.items():
        yield f"  {name:<18} {words}"
    common = [each for group in parser._action_groups if group.title == COMMON for each in group._group_actions]
    named_here = [option_name(each) for each in parser._actions]
    rare = [each for each in _RARE if each in named_here] if len(named_here) > _MANY else []
    for action in parser._actions:
        if action in common or action.help == argparse.SUPPRESS or isinstance(action, argparse._HelpAction):
            continue
        if not isinstance(action, argparse._SubParsersAction) and option_name(action) not in rare:
            yield from _row(action)
    if rare:
        yield from textwrap.wrap("rarely " + " ".join(rare), 79, initial_indent="  ", subsequent_indent="    ")
    if common:
        also = " ".join(option(each) for each in common)
        yield from textwrap.wrap(
            f"also {also}", 79, initial_indent="  ", subsequent_indent="    ", break_on_hyphens=False
        )
    for example in examples_of(parser.prog.rpartition(" ")[2]):
        yield f"  $ {example}"
    yield "exit: 0 done · 3 rolled back · 4 broken · 5 ask a person · 6 refused · 75 busy"


def _row(action: argparse.Action) -> Iterator[str]:
    words = (action.help or "").replace("%%", "%")
    left = option(action) if action.option_strings else named(action)
    if len(left) > 22:
        yield f"  {left}"
        left = ""
    yield f"  {left:<22} {words}"


def option_name(action: argparse.Action) -> str:
    """`--to`; "" for what is no option."""
    return action.option_strings[0] if action.option_strings else ""


def option(action: argparse.Action) -> str:
    """`--to VERSION`."""
    if isinstance(action, argparse.BooleanOptionalAction):
        return f"--[no-]{action.option_strings[0].removeprefix('--')}"
    value = action.metavar or (f"{{{','.join(map(str, action.choices))}}}" if action.choices else action.dest.upper())
    return action.option_strings[-1] + ("" if action.nargs == 0 else f" {value}")


def named(action: argparse.Action) -> str:
    return f"[{action.metavar}]" if action.nargs == "?" else str(action.metavar or action.dest)


def _options(parser: argparse.ArgumentParser) -> set[str]:
    found = {option for action in parser._actions for option in action.option_strings}
    for each in subcommands(parser).values():
        found |= _options(each)
    return found


def _near(word: str, known: Iterable[str]) -> str:
    from difflib import get_close_matches

    return next(iter(get_close_matches(word, list(known), 1, 0.6)), "")
