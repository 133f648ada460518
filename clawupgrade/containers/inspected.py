"""Reads what `inspect` says of a container; docker and podman agree on the fields that are taken."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Mapping
from typing import Any

from msgspec import Struct

from clawupgrade.composed import Mount
from clawupgrade.containers.argv import ONE_OFF, PROJECT, SERVICE

_FOLDER = "com.docker.compose.project.working_dir"
_FILES = "com.docker.compose.project.config_files"
_NAMES = ("openclaw", "clawdbot", "moltbot")


class Container(Struct, frozen=True):
    """A container of a Compose project.

    image: as it was asked for; command: entrypoint and command together; variables: `NAME=value`, which may be
    secrets. ports: container port → (address, port) on this machine. pid: of its first process here, 0 for none.
    restart: its restart policy, `no` for none. podman: whether podman's own program tells of it, under either name.
    """

    id: str
    name: str
    image: str
    image_id: str
    project: str
    service: str
    folder: str
    files: tuple[str, ...]
    command: tuple[str, ...]
    variables: tuple[str, ...]
    mounts: tuple[Mount, ...]
    ports: Mapping[int, tuple[str, int]]
    network: str
    running: bool
    pid: int
    started: str
    exit_status: int
    restarts: int
    restart: str
    user: str
    workdir: str
    created: str
    read_only: bool = False
    tmpfs: tuple[str, ...] = ()
    health: str = ""
    podman: bool = False

    @property
    def is_restarted(self) -> bool:
        """Whether the engine starts it again by itself."""
        return self.restart != "no"

    @property
    def is_gateway(self) -> bool:
        """Whether it runs a gateway of OpenClaw, as far as names tell."""
        names = [each.partition("=")[0] for each in self.variables]
        said = " ".join((self.image, self.service, self.project, *self.command, *names)).lower()
        return "gateway" in self.command and any(name in said for name in _NAMES)

    def variable(self, name: str) -> str | None:
        """The value that the container was given."""
        pairs = (each.partition("=") for each in self.variables)
        return next((value for key, _, value in pairs if key == name), None)


def read_containers(said: Iterable[Mapping[str, Any]]) -> tuple[Container, ...]:
    """Those of a Compose project that serve, the newest first; one-off ones are left out."""
    found = [_container(each) for each in said if not _is_one_off(each)]
    return tuple(sorted(found, key=lambda each: each.created, reverse=True))


def _container(said: Mapping[str, Any]) -> Container:
    config, host, state = said["Config"], said["HostConfig"], said["State"]
    labels = config.get("Labels") or {}
    folder = labels.get(_FOLDER, "")
    command = [*_words(config.get("Entrypoint")), *_words(config.get("Cmd"))]
    return Container(
        id=said["Id"],
        name=said["Name"].lstrip("/"),
        image=config.get("Image", ""),
        image_id=_with_kind(said["Image"]),
        project=labels.get(PROJECT, ""),
        service=labels.get(SERVICE, ""),
        folder=folder,
        files=tuple(posixpath.normpath(posixpath.join(folder, each)) for each in labels.get(_FILES, "").split(",")),
        command=tuple(command),
        variables=tuple(config.get("Env") or ()),
        mounts=tuple(_mount(each) for each in said.get("Mounts") or () if each.get("Source")),
        ports=_ports(host.get("PortBindings") or {}),
        network=host.get("NetworkMode", "default"),
        running=bool(state.get("Running")),
        pid=int(state.get("Pid") or 0),
        started=str(state.get("StartedAt", "")),
        exit_status=int(state.get("ExitCode") or 0),
        restarts=int(said.get("RestartCount") or 0),
        restart=_policy(host.get("RestartPolicy") or {}),
        user=config.get("User", ""),
        workdir=config.get("WorkingDir", ""),
        created=str(said.get("Created", "")),
        read_only=bool(host.get("ReadonlyRootfs")),
        tmpfs=tuple(host.get("Tmpfs") or ()),
        health=str((state.get("Health") or {}).get("Status", "")),
        podman="OCIRuntime" in said,
    )


def _policy(said: Mapping[str, Any]) -> str:
    """As `--restart` takes it: `on-failure:3`."""
    name, most = said.get("Name") or "no", said.get("MaximumRetryCount") or 0
    return f"{name}:{most}" if name == "on-failure" and most else str(name)


def _with_kind(image: str) -> str:
    """podman leaves the `sha256:` out."""
    return image if ":" in image else f"sha256:{image}"


def _words(said: Any) -> list[str]:
    return said.split() if isinstance(said, str) else [str(each) for each in said or ()]


def _mount(said: Mapping[str, Any]) -> Mount:
    volume = said.get("Name", "") if said.get("Type") == "volume" else ""
    return Mount(said["Source"], posixpath.normpath(said["Destination"]), bool(said.get("RW", True)), volume)


def _ports(bindings: Mapping[str, Any]) -> dict[int, tuple[str, int]]:
    found: dict[int, tuple[str, int]] = {}
    for inside, outside in bindings.items():
        number, _, kind = inside.partition("/")
        for each in outside or ():
            if kind in ("", "tcp") and str(each.get("HostPort", "")).isdecimal():
                address = each.get("HostIp") or ""
                found[int(number)] = (
                    "127.0.0.1" if address in ("", "0.0.0.0", "::") else address,
                    int(each["HostPort"]),
                )
    return found


def _is_one_off(said: Mapping[str, Any]) -> bool:
    labels = (said.get("Config") or {}).get("Labels") or {}
    return str(labels.get(ONE_OFF, "")).lower() == "true"
