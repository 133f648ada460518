"""npm in memory: installs one exact version file by file, and refuses every command line it does not know."""

from __future__ import annotations

import json
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from clawupgrade.testing.disk import File, Link
from clawupgrade.testing.releases import Release, order
from clawupgrade.testing.world import World

_FLAGS = {"--no-audit", "--no-fund", "--loglevel=error", "--min-release-age=0"}


class Said(Struct, frozen=True):
    """How a program ended and what it said; `seconds` is what it took."""

    rc: int
    out: str = ""
    err: str = ""
    seconds: float = 0.1


def run(world: World, words: tuple[str, ...]) -> Said:
    """npm with these arguments."""
    match words:
        case ("install", "-g", "--prefix", prefix, *flags, spec):
            return _install(world, prefix, flags, spec)
        case ("view", "openclaw", "versions", "time", "--json", "--loglevel=error"):
            named = [each for each in world.registry.values() if each.name == "openclaw"]
            times = {each.version: each.published for each in named}
            return Said(0, json.dumps({"versions": list(times), "time": times}))
        case ("view", spec, *_, "--json", "--loglevel=error"):
            return _view(world, spec)
        case ("prefix", "-g", "--loglevel=error"):
            return Said(0, world.layout.prefix + "\n")
        case ("--version",):
            return Said(0, "11.17.0\n")
    world.violate(f"npm was asked {' '.join(words)}, which nobody has seen it answer")
    return Said(1, err="npm error Unknown command")


def place(world: World, root: str, release: Release) -> None:
    """Write a package's files one after the other; nothing of it survives a power cut before a sync."""
    world.disk.make(root)
    for path, content in release.tree().items():
        file = File(content, durable=False)
        there = f"{root}/{path}"
        world.disk.make(there.rpartition("/")[0])

        def write(there: str = there, file: File = file) -> None:
            world.disk.put(there, file)

        def tear(there: str = there, file: File = file) -> None:
            world.disk.put(there, replace(file, content=file.content[: len(file.content) // 2]))

        world.effect(f"npm writes {path}", write, tear, touches=there, waits=True, fills=True)


def _install(world: World, prefix: str, flags: list[str], spec: str) -> Said:
    release = world.registry.get(spec)
    allowed = {*_FLAGS, f"--allow-scripts={spec.rpartition('@')[0]}"}
    if unknown := [flag for flag in flags if flag not in allowed]:
        world.violate(f"npm was given {unknown}")
        return Said(1, err=f"npm error Unknown cli config {unknown[0]}")
    if release is None:
        return Said(1, err=f"npm error code ETARGET\nnpm error notarget No matching version for {spec}.")
    root = f"{prefix}/lib/node_modules/{release.name}"
    place(world, root, release)
    world.disk.make(f"{prefix}/bin")
    link = Link(f"../lib/node_modules/{release.name}/{release.entry}")
    world.effect("npm links", lambda: world.disk.put(f"{prefix}/bin/{release.name}", link), waits=True)
    return Said(0, "added 1 package in 20s\n", seconds=20.0)


def _view(world: World, spec: str) -> Said:
    newest = max(world.registry.values(), key=lambda each: order(each.version))
    release = newest if spec == f"{newest.name}@latest" else world.registry.get(spec)
    if release is None:
        return Said(1, err=f"npm error code E404\nnpm error 404 No match found for version {spec}")
    document: dict[str, Any] = {"name": release.name, "version": release.version}
    document |= {"engines": {"node": release.engines}, "time": {release.version: release.published}}
    return Said(0, json.dumps(document))
