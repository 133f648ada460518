"""The gateway's service, and who starts and stops it."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from clawupgrade.composed import Composed


class Owner(StrEnum):
    """Who starts and stops the gateway."""

    SYSTEMD_USER = "systemd-user"
    SYSTEMD_SYSTEM = "systemd-system"
    PROCESS = "process"
    COMPOSE = "compose"
    NONE = "none"


class Service(Struct, frozen=True):
    """The gateway's service as it was found, and the files that define it.

    `environment` holds names only: values may be secrets. composed: where a Compose project is the owner.
    """

    owner: Owner
    name: str = ""
    files: tuple[str, ...] = ()
    argv: tuple[str, ...] = ()
    environment: tuple[str, ...] = ()
    active: bool = False
    enabled: bool = False
    main_pid: int | None = None
    composed: Composed | None = None
