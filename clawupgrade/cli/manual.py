"""The man page and the reference of all commands, out of the very parser: `python -m clawupgrade.cli.manual FOLDER`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

from clawupgrade.cli.helping import COMMON, HIDDEN, examples_of, exit_codes, named, option, subcommands
from clawupgrade.cli.parser import parser

MAN, PAGE = "man/clawupgrade.1", "docs/reference/commands.md"

Entry = tuple[str, str]
"""An option or an argument, and its words."""


def main() -> int:
    """Write both into a checkout."""
    top = Path(sys.argv[1])
    for name, text in ((MAN, man_page()), (PAGE, commands_page())):
        (top / name).parent.mkdir(exist_ok=True)
        (top / name).write_text(text)
    return 0


def man_page() -> str:
    """The man page, in roff."""
    lines = [
        '.TH CLAWUPGRADE 1 "" "" "User Commands"',
        ".SH NAME",
        r"clawupgrade \- upgrade OpenClaw so that it ends all new and proven, or all old and proven",
        ".SH SYNOPSIS",
        ".B clawupgrade",
        r"\fICOMMAND\fR [\fIOPTIONS\fR]",
        ".SH COMMANDS",
    ]
    for each in _commands(parser()):
        lines += [".SS " + _roff(_usage(each)), _roff(_sentence(each.description))]
        for left, words in _entries(each):
            lines += [".TP", rf"\fB{_roff(left)}\fR", _roff(words) or r"\&"]
        for example in examples_of(each.prog.rpartition(" ")[2]):
            lines += [".PP", ".EX", _roff(example), ".EE"]
    lines += [".SH OPTIONS OF EVERY COMMAND"]
    for left, words in _common():
        lines += [".TP", rf"\fB{_roff(left)}\fR", _roff(words) or r"\&"]
    lines += [".SH EXIT STATUS", ".EX", *(_roff(line.strip()) for line in exit_codes().splitlines()), ".EE"]
    lines += [".SH FILES", ".TP", r"\fI~/.config/clawupgrade/clawupgrade.toml\fR", "Settings.", ".TP"]
    lines += [r"\fI~/.local/state/clawupgrade\fR", "Runs with their journals, snapshots, kept packages."]
    return "\n".join(lines) + "\n"


def commands_page() -> str:
    """The reference of all commands, in Markdown."""
    lines = [
        "# Every command",
        "",
        "Made from the program's own parser, as are `--help`, the man page and what a shell completes.",
        "",
    ]
    for each in _commands(parser()):
        lines += [f"## {each.prog}", "", f"`{_usage(each)}`", "", _sentence(each.description), ""]
        if entries := list(_entries(each)):
            lines += [
                "| | |",
                "|---|---|",
                *(f"| `{left}` | {words} |".replace("||", "|") for left, words in entries),
                "",
            ]
        for example in examples_of(each.prog.rpartition(" ")[2]):
            command, _, words = example.partition("   ")
            lines += [f"For example `{command}`{f': {words.strip()}' if words else ''}.", ""]
    lines += ["## Options of every command", "", "| | |", "|---|---|"]
    lines += [f"| `{left}` | {words} |" for left, words in _common()]
    return "\n".join([*lines, "", "What they exit with: [exit codes](exit-codes.md).", ""])


def _commands(top: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    for name, each in subcommands(top).items():
        if name in HIDDEN:
            continue
        below = list(_commands(each))
        if below:
            yield from below
        else:
            yield each


def _usage(each: argparse.ArgumentParser) -> str:
    arguments = [named(action) for action in each._actions if not action.option_strings]
    return " ".join([each.prog, *arguments, "[OPTIONS]"])


def _entries(each: argparse.ArgumentParser) -> Iterator[Entry]:
    common = {
        option(action) for group in each._action_groups if group.title == COMMON for action in group._group_actions
    }
    for action in each._actions:
        if action.help == argparse.SUPPRESS or isinstance(action, argparse._HelpAction):
            continue
        left = option(action) if action.option_strings else named(action)
        if left not in common:
            yield left, _sentence(action.help)


def _common() -> Iterator[Entry]:
    group = next(each for each in subcommands(parser())["status"]._action_groups if each.title == COMMON)
    for action in group._group_actions:
        yield option(action), _sentence(action.help)


def _sentence(words: str | None) -> str:
    text = (words or "").strip()
    return f"{text[:1].upper()}{text[1:]}." if text else ""


def _roff(text: str) -> str:
    text = text.replace("\\", r"\e").replace("-", r"\-").replace("’", "'")
    return rf"\&{text}" if text.startswith((".", "'")) else text


if __name__ == "__main__":
    sys.exit(main())
