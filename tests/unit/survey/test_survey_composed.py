"""A Compose project read as an installation, on a machine in memory."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from clawupgrade.errors import Refused
from clawupgrade.model import Owner
from clawupgrade.survey.composed import choose_composed, find_composed, survey_composed
from clawupgrade.testing.composed import FILE, FOLDER, PIN
from clawupgrade.testing.machine import Machine, born
from clawupgrade.testing.plans import request_for
from clawupgrade.testing.releases import Release

OLD = Release("2026.6.11", schema=3)


def contained() -> Machine:
    """A machine whose gateway runs in a container."""
    return born((OLD,), contained=True)


def obstacles(machine: Machine, **wishes: object) -> list[str]:
    """What forbids a change."""
    request = replace(request_for(machine), **wishes)  # type: ignore[arg-type]
    found = choose_composed(find_composed(machine.host(), request))
    return [message for message, _ in survey_composed(machine.host(), request, found).obstacles]


def test_it_is_an_installation_whose_state_lies_here_and_whose_package_lies_inside() -> None:
    machine = contained()
    request = request_for(machine)
    install = survey_composed(machine.host(), request, choose_composed(find_composed(machine.host(), request)))
    assert install.package.version == OLD.version
    assert install.state_dir == machine.world.layout.state_dir
    assert install.service.owner is Owner.COMPOSE
    assert install.service.composed is not None
    assert install.service.composed.pin == PIN
    assert install.credential is not None
    assert install.credential.place == machine.world.layout.config_path
    assert obstacles(machine) == []


def test_an_override_of_ones_own_is_not_written_unless_the_compose_file_may_be() -> None:
    machine = contained()
    machine.world.disk.put_text(PIN, "services: {gateway: {ports: []}}\n")
    machine.world.disk.delete(PIN.replace(".override", ".gone"))
    (why,) = obstacles(machine)
    assert "no place to pin the image" in why
    assert obstacles(machine, write=True) == []


def test_a_compose_file_that_is_gone_is_told_before_anything_stops() -> None:
    machine = contained()
    machine.world.disk.delete(FILE)
    assert any(f"the compose file {FILE}" in why for why in obstacles(machine))


def test_of_several_gateways_one_has_to_be_named() -> None:
    machine = contained()
    (one,) = find_composed(machine.host(), request_for(machine))
    with pytest.raises(Refused, match="2 gateways of OpenClaw") as refusal:
        choose_composed((one, replace(one, service="other")))
    assert f"--compose {FOLDER} --service gateway" in refusal.value.hint
    with pytest.raises(Refused, match="no Compose project"):
        choose_composed(())
