"""State, config and service definition as they were: back together, before old code may start."""

from __future__ import annotations

import posixpath

from clawupgrade.errors import UndoFailed
from clawupgrade.model import Plan
from clawupgrade.ports import Host
from clawupgrade.steps import serving


def carry_home(host: Host, source: str, target: str) -> None:
    """Move a state folder to where it was before a rename (clawdbot → openclaw left a link there); idempotent.

    Logs and all else that no snapshot holds go with it.
    """
    if source == target or not host.files.exists(source) or _is_link(host, source):
        return
    if host.files.exists(target) and not (
        _is_link(host, target) and host.files.real(target) == host.files.real(source)
    ):
        raise UndoFailed(f"{source} cannot be moved back: something lies in {target}", "move it away by hand")
    host.files.remove(target)
    host.files.rename(source, target)


def _is_link(host: Host, path: str) -> bool:
    folder, name = posixpath.split(path)
    return host.files.real(path) != f"{host.files.real(folder)}/{name}"


def put_back(host: Host, plan: Plan) -> None:
    """Restore this run's snapshot, and see that nothing differs from it.

    Raises:
        UndoFailed: there is no sealed snapshot, or the restore left something out.
    """
    if not host.snapshots.is_sealed(plan.snapshot):
        raise UndoFailed("there is no sealed snapshot to go back to")
    serving.make_way(host, plan)
    carry_home(host, plan.landing.state_dir, plan.install.state_dir)
    host.snapshots.restore(plan.snapshot)
    host.services.reload(plan.install.service)
    left = host.snapshots.differs(plan.snapshot)
    if left:
        raise UndoFailed(f"{len(left)} files are not as they were, {left[0]} among them")
