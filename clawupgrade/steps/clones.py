"""Where a run's clone lies and what it covers; what was found out on it, kept for the steps that come after."""

from __future__ import annotations

import json
import posixpath
from collections.abc import Iterable, Iterator
from hashlib import sha256
from pathlib import PurePosixPath
from typing import Any

from clawupgrade.cloned import Clone, Way
from clawupgrade.model import Hop, Install, Owner, Plan
from clawupgrade.ports import Host

DOCTOR = "doctor"
"""Under which name doctor's changes are frozen."""
_NAME = "rehearsed.json"
SERVICE = "service"
"""Under which name the new service definition is frozen, and what else its writing changed."""
STARTUP = "startup"
"""Under which name is frozen what the target migrates at its first start, beyond its doctor."""


def clone_of(plan: Plan, hop: Hop) -> Clone:
    """The clone that the plan's rehearsal is done on."""
    way = Way(plan.rehearsal or Way.NONE)
    # Beside the stage, not in the run's folder: root's own is closed to the account that has to run inside.
    return Clone(clone_room(hop), way, plan.install.account, plan.covers, hop.tree, hop.live)


def clone_room(hop: Hop) -> str:
    """The folder that a rehearsal's clone lies in."""
    return f"{posixpath.dirname(hop.stage)}/clone"


def covers_of(host: Host, install: Install) -> tuple[str, ...]:
    """The folders whose content a rehearsal may change: state, config, user units, workspaces outside.

    What lies within another of them is left out, and neither the home nor what is above it is ever one: it
    holds the room, and a config may include a file that lies there.
    """
    wanted = [install.state_dir, posixpath.dirname(install.config_path)]
    if install.service.owner is Owner.SYSTEMD_USER:
        wanted.append(f"{install.account.home}/.config/systemd/user")
    wanted += [posixpath.dirname(path) for path in install.outlying]
    real = dict.fromkeys(host.files.real(path) for path in wanted if host.files.exists(path))
    home = PurePosixPath(host.files.real(install.account.home))
    return tuple(_outermost(path for path in real if not home.is_relative_to(path)))


def _outermost(paths: Iterable[str]) -> Iterator[str]:
    every = [PurePosixPath(path) for path in paths]
    for path in every:
        if not any(path != other and path.is_relative_to(other) for other in every):
            yield str(path)


def digest_of(content: bytes | None) -> str:
    """SHA-256 in hex; "" for no file."""
    return "" if content is None else sha256(content).hexdigest()


def keep_findings(host: Host, plan: Plan, findings: dict[str, Any]) -> None:
    """Write down what the rehearsal found out."""
    host.files.write(_path(plan), json.dumps(findings).encode())


def findings(host: Host, plan: Plan, ahead: str = "") -> dict[str, Any]:
    """What the rehearsal found out; empty where none was done, or where it is gone.

    ahead: the run that has rehearsed, where that was not this one.
    """
    content = host.files.read(_path_ahead(plan, ahead) if ahead else _path(plan))
    found: dict[str, Any] = json.loads(content) if content else {}
    return found


def forget(host: Host, plan: Plan) -> None:
    """Remove the clone and the findings; idempotent. They hold what the state holds."""
    if plan.rehearsal:
        if plan.hops[0].prepared:
            host.files.remove(_path_ahead(plan, plan.hops[0].prepared))
        host.clones.remove(clone_of(plan, plan.hops[0]))
        host.files.remove(_path(plan))


def give_back(host: Host, plan: Plan) -> None:
    """Leave what was rehearsed ahead of time as it was found; what this run rehearsed goes. Idempotent."""
    ahead = plan.hops[0].prepared
    if ahead and findings(host, plan, ahead):
        host.files.remove(_path(plan))
    else:
        forget(host, plan)


def _path_ahead(plan: Plan, ahead: str) -> str:
    return f"{posixpath.dirname(plan.folder)}/{ahead}/{_NAME}"


def _path(plan: Plan) -> str:
    return f"{plan.folder}/{_NAME}"
