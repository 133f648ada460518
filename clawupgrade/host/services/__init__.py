"""The owners of gateways behind the one `Services` port."""

from __future__ import annotations

from datetime import datetime
from typing import assert_never

from clawupgrade.errors import StepFailed
from clawupgrade.host.services.compose import ComposeOwner
from clawupgrade.host.services.process import ProcessOwner
from clawupgrade.host.services.systemd import Systemd
from clawupgrade.model import Owner, Service
from clawupgrade.ports import ServiceState


class Owners:
    """The `Services` port: each service goes to its owner."""

    def __init__(self, systemd: Systemd, process: ProcessOwner, compose: ComposeOwner) -> None:
        self._systemd = systemd
        self._process = process
        self._compose = compose

    def look(self, service: Service) -> ServiceState:
        """How it is. Unknown is an answer."""
        match service.owner:
            case Owner.SYSTEMD_USER | Owner.SYSTEMD_SYSTEM:
                return self._systemd.look(service)
            case Owner.PROCESS:
                return self._process.look(service)
            case Owner.COMPOSE:
                return self._compose.look(service)
            case Owner.NONE:
                return ServiceState(False, words="no service is installed")
            case _:
                assert_never(service.owner)

    def stop(self, service: Service, limit: float) -> None:
        """Ask its owner to stop it, and wait. Raises StepFailed."""
        match service.owner:
            case Owner.SYSTEMD_USER | Owner.SYSTEMD_SYSTEM:
                self._systemd.stop(service, limit)
            case Owner.PROCESS:
                self._process.stop(service, limit)
            case Owner.COMPOSE:
                self._compose.stop(service, limit)
            case Owner.NONE:
                return
            case _:
                assert_never(service.owner)

    def start(self, service: Service, limit: float) -> None:
        """Ask its owner to start it. Raises StepFailed."""
        match service.owner:
            case Owner.SYSTEMD_USER | Owner.SYSTEMD_SYSTEM:
                self._systemd.start(service, limit)
            case Owner.PROCESS:
                self._process.start(service, limit)
            case Owner.COMPOSE:
                self._compose.start(service, limit)
            case Owner.NONE:
                raise StepFailed("the gateway has no owner that could start it")
            case _:
                assert_never(service.owner)

    def reload(self, service: Service) -> None:
        """Have the owner read its definition files again; only systemd has any."""
        match service.owner:
            case Owner.SYSTEMD_USER | Owner.SYSTEMD_SYSTEM:
                self._systemd.reload(service)
            case Owner.PROCESS | Owner.COMPOSE | Owner.NONE:
                return
            case _:
                assert_never(service.owner)

    def enable(self, service: Service, enabled: bool) -> None:
        """Whether it starts by itself at boot. Raises StepFailed."""
        match service.owner:
            case Owner.SYSTEMD_USER | Owner.SYSTEMD_SYSTEM:
                self._systemd.enable(service, enabled)
            case Owner.COMPOSE:
                self._compose.enable(service, enabled)
            case Owner.PROCESS | Owner.NONE:
                return
            case _:
                assert_never(service.owner)

    def words(self, service: Service, since: datetime) -> tuple[str, ...]:
        """The last lines that the gateway said since then, secrets scrubbed."""
        match service.owner:
            case Owner.SYSTEMD_USER | Owner.SYSTEMD_SYSTEM:
                return self._systemd.words(service, since)
            case Owner.PROCESS:
                return self._process.words(since)
            case Owner.COMPOSE:
                return self._compose.words(service, since)
            case Owner.NONE:
                return ()
            case _:
                assert_never(service.owner)
