"""Settings from their sources: file, then environment, then flags; each value with where it came from."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
from msgspec import Struct

from clawupgrade.errors import ConfigInvalid, UsageError
from clawupgrade.policy.lines import leaves, line_numbers
from clawupgrade.policy.schema import BY_KEY, BY_VARIABLE, Setting
from clawupgrade.policy.settings import Settings

RESERVED = ("CLAWUPGRADE_HOME", "CLAWUPGRADE_CONFIG", "CLAWUPGRADE_INSTALLATION")
"""Variables that say where something is, and the prefix of what we give to our own children, are no settings."""
_OURS = ("CLAWUPGRADE_CHILD", "CLAWUPGRADE_GATEWAY", "CLAWUPGRADE_RUN_", "CLAWUPGRADE_LAB", "CLAWUPGRADE_REAL_")
_INSTALLATIONS = "installations"
_OF_INSTALLATION = ("profile", "state-dir", "config-path", "home")


class Given(Struct, frozen=True):
    """One value as it was written, and where: `FILE:LINE`, `environment NAME`, `flag --NAME`."""

    setting: Setting
    raw: Any
    origin: str


class Effective(Struct, frozen=True):
    """The settings that hold, and for each key what was written and where; keys that are missing have defaults."""

    settings: Settings
    given: Mapping[str, Given]


class Installation(Struct, frozen=True):
    """A named installation of the file: which OpenClaw is meant."""

    name: str
    profile: str = ""
    state_dir: str = ""
    config_path: str = ""
    home: str = ""


def from_file(text: str, path: str, installation: str = "") -> list[Given]:
    """What a `clawupgrade.toml` sets: its own keys, then those of `[installations.NAME]`.

    Raises:
        ConfigInvalid: no TOML, or a key that nobody knows; the line is named, its text is not: it may hold a secret.
    """
    document = _parsed(text, path)
    numbers = line_numbers(text)
    found: list[Given] = []
    named: list[Given] = []
    for keys, raw in leaves(document):
        where = f"{path}:{numbers.get(keys, 0)}"
        if keys[0] != _INSTALLATIONS:
            found.append(Given(_known(".".join(keys), where), raw, where))
            continue
        if len(keys) < 3:
            raise ConfigInvalid(f"{where}: [{_INSTALLATIONS}] holds tables", "write [installations.NAME]")
        key = ".".join(keys[2:])
        if key in _OF_INSTALLATION:
            if not isinstance(raw, str):
                raise ConfigInvalid(f"{where}: {key} is a text")
        else:
            given = Given(_known(key, where), raw, where)
            _read(given)  # a mistake in one installation is told whichever is worked on
            named += [given] if keys[1] == installation else []
    return found + named


def installations(text: str, path: str) -> tuple[Installation, ...]:
    """The installations that a file names, in its order. Raises ConfigInvalid."""
    tables = _parsed(text, path).get(_INSTALLATIONS, {})
    if not isinstance(tables, dict) or not all(isinstance(each, dict) for each in tables.values()):
        raise ConfigInvalid(f"{path}: [{_INSTALLATIONS}] holds tables", "write [installations.NAME]")
    return tuple(
        Installation(name, *(str(table.get(key, "")) for key in _OF_INSTALLATION)) for name, table in tables.items()
    )


def from_environment(environ: Mapping[str, str]) -> list[Given]:
    """What `CLAWUPGRADE_*` sets; several values of one setting are parted by `;`.

    Raises:
        ConfigInvalid: a variable that sets nothing, for it was meant to.
    """
    found = []
    for name in sorted(environ):
        if not name.startswith("CLAWUPGRADE_") or name in RESERVED or name.startswith(_OURS):
            continue
        setting = BY_VARIABLE.get(name)
        if setting is None:
            raise ConfigInvalid(f"the environment variable {name} is no setting", _close(name, BY_VARIABLE))
        found.append(_spoken(setting, environ[name], f"environment {name}"))
    return found


def from_flags(flags: Iterable[tuple[str, str, str]]) -> list[Given]:
    """What the command line sets: (flag, key, text).

    Raises:
        UsageError: the key is none.
    """
    found = []
    for flag, key, text in flags:
        if key not in BY_KEY:
            raise UsageError(f"{flag} {key}: there is no such setting", _close(key, BY_KEY))
        found.append(_spoken(BY_KEY[key], text, f"flag {flag}"))
    return found


def effective(*sources: Iterable[Given]) -> Effective:
    """All sources together; a later one wins over an earlier one.

    Raises:
        ConfigInvalid: a value that its setting cannot have, also one that a later source overrules.
    """
    given: dict[str, Given] = {}
    values: dict[str, Any] = {}
    for each in (one for source in sources for one in source):
        values[each.setting.name] = _read(each)
        given[each.setting.key] = each
    return Effective(Settings(**values), given)


def _parsed(text: str, path: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigInvalid(f"{path}: {error}", "it must be TOML; see docs/reference/configuration.md") from error


def _spoken(setting: Setting, text: str, origin: str) -> Given:
    if setting.shape is str or setting.shape is bool:
        return Given(setting, text, origin)
    return Given(setting, [part.strip() for part in text.split(";") if part.strip()], origin)


def _read(given: Given) -> Any:
    setting = given.setting
    try:
        shaped = msgspec.convert(given.raw, setting.shape, strict=not isinstance(given.raw, str))
        return setting.read(shaped)
    except (msgspec.ValidationError, ValueError) as error:
        # What a setting that may hold a secret got is not repeated.
        why = "the value does not fit" if setting.is_secret else str(error)
        raise ConfigInvalid(f"{given.origin}: {setting.key}: {why}", f"{setting.key}: {setting.words}") from error


def _known(key: str, where: str) -> Setting:
    if key not in BY_KEY:
        raise ConfigInvalid(f"{where}: “{key}” is no setting", _close(key, BY_KEY))
    return BY_KEY[key]


def _close(word: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(word, list(known), n=1)
    return f"did you mean {near[0]}?" if near else "see: clawupgrade config show"
