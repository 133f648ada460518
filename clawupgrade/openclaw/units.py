"""Reads systemd unit texts as systemd merges them: what is run, by which Node, on which port."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator

from msgspec import Struct
from msgspec.structs import replace

SECRET_FLAGS = ("--token", "--password")
"""Of the gateway: the word behind one, or its sign, is a secret."""
_PREFIXES = "-@:+!|"
_ASSIGNMENT = re.compile(r"[A-Za-z_][A-Za-z0-9_]*=")
_HEX = re.compile(r"[0-9a-fA-F]{2}")
_PACKAGE = re.compile(r"^(.*/node_modules/(?:openclaw|clawdbot|moltbot))/(.+)$")
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "s": " ", "a": "\a", "b": "\b", "f": "\f", "v": "\v"}


class Unit(Struct, frozen=True):
    """A service unit with its drop-ins merged. Values of variables may be secrets and are not printed.

    argv: the last ExecStart, its prefix characters gone. environment: in order, later ones win.
    environment_files: (path, whether it may be missing). unset: names that UnsetEnvironment takes away.
    """

    argv: tuple[str, ...] = ()
    environment: tuple[tuple[str, str], ...] = ()
    environment_files: tuple[tuple[str, bool], ...] = ()
    unset: tuple[str, ...] = ()
    working_directory: str = ""
    user: str = ""

    def __repr__(self) -> str:
        return f"Unit(argv={self.argv!r}, names={self.names!r})"

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the variables that the unit itself sets."""
        return tuple(dict.fromkeys(name for name, _ in self.environment if name not in self.unset))

    def value(self, name: str) -> str | None:
        """The value that the service gets from `Environment=`; None when it sets none."""
        return None if name in self.unset else dict(self.environment).get(name)

    @property
    def node(self) -> str:
        """The program that runs the entry file: an absolute path, or "" when it is not Node."""
        command = self.command
        return command[0] if command and posixpath.basename(command[0]) in ("node", "nodejs") else ""

    @property
    def entry(self) -> str:
        """The script that Node runs, or the program itself (a wrapper, the `openclaw` link)."""
        command = self.command
        if not self.node:
            return command[0] if command else ""
        return next((word for word in command[1:] if not word.startswith("-")), "")

    @property
    def package_root(self) -> str:
        """`…/node_modules/openclaw` out of the entry's path; "" when the path alone does not tell."""
        found = _PACKAGE.match(self.entry)
        return found.group(1) if found else ""

    @property
    def command(self) -> tuple[str, ...]:
        """The words after `/usr/bin/env NAME=value …`."""
        words = self.argv
        if words and posixpath.basename(words[0]) == "env":
            words = words[1:]
            while words and (_ASSIGNMENT.match(words[0]) or words[0].startswith("-")):
                words = words[1:]
        return words

    @property
    def port(self) -> int | None:
        """The number after `--port`, else None."""
        return port_in(self.argv)


def read_unit(texts: Iterable[str], *, home: str = "", specifiers: tuple[tuple[str, str], ...] = ()) -> Unit:
    """Merge a unit's main file and its drop-ins, in the order of `systemctl cat`.

    An empty assignment clears the list before it, as systemd.unit(5) says. home: for `%h`.
    specifiers: more of them, such as ("t", "/run/user/1000").
    """
    known = {"h": home, "%": "%", **dict(specifiers)}
    unit = Unit()
    for text in texts:
        section = ""
        for line in _logical_lines(text):
            if line.startswith("["):
                section = line
            elif section == "[Service]" and "=" in line:
                name, _, value = line.partition("=")
                unit = _apply(unit, name.strip(), value.strip(), known)
    return unit


def split_words(text: str) -> tuple[str, ...]:
    """Words as systemd splits them: blanks part, quotes hold together, backslash escapes.

    >>> split_words('"A=x y" B=z')
    ('A=x y', 'B=z')
    """
    words: list[str] = []
    word: list[str] | None = None
    quote = ""
    characters = iter(text)
    for character in characters:
        if character == "\\":
            follower = next(characters, "")
            if follower == "x":
                follower = _of_hex(next(characters, "") + next(characters, ""))
            word = [*(word or []), _ESCAPES.get(follower, follower)]
        elif quote:
            if character == quote:
                quote = ""
            else:
                word = [*(word or []), character]
        elif character in "\"'":
            quote, word = character, word or []
        elif character.isspace():
            if word is not None:
                words.append("".join(word))
            word = None
        else:
            word = [*(word or []), character]
    return (*words, "".join(word)) if word is not None else tuple(words)


def port_in(argv: tuple[str, ...]) -> int | None:
    """The port after `--port` or in `--port=`.

    >>> port_in(("node", "openclaw.mjs", "gateway", "--port", "18789"))
    18789
    """
    for number, word in enumerate(argv):
        stated = "".join(argv[number + 1 : number + 2]) if word == "--port" else word
        if word.startswith("--port") and (digits := stated.removeprefix("--port=")).isdecimal():
            return int(digits) if 0 < int(digits) < 65536 else None
    return None


def unit_names(profile: str) -> tuple[str, ...]:
    """Names that a profile's gateway unit has had, today's first.

    openclaw since 2026.1.29: `openclaw-gateway[-NAME]`; clawdbot 2026.1.24-3: `clawdbot-gateway[-NAME]`.
    """
    suffix = f"-{profile}" if profile else ""
    return tuple(f"{product}-gateway{suffix}.service" for product in ("openclaw", "clawdbot", "moltbot"))


def _apply(unit: Unit, name: str, value: str, known: dict[str, str]) -> Unit:
    value = _expand(value, known)
    match name:
        case "ExecStart":
            words = split_words(value)
            return replace(unit, argv=(words[0].lstrip(_PREFIXES), *words[1:]) if words else ())
        case "Environment":
            pairs = tuple((n, v) for n, eq, v in (w.partition("=") for w in split_words(value)) if eq)
            return replace(unit, environment=(*unit.environment, *pairs) if value else ())
        case "EnvironmentFile":
            path = (value.removeprefix("-"), value.startswith("-"))
            return replace(unit, environment_files=(*unit.environment_files, path) if value else ())
        case "UnsetEnvironment":
            return replace(unit, unset=(*unit.unset, *split_words(value)) if value else ())
        case "WorkingDirectory":
            return replace(unit, working_directory=value.removeprefix("-"))
        case "User":
            return replace(unit, user=value)
        case _:
            return unit


def _of_hex(digits: str) -> str:
    return chr(int(digits, 16)) if _HEX.fullmatch(digits) else f"\\x{digits}"


def _expand(value: str, known: dict[str, str]) -> str:
    return re.sub(r"%(.)", lambda found: known.get(found.group(1), found.group(0)), value)


def _logical_lines(text: str) -> Iterator[str]:
    held = ""
    for raw in text.splitlines():
        line = raw.strip() if not held else raw.rstrip()
        if line.lstrip().startswith(("#", ";")):
            continue  # also inside a continued line, as systemd.syntax(7) says
        held += line
        if held.endswith("\\"):
            held = held[:-1] + " "
            continue
        if held:
            yield held
        held = ""
    if held:
        yield held
