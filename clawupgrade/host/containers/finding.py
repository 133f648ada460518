"""Finds the gateways that Compose projects run, by file, folder, labels and what their containers do."""

from __future__ import annotations

import os

from clawupgrade.composed import Composed, Wanted
from clawupgrade.containers import argv
from clawupgrade.containers.inspected import Container, read_containers
from clawupgrade.errors import Refused
from clawupgrade.host.containers.program import Program

_FILES = ("compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml")


def find_gateways(program: Program, wanted: Wanted) -> tuple[Composed, ...]:
    """See `ports.Containers.gateways`."""
    path = _file_of(wanted.path)
    engine = program.find_engine(wanted.reach)
    listed = program.run(argv.containers_of(engine, argv.PROJECT), wanted.reach)
    ids = tuple(listed.out.split())
    found = read_containers(program.inspected((*engine, "inspect", *ids), wanted.reach)) if ids else ()
    chosen = _chosen(found, path, wanted)
    if wanted.path and not chosen:
        compose = program.find_compose(engine, wanted.reach)
        raise _why_none(program, compose, found, path, wanted)
    if not chosen:
        return ()
    compose = program.find_compose(engine, wanted.reach)
    newest = {(each.project, each.service): each for each in reversed(chosen)}
    is_podman = program.is_podman(engine, wanted.reach)
    return tuple(_composed(engine, compose, wanted, each, is_podman=is_podman) for each in newest.values())


def containers_of(program: Program, found: Composed) -> tuple[Container, ...]:
    """The containers of one service, the newest first."""
    labels = (f"{argv.PROJECT}={found.project}", f"{argv.SERVICE}={found.service}")
    ids = tuple(program.run(argv.containers_of(found.engine, *labels), found.reach).out.split())
    return read_containers(program.inspected((*found.engine, "inspect", *ids), found.reach)) if ids else ()


def _file_of(path: str) -> str:
    """The compose file that a path means: the file itself, or the one in a folder; "" for none asked for."""
    if not path:
        return ""
    path = os.path.realpath(path)
    places = [f"{path}/{name}" for name in _FILES] if os.path.isdir(path) else [path]
    there = next((each for each in places if os.path.isfile(each)), "")
    if not there:
        raise Refused(
            f"there is no compose file {path}" if len(places) == 1 else f"there is no compose file in {path}",
            "name the file, or the folder that holds it, with --compose",
        )
    return there


def _chosen(found: tuple[Container, ...], path: str, wanted: Wanted) -> list[Container]:
    here = [each for each in found if not path or path in map(os.path.realpath, each.files)]
    if wanted.service:
        return [each for each in here if each.service == wanted.service]
    return [each for each in here if each.is_gateway]


def _why_none(
    program: Program, compose: tuple[str, ...], found: tuple[Container, ...], path: str, wanted: Wanted
) -> Refused:
    done = program.run((*compose, "--file", path, "config", "--services"), wanted.reach)
    if not done.ok:
        return Refused(f"{path} cannot be read as a compose file", f"see: {' '.join(compose)} --file {path} config")
    services = done.out.split()
    if wanted.service and wanted.service not in services:
        return Refused(f"{path} has no service “{wanted.service}”", f"it has: {', '.join(services)}")
    name = wanted.service or "OpenClaw's service"
    return Refused(
        f"{name} of {path} has no container",
        f"start it once: {' '.join(compose)} --file {path} up -d {wanted.service}".rstrip(),
    )


def _composed(
    engine: tuple[str, ...], compose: tuple[str, ...], wanted: Wanted, seen: Container, *, is_podman: bool
) -> Composed:
    return Composed(
        engine=engine,
        compose=compose,
        reach=wanted.reach,
        project=seen.project,
        folder=seen.folder,
        files=seen.files,
        service=seen.service,
        container=seen.id,
        image=seen.image,
        image_id=seen.image_id,
        command=seen.command,
        mounts=seen.mounts,
        # Podman has no `update --restart` before 5.1, and no daemon: see docs/explanation/limits.md.
        restart="" if is_podman or seen.podman else seen.restart,
        keep=f"clawupgrade/{seen.project}-{seen.service}".lower(),
    )


def files_of(found: Composed) -> tuple[str, ...]:
    """The project's files, with the one that pins the image where it is there now."""
    if found.pin and found.pin not in found.files and os.path.exists(found.pin):
        return (*found.files, found.pin)
    return tuple(path for path in found.files if path != found.pin or os.path.exists(path))
