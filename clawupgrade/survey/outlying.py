"""What lies outside the state and is changed all the same by a newer release: a way back has to cover it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath
from typing import Any

from clawupgrade.errors import Refused
from clawupgrade.model import Account, Owner, Service
from clawupgrade.openclaw.paths import Paths
from clawupgrade.openclaw.units import unit_names
from clawupgrade.ports import Host
from clawupgrade.survey.config import Config

TENDED = ("AGENTS.md", "SOUL.md", "TOOLS.md", "IDENTITY.md", "USER.md", "HEARTBEAT.md", "BOOTSTRAP.md")
"""What OpenClaw itself puts into a workspace. 2026.9.6's doctor edits AGENTS.md and removes two of them."""


def find_outlying(host: Host, config: Config, paths: Paths) -> tuple[str, ...]:
    """Files outside the state: what releases tend in workspaces, and what the config includes.

    Seen with clawdbot 2026.1.24-3 → 2026.9.6: doctor emptied `HEARTBEAT.md` and `TOOLS.md` out of `~/clawd`;
    the rest of a workspace is the user's own. A release writes a section of its config into the file that
    the section is included from (docs/gateway/configuration.md of 2026.6.11), so such a file goes back with the
    state, as one inside the state does.
    """
    state = PurePosixPath(host.files.real(paths.state_dir))

    def outside(found: Iterable[str]) -> list[str]:
        return [
            each for each in dict.fromkeys(map(host.files.real, found)) if not PurePosixPath(each).is_relative_to(state)
        ]

    tended = (f"{workspace}/{name}" for workspace in outside(workspaces(config, paths)) for name in TENDED)
    return (*tended, *outside(each for each in config.files if each != config.path))


def find_moves(paths: Paths, service: Service, account: Account) -> tuple[tuple[str, str], ...]:
    """(from, to) of what the target gives a new place, the state folder first.

    Seen with clawdbot 2026.1.24-3 → 2026.9.6: doctor moved `~/.clawdbot` to `~/.openclaw` (a link stays
    behind), and `gateway install` made `openclaw-gateway.service` beside the old unit, which stayed enabled.
    """
    return (*_home(paths), *_unit(paths, service, account))


def refuse_taken(host: Host, moves: tuple[tuple[str, str], ...]) -> Refused | None:
    """Where something lies already at a new place the target would serve that, not what is served now."""
    for source, target in moves:
        if host.files.exists(target) and host.files.real(target) != host.files.real(source):
            return Refused(
                f"{source} would move to {target}, but something lies there already",
                f"move {target} out of the way if nobody needs it, then try again",
            )
    return None


def workspaces(config: Config, paths: Paths) -> Iterator[str]:
    """Every agent's, as the config names it; `~` is the gateway's home."""
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


def _home(paths: Paths) -> Iterator[tuple[str, str]]:
    usual = f"{paths.home}/.openclaw{f'-{paths.profile}' if paths.profile else ''}"
    if not paths.explicit and paths.state_dir != usual:
        yield paths.state_dir, usual


def _unit(paths: Paths, service: Service, account: Account) -> Iterator[tuple[str, str]]:
    today = unit_names(paths.profile)[0]
    if service.owner is Owner.SYSTEMD_USER and service.name != today and service.name in unit_names(paths.profile):
        units = f"{account.home}/.config/systemd/user"
        yield f"{units}/{service.name}", f"{units}/{today}"
