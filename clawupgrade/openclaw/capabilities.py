"""What a release can do, read from its own `--help`, because version numbers guess wrong."""

from __future__ import annotations

import re

from msgspec import Struct

_OPTION = re.compile(r"^ {2}(?:-\w, )?(--[a-z][a-z0-9-]*)", re.MULTILINE)
_COMMANDS = re.compile(r"^Commands:\s*$(.*?)(?=^\S|\Z)", re.MULTILINE | re.DOTALL)
_COMMAND = re.compile(r"^ {2}([a-z][a-z0-9-]*)", re.MULTILINE)
_USAGE = re.compile(r"^Usage: (?:openclaw|clawdbot|moltbot) (.+?)\s*$", re.MULTILINE)


class Capabilities(Struct, frozen=True):
    """One command as its help describes it.

    command: as the usage line has it, without options: `gateway stop`. A release that does not know a
    subcommand prints the help of its parent (2026.2: `config validate` gives `config`).
    """

    command: str
    options: frozenset[str]
    subcommands: frozenset[str]

    def knows(self, option: str) -> bool:
        """Whether the help lists the long option, such as `--no-restart`."""
        return option in self.options

    def is_about(self, command: str) -> bool:
        """Whether this is the help of that very command."""
        return self.command == command


def read_help(text: str) -> Capabilities:
    """The capabilities in the output of `openclaw COMMAND --help`; empty ones for an unknown command.

    >>> read_help("Usage: openclaw gateway stop [options]\\n\\n  --force  Go on").knows("--force")
    True
    """
    usage = _USAGE.search(text)
    words = usage.group(1).split() if usage else []
    command = " ".join(word for word in words if not word.startswith(("[", "<")))
    section = _COMMANDS.search(text)
    return Capabilities(
        command=command,
        options=frozenset(_OPTION.findall(text)) if usage else frozenset(),
        subcommands=frozenset(_COMMAND.findall(section.group(1))) if section else frozenset(),
    )
