"""The list of settings: key, the shape it has in TOML, how it is read, and what it is for."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from msgspec import Struct
from packaging.version import InvalidVersion, Version

from clawupgrade.policy.durations import duration
from clawupgrade.policy.windows import window

_TAG = re.compile(r"[A-Za-z][A-Za-z0-9._-]{0,63}")


class Setting(Struct, frozen=True):
    """One setting. shape: `str`, `bool` or `tuple[str, ...]`; read: shape → value, raises ValueError.

    is_secret: never shown, not even in part.
    """

    key: str
    shape: Any
    read: Callable[[Any], Any]
    words: str
    is_secret: bool = False

    @property
    def name(self) -> str:
        """The field of `Settings`."""
        return self.key.replace(".", "_").replace("-", "_")

    @property
    def variable(self) -> str:
        """The environment variable that sets it."""
        return f"CLAWUPGRADE_{self.name.upper()}"


def _as_it_is(value: Any) -> Any:
    return value


def _each(read: Callable[[str], Any]) -> Callable[[tuple[str, ...]], tuple[Any, ...]]:
    return lambda values: tuple(read(value) for value in values)


def _version(text: str) -> str:
    try:
        Version(text)
    except InvalidVersion as error:
        raise ValueError(f"“{text}” is not a version of OpenClaw; give one such as 2026.9.6") from error
    return text


def _or_nothing(read: Callable[[str], str]) -> Callable[[str], str]:
    return lambda text: read(text) if text else ""


def _channel(text: str) -> str:
    if not _TAG.fullmatch(text):
        raise ValueError(f"“{text}” is no channel; use stable, beta or another dist-tag of npm")
    return text


def _engine(text: str) -> str:
    if text not in ("", "clone", "inplace"):
        raise ValueError(f"“{text}” is no engine; use clone or inplace")
    return text


def _rehearse(text: str) -> str:
    if text not in REHEARSALS:
        raise ValueError(f"“{text}” is none of {', '.join(REHEARSALS)}")
    return text


def _zone(text: str) -> str:
    try:
        ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"this machine knows no time zone “{text}”; write it like Europe/Berlin") from error
    return text


def _path(text: str) -> str:
    if not text.startswith("/"):
        raise ValueError(f"“{text}” is no absolute path")
    return text


def _soak(text: str) -> timedelta:
    found = duration(text)
    if found > timedelta(hours=24):
        raise ValueError(f"“{text}” is longer than 24h")
    return found


def _occasion(text: str) -> str:
    if text not in OCCASIONS:
        raise ValueError(f"“{text}” is none of {', '.join(OCCASIONS)}")
    return text


def _url(text: str) -> str:
    if not re.match(r"[A-Za-z][A-Za-z0-9+.-]*://", text):
        raise ValueError("a notice's address is a URL")
    return text


def _ping(text: str) -> str:
    if not text.startswith(("http://", "https://")):
        raise ValueError("the address to ping is an http or https URL")
    return text


def _argv(words: tuple[str, ...]) -> tuple[str, ...]:
    if words and not words[0].startswith("/"):
        raise ValueError(f"“{words[0]}” is no absolute path")
    return words


REHEARSALS = ("auto", "always", "never")
OCCASIONS = ("failure", "change", "always")
_LIST = tuple[str, ...]

SETTINGS: tuple[Setting, ...] = (
    Setting("channel", str, _channel, "stable, beta or another dist-tag"),
    Setting("pin", str, _or_nothing(_version), "stay at, or go to, exactly this version"),
    Setting("skip", _LIST, _each(_version), "versions that are never wanted here"),
    Setting("minimum-age", str, duration, "so long a release must have been published"),
    Setting("engine", str, _engine, "how the package gets in: clone or inplace"),
    Setting(
        "rehearse", str, _rehearse, "whether all is done on a clone first: auto (where known to work), always or never"
    ),
    Setting("node", str, _or_nothing(_path), "the Node.js that the service shall use"),
    Setting("when.windows", _LIST, _each(window), "when a run may begin; none: always"),
    Setting("when.timezone", str, _or_nothing(_zone), "the windows' time zone (default: this machine's)"),
    Setting("when.jitter", str, duration, "each installation waits its own part of this after a window opens"),
    Setting("when.inhibit", str, _or_nothing(_path), "a folder; any file in it forbids a run"),
    Setting("when.idle", str, duration, "wait until no session was active for so long; 0: do not ask"),
    Setting("when.patience", str, duration, "so long a run waits for its turn before it is left for the next time"),
    Setting("hooks.folder", str, _or_nothing(_path), "where the operator's hooks are (default: beside this file)"),
    Setting("hooks.timeout", str, duration, "so long each hook may take"),
    Setting("soak.for", str, _soak, "so long the gateway is watched after an upgrade, at most 24h; 0: not at all"),
    Setting("soak.confirm-by", str, duration, "without `clawupgrade confirm` within this, the upgrade is taken back"),
    Setting("notice.when", str, _occasion, "who is told: failure, change (and failures) or always"),
    Setting("notice.urls", _LIST, _each(_url), "where notices go, as apprise writes it", is_secret=True),
    Setting("notice.command", _LIST, _argv, "a command that is given each notice in its environment"),
    Setting("notice.ping", str, _or_nothing(_ping), "a URL that is called after every run", is_secret=True),
    Setting("notice.expire", str, duration, "so long a notice that cannot be sent is tried again"),
    Setting("metrics.textfile", str, _or_nothing(_path), "a file for node_exporter's textfile collector"),
    Setting("quarantine.for", str, duration, "so long a version that failed here is passed over"),
)

BY_KEY = {setting.key: setting for setting in SETTINGS}
BY_VARIABLE = {setting.variable: setting for setting in SETTINGS}
