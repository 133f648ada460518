"""The seam between what is decided and the world. The core gets a `Host`; it never builds one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clawupgrade.lazily import exporter

if TYPE_CHECKING:
    from clawupgrade.ports.clock import Clock, Fence
    from clawupgrade.ports.clones import Clones
    from clawupgrade.ports.commands import Command, Commands, Completed
    from clawupgrade.ports.containers import Containers
    from clawupgrade.ports.databases import Databases
    from clawupgrade.ports.events import Event
    from clawupgrade.ports.files import LEFTOVERS, Files
    from clawupgrade.ports.gateways import Gateways
    from clawupgrade.ports.host import Host, as_it_is, nobody
    from clawupgrade.ports.images import Images
    from clawupgrade.ports.processes import Process, Processes
    from clawupgrade.ports.secrets import Secrets
    from clawupgrade.ports.services import Services, ServiceState
    from clawupgrade.ports.snapshots import Snapshots

__all__ = [
    "LEFTOVERS",
    "Clock",
    "Clones",
    "Command",
    "Commands",
    "Completed",
    "Containers",
    "Databases",
    "Event",
    "Fence",
    "Files",
    "Gateways",
    "Host",
    "Images",
    "Process",
    "Processes",
    "Secrets",
    "ServiceState",
    "Services",
    "Snapshots",
    "as_it_is",
    "nobody",
]

_HOMES = {
    "clawupgrade.ports.clock": (
        "Clock",
        "Fence",
    ),
    "clawupgrade.ports.clones": ("Clones",),
    "clawupgrade.ports.commands": (
        "Command",
        "Commands",
        "Completed",
    ),
    "clawupgrade.ports.containers": ("Containers",),
    "clawupgrade.ports.databases": ("Databases",),
    "clawupgrade.ports.events": ("Event",),
    "clawupgrade.ports.files": (
        "LEFTOVERS",
        "Files",
    ),
    "clawupgrade.ports.gateways": ("Gateways",),
    "clawupgrade.ports.host": (
        "Host",
        "as_it_is",
        "nobody",
    ),
    "clawupgrade.ports.images": ("Images",),
    "clawupgrade.ports.processes": (
        "Process",
        "Processes",
    ),
    "clawupgrade.ports.secrets": ("Secrets",),
    "clawupgrade.ports.services": (
        "Services",
        "ServiceState",
    ),
    "clawupgrade.ports.snapshots": ("Snapshots",),
}

__getattr__ = exporter(__name__, _HOMES)
