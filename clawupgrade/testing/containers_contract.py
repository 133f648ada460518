"""What every container engine keeps to, the one in memory and a real daemon: run by the tests of both.

host: with one serving project `found` of OLD; newer: an image of NEW that its engine has. Of what happens at boot:
service is that project's, with a place to pin an image in; power_cycle takes power away and brings it back.
"""

from __future__ import annotations

from collections.abc import Callable

from clawupgrade.composed import Composed
from clawupgrade.containers.pinning import override_text
from clawupgrade.model import Service
from clawupgrade.openclaw import argv
from clawupgrade.ports import Command, Host

OLD, NEW = "2026.6.11", "2026.9.6"


def the_container_and_its_image_are_seen(host: Host, found: Composed, newer: str) -> None:
    """What runs is seen, and tells which OpenClaw it holds."""
    seen = host.containers.look(found)
    assert seen is not None
    assert seen.running
    assert seen.is_gateway
    assert seen.image_id == found.image_id
    facts = host.containers.facts(found)
    assert facts is not None
    assert (facts.name, facts.version) == ("openclaw", OLD)
    assert found.outside(facts.config) is not None


def a_name_leads_to_one_image_until_it_is_taken_away(host: Host, found: Composed, newer: str) -> None:
    """Names are given and taken as often as one likes."""
    name = f"{found.keep}:contract"
    host.images.tag(found, newer, name)
    host.images.tag(found, newer, name)
    there, same = host.images.find(found, name), host.images.find(found, newer)
    assert there is not None
    assert same is not None
    assert there.id == same.id
    facts = host.containers.facts(found, name)
    assert facts is not None
    assert facts.version == NEW
    host.images.untag(found, name)
    host.images.untag(found, name)
    assert host.images.find(found, name) is None
    assert host.images.find(found, newer) is not None


def a_one_shot_container_runs_its_images_openclaw(host: Host, found: Composed, newer: str) -> None:
    """A one-shot container of the newer image, and a command beside the older gateway."""
    facts = host.containers.facts(found)
    assert facts is not None
    command = Command(argv.version(facts.node, facts.entry), wall=120.0)
    done = host.containers.run(found, newer, command)
    assert done.ok
    assert NEW in done.out
    beside = host.containers.execute(found, command)
    assert beside.ok
    assert OLD in beside.out


def nothing_of_ours_runs_once_it_was_ended_however_often(host: Host, found: Composed, newer: str) -> None:
    """Ending is idempotent."""
    host.containers.end(found)
    host.containers.end(found)
    assert host.containers.canary_words(found) == () or host.containers.canary_status(found) is not None


def what_serves_is_started_at_boot(host: Host, service: Service, newer: str, power_cycle: Callable[[], None]) -> None:
    """By its policy, whichever of the two it is."""
    assert _found(service).restart in ("always", "unless-stopped")
    power_cycle()
    assert host.services.look(service).active


def what_was_stopped_is_started_at_boot_where_it_always_is(
    host: Host, service: Service, newer: str, power_cycle: Callable[[], None]
) -> None:
    """A stop by hand holds back `unless-stopped` alone."""
    host.services.stop(service, 30.0)
    power_cycle()
    assert host.services.look(service).active is (_found(service).restart == "always")
    host.services.start(service, 60.0)


def what_is_held_is_not_started_at_boot_until_it_is_let_go(
    host: Host, service: Service, newer: str, power_cycle: Callable[[], None]
) -> None:
    """Whether it ran when the power went, or had been stopped; holding is idempotent, and so is letting go."""
    found = _found(service)
    for stops in (False, True):
        host.services.enable(service, False)
        host.services.enable(service, False)
        if stops:
            host.services.stop(service, 30.0)
        power_cycle()
        assert not host.services.look(service).active
        assert _policy(host, found) == "no"
        host.services.start(service, 60.0)
        host.services.enable(service, True)
        host.services.enable(service, True)
        assert _policy(host, found) == found.restart
    power_cycle()
    assert host.services.look(service).active


def what_was_made_anew_is_started_by_nobody_and_can_be_held_before_its_first_start(
    host: Host, service: Service, newer: str, power_cycle: Callable[[], None]
) -> None:
    """It has the policy of the compose file; once it was started and held, a boot leaves it alone."""
    found = _found(service)
    host.services.stop(service, 30.0)
    host.files.write(found.pin, override_text(found.service, newer, NEW), mode=0o644)
    made = host.containers.create(found)
    assert made.image_id != found.image_id
    assert made.restart == found.restart
    power_cycle()
    assert not host.services.look(service).active
    host.services.enable(service, False)
    host.services.start(service, 60.0)
    power_cycle()
    seen = host.containers.look(found)
    assert seen is not None
    assert (seen.running, seen.restart, seen.image_id) == (False, "no", made.image_id)
    host.files.remove(found.pin)
    host.services.start(service, 60.0)
    assert _policy(host, found) == found.restart


def _policy(host: Host, found: Composed) -> str:
    seen = host.containers.look(found)
    return seen.restart if seen is not None else ""


def _found(service: Service) -> Composed:
    assert service.composed is not None
    return service.composed


CONTRACT: tuple[Callable[[Host, Composed, str], None], ...] = (
    the_container_and_its_image_are_seen,
    a_name_leads_to_one_image_until_it_is_taken_away,
    a_one_shot_container_runs_its_images_openclaw,
    nothing_of_ours_runs_once_it_was_ended_however_often,
)
"""All of it, in an order that leaves the gateway serving."""

AT_BOOT: tuple[Callable[[Host, Service, str, Callable[[], None]], None], ...] = (
    what_serves_is_started_at_boot,
    what_was_stopped_is_started_at_boot_where_it_always_is,
    what_is_held_is_not_started_at_boot_until_it_is_let_go,
    what_was_made_anew_is_started_by_nobody_and_can_be_held_before_its_first_start,
)
"""The same for what happens at boot."""
