"""All of the ports together: one machine, as the core sees it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from clawupgrade.ports.clock import Clock, Fence
    from clawupgrade.ports.clones import Clones
    from clawupgrade.ports.commands import Commands
    from clawupgrade.ports.containers import Containers
    from clawupgrade.ports.databases import Databases
    from clawupgrade.ports.events import Event
    from clawupgrade.ports.files import Files
    from clawupgrade.ports.gateways import Gateways
    from clawupgrade.ports.images import Images
    from clawupgrade.ports.processes import Processes
    from clawupgrade.ports.secrets import Secrets
    from clawupgrade.ports.services import Services
    from clawupgrade.ports.snapshots import Snapshots


def nobody(question: str) -> bool:
    """Nobody is there to say yes."""
    return False


def as_it_is(text: str) -> str:
    """The text, where nothing has to be kept out of it."""
    return text


class Host(Struct, frozen=True):
    """One machine, as the core sees it. veil: a line without secrets, for whatever is shown or kept."""

    commands: Commands
    files: Files
    services: Services
    processes: Processes
    gateways: Gateways
    secrets: Secrets
    snapshots: Snapshots
    databases: Databases
    clones: Clones
    containers: Containers
    images: Images
    clock: Clock
    fence: Fence
    say: Callable[[Event], None]
    ask: Callable[[str], bool] = nobody
    veil: Callable[[str], str] = as_it_is
