"""Paths outside the state that a newer release changes all the same, and that a way back has to cover."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

from clawupgrade.model import Account, Owner, Service
from clawupgrade.openclaw.paths import Paths
from clawupgrade.openclaw.units import unit_names
from clawupgrade.survey.config import Config


def find_outlying(config: Config, paths: Paths, service: Service, account: Account) -> tuple[str, ...]:
    """Workspaces elsewhere, the home that a legacy state moves to, and the unit that follows a legacy one.

    Seen with clawdbot 2026.1.24-3 → 2026.9.6: doctor moved `~/.clawdbot` to `~/.openclaw` (a link stays
    behind), emptied `HEARTBEAT.md` and `TOOLS.md` out of `~/clawd`, and `gateway install` made
    `openclaw-gateway.service` beside the old unit, which stayed enabled.
    """
    found = [*_workspaces(config, paths), *_new_home(paths), *_new_unit(paths, service, account)]
    inside = (path for path in found if not PurePosixPath(path).is_relative_to(paths.state_dir))
    return tuple(dict.fromkeys(inside))


def _workspaces(config: Config, paths: Paths) -> Iterator[str]:
    agents = config.get("agents.list")
    entries = config.get("agents.entries")
    every = [*(agents if isinstance(agents, list) else ()), *(entries.values() if isinstance(entries, dict) else ())]
    stated = [config.get("agents.defaults.workspace"), *(_field(agent, "workspace") for agent in every)]
    for path in (each.strip() for each in stated if isinstance(each, str)):
        if path == "~" or path.startswith("~/"):
            yield paths.home + path[1:]
        elif path.startswith("/"):
            yield str(PurePosixPath(path))
    yield paths.workspace


def _field(value: Any, name: str) -> Any:
    return value.get(name) if isinstance(value, dict) else None


def _new_home(paths: Paths) -> Iterator[str]:
    usual = f"{paths.home}/.openclaw{f'-{paths.profile}' if paths.profile else ''}"
    if not paths.explicit and paths.state_dir != usual:
        yield usual


def _new_unit(paths: Paths, service: Service, account: Account) -> Iterator[str]:
    today = unit_names(paths.profile)[0]
    if service.owner is Owner.SYSTEMD_USER and service.name != today and service.name in unit_names(paths.profile):
        units = f"{account.home}/.config/systemd/user"
        yield from (f"{units}/{today}", f"{units}/default.target.wants/{today}")
