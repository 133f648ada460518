"""The operator's side on a screen or as JSON: settings and their origins, hold, quarantine."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec

from clawupgrade.policy.durations import words
from clawupgrade.policy.hold import Hold
from clawupgrade.policy.quarantine import Quarantined
from clawupgrade.policy.reading import Effective
from clawupgrade.policy.schema import SETTINGS, Setting
from clawupgrade.policy.windows import Window
from clawupgrade.render.documents import print_json

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def show_settings(found: Effective, path: str, *, origin: bool, as_json: bool) -> None:
    """All settings as they hold; a secret one only says that it is set."""
    rows = _rows(found)
    if as_json:
        print_json({"schema": "clawupgrade.settings.v1", "file": path, "settings": settings_document(found)})
        return
    for each, value, where in rows:
        print(f"{each.key:<18} = {_toml(value):<28}" + (f"  # {where}" if origin else "").rstrip())


def settings_document(found: Effective) -> dict[str, Any]:
    """Each setting as it holds, with its origin; no secret one."""
    return {each.key: {"value": value, "origin": where} for each, value, where in _rows(found)}


def _rows(found: Effective) -> list[tuple[Setting, Any, str]]:
    return [
        (each, _shown(each, found), found.given[each.key].origin if each.key in found.given else "default")
        for each in SETTINGS
    ]


def show_hold(hold: Hold | None, *, as_json: bool, quiet: bool) -> None:
    """That upgrades are held, or no longer."""
    if as_json:
        held = None if hold is None else msgspec.to_builtins(hold)
        print_json({"schema": "clawupgrade.hold.v1", "exit_code": 0, "changed": False, "hold": held})
    elif not quiet:
        until = "until unhold" if hold is None or hold.until is None else f"until {hold.until.isoformat()}"
        print("✓ upgrades may begin again" if hold is None else f"✓ no upgrade begins {until}")


def show_quarantine(entries: Sequence[Quarantined], now: datetime, span: timedelta, *, as_json: bool) -> None:
    """Every version that failed here; whether it is passed over now, and why."""
    if as_json:
        print_json({"schema": "clawupgrade.quarantine.v1", "entries": [_entry(each, now, span) for each in entries]})
        return
    for each in entries:
        until = each.until(span)
        state = f"passed over until {until:%Y-%m-%d %H:%M}" if now < until else "may be tried again"
        print(f"{each.version:<14} {state}  [{each.fingerprint}] {each.cause}")
    if not entries:
        print("no version is in quarantine")


def show_added(entry: Quarantined, *, new: bool, as_json: bool, quiet: bool) -> None:
    """Which version is passed over from now on; new: it was not before."""
    if as_json:
        print_json({"schema": "clawupgrade.quarantine.v1", "exit_code": 0, "changed": new, "added": entry.version})
    elif not quiet:
        print(f"✓ {entry.version} is in quarantine: {entry.cause}")


def show_cleared(versions: Sequence[str], *, as_json: bool, quiet: bool) -> None:
    """Which versions may be tried again."""
    if as_json:
        print_json({"schema": "clawupgrade.quarantine.v1", "exit_code": 0, "changed": False, "cleared": list(versions)})
    elif not quiet:
        print(f"✓ {', '.join(versions) or 'nothing'} was cleared")


def _entry(each: Quarantined, now: datetime, span: timedelta) -> dict[str, Any]:
    document: dict[str, Any] = msgspec.to_builtins(each)
    until = each.until(span)
    return document | {"until": until.isoformat(), "stands": now < until}


def _shown(setting: Setting, found: Effective) -> Any:
    value = getattr(found.settings, setting.name)
    if setting.is_secret:
        return "(set)" if value else ""
    return _plain(value)


def _plain(value: Any) -> Any:
    match value:
        case timedelta():
            return words(value)
        case Window():
            days = "" if len(value.days) == 7 else ",".join(_DAYS[day] for day in sorted(value.days)) + " "
            return f"{days}{value.begin:%H:%M}-{value.end:%H:%M}"
        case tuple():
            return [_plain(each) for each in value]
        case _:
            return value


def _toml(value: Any) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
        case _:
            return "[" + ", ".join(_toml(each) for each in value) + "]"
