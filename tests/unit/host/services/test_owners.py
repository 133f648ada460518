"""Each service goes to its owner."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from clawupgrade.errors import StepFailed
from clawupgrade.host.services import Owners
from clawupgrade.model import Owner, Service
from clawupgrade.ports import ServiceState

NOW = datetime(2026, 11, 23, tzinfo=UTC)


class Noted:
    """Takes every call and remembers its name."""

    def __init__(self) -> None:
        self.calls: list[str] = []

    def look(self, service: Service) -> ServiceState:
        self.calls.append("look")
        return ServiceState(True)

    def words(self, *_: object) -> tuple[str, ...]:
        self.calls.append("words")
        return ("said",)

    def __getattr__(self, name: str) -> object:
        return lambda *_: self.calls.append(name)


def _all(owners: Owners, owner: Owner) -> None:
    service = Service(owner, "x")
    owners.look(service)
    owners.stop(service, 1)
    owners.start(service, 1)
    owners.reload(service)
    owners.enable(service, True)
    owners.words(service, NOW)


@pytest.mark.parametrize("owner", [Owner.SYSTEMD_USER, Owner.SYSTEMD_SYSTEM])
def test_units_go_to_systemd(owner: Owner) -> None:
    systemd, process = Noted(), Noted()
    _all(Owners(systemd, process, Noted()), owner)  # type: ignore[arg-type]
    assert systemd.calls == ["look", "stop", "start", "reload", "enable", "words"]
    assert process.calls == []


def test_processes_have_no_definition_to_reload() -> None:
    systemd, process = Noted(), Noted()
    _all(Owners(systemd, process, Noted()), Owner.PROCESS)  # type: ignore[arg-type]
    assert process.calls == ["look", "stop", "start", "words"]
    assert systemd.calls == []


def test_a_compose_project_is_its_services_owner() -> None:
    systemd, process, compose = Noted(), Noted(), Noted()
    _all(Owners(systemd, process, compose), Owner.COMPOSE)  # type: ignore[arg-type]
    assert compose.calls == ["look", "stop", "start", "enable", "words"]
    assert systemd.calls == process.calls == []


def test_nobodys_gateway_is_stopped_and_cannot_be_started() -> None:
    owners = Owners(Noted(), Noted(), Noted())  # type: ignore[arg-type]
    nobody = Service(Owner.NONE)
    owners.stop(nobody, 1)
    assert owners.look(nobody).active is False
    assert owners.words(nobody, NOW) == ()
    with pytest.raises(StepFailed, match="no owner"):
        owners.start(nobody, 1)
