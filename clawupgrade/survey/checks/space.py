"""A disk that fills half-way is the worst place to be (#145638, #153607)."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from clawupgrade.errors import ClawupgradeError, Refused
from clawupgrade.model import DEPENDENCIES, Engine
from clawupgrade.survey.checks.scene import Scene

_LARGEST = 700_000_000
"""For a registry that states no size: 2026.9.6 takes 647 MB."""

_TEMPORARY = 300_000_000
"""What npm unpacks and doctor rewrites on the way."""

_SAME = 32_000_000
"""File systems whose free bytes differ by less are taken for one: the port has no device numbers."""


class _Need(Struct, frozen=True):
    path: str
    what: str
    size: int


def check_space(scene: Scene) -> Iterator[ClawupgradeError]:
    """For each file system: the sum of what will be written there, and what is free."""
    disks: list[tuple[int, list[_Need]]] = []
    for need in _needs(scene):
        free = scene.host.files.free_bytes(need.path)
        for other, needs in disks:
            if abs(free - other) < _SAME:
                needs.append(need)
                break
        else:
            disks.append((free, [need]))
    for free, needs in disks:
        total = sum(need.size for need in needs)
        if total > free:
            told = ", ".join(f"{need.what} {_mb(need.size)} in {need.path}" for need in needs)
            yield Refused(
                f"not enough space: {_mb(total)} are needed and {_mb(free)} are free ({told})",
                f"free {_mb(total - free)} there; npm's own cache goes with: npm cache clean --force",
            )


def _needs(scene: Scene) -> Iterator[_Need]:
    install, env = scene.install, dict(scene.request.environ)
    size = scene.target.unpacked_bytes
    # Measured here and not in the survey: on a cold disk the tree of 2026.2.12 took half a minute.
    installed = scene.host.files.tree_bytes(install.package.root)
    whole = max(size + DEPENDENCIES if size else _LARGEST, installed)
    yield _Need(install.package.prefix, "the package", whole)
    if scene.request.engine is Engine.INPLACE:
        yield _Need(install.package.prefix, "the package of before, kept", installed)
    home = env.get("XDG_STATE_HOME") or install.account.home
    yield _Need(home, "the snapshot", install.state_bytes)
    yield _Need(install.state_dir, "migrated state", install.state_bytes)
    yield _Need("/tmp", "temporary files", _TEMPORARY)


def _mb(size: int) -> str:
    return f"{size / 1e6:,.0f} MB"
