"""Gateways as services of their owners."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from msgspec import Struct

if TYPE_CHECKING:
    from datetime import datetime

    from clawupgrade.model import Service


class ServiceState(Struct, frozen=True):
    """How a service is now. `active` is None where the owner cannot be asked.

    cpu: seconds of processor time so far, None where nobody counts; a start that says nothing for
    minutes (2026.4.29: 477 s) still computes. failed: it ended by itself, and its owner has given it up.
    """

    active: bool | None
    main_pid: int | None = None
    words: str = ""
    exit_status: int | None = None
    restarts: int = 0
    cpu: float | None = None
    failed: bool = False


class Services(Protocol):
    """Starts and stops gateways through their owners."""

    def look(self, service: Service) -> ServiceState:
        """How it is. Unknown is an answer."""
        ...

    def stop(self, service: Service, limit: float) -> None:
        """Ask its owner to stop it, and wait. Stopping what is stopped is fine. Raises StepFailed."""
        ...

    def start(self, service: Service, limit: float) -> None:
        """Ask its owner to start it; comes back when the owner has taken it on. Raises StepFailed."""
        ...

    def reload(self, service: Service) -> None:
        """Have the owner read its definition files again."""
        ...

    def enable(self, service: Service, enabled: bool) -> None:
        """Whether it starts by itself at boot, and of a container in which way it did when it was found.

        Raises StepFailed.
        """
        ...

    def words(self, service: Service, since: datetime) -> tuple[str, ...]:
        """The last lines that the gateway said since then (at most 40), secrets scrubbed."""
        ...
