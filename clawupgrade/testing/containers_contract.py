"""What every container engine keeps to, the one in memory and a real daemon: run by the tests of both.

engine: with one serving project `found` of OLD; newer: an image of NEW that it has.
"""

from __future__ import annotations

from collections.abc import Callable

from clawupgrade.composed import Composed
from clawupgrade.openclaw import argv
from clawupgrade.ports import Command, Containers

OLD, NEW = "2026.6.11", "2026.9.6"


def the_container_and_its_image_are_seen(engine: Containers, found: Composed, newer: str) -> None:
    """What runs is seen, and tells which OpenClaw it holds."""
    seen = engine.look(found)
    assert seen is not None
    assert seen.running
    assert seen.is_gateway
    assert seen.image_id == found.image_id
    facts = engine.facts(found)
    assert facts is not None
    assert (facts.name, facts.version) == ("openclaw", OLD)
    assert found.outside(facts.config) is not None


def a_name_leads_to_one_image_until_it_is_taken_away(engine: Containers, found: Composed, newer: str) -> None:
    """Names are given and taken as often as one likes."""
    name = f"{found.keep}:contract"
    engine.tag(found, newer, name)
    engine.tag(found, newer, name)
    there, same = engine.image(found, name), engine.image(found, newer)
    assert there is not None
    assert same is not None
    assert there.id == same.id
    facts = engine.facts(found, name)
    assert facts is not None
    assert facts.version == NEW
    engine.untag(found, name)
    engine.untag(found, name)
    assert engine.image(found, name) is None
    assert engine.image(found, newer) is not None


def a_one_shot_container_runs_its_images_openclaw(engine: Containers, found: Composed, newer: str) -> None:
    """A one-shot container of the newer image, and a command beside the older gateway."""
    facts = engine.facts(found)
    assert facts is not None
    command = Command(argv.version(facts.node, facts.entry), wall=120.0)
    done = engine.run(found, newer, command)
    assert done.ok
    assert NEW in done.out
    beside = engine.execute(found, command)
    assert beside.ok
    assert OLD in beside.out


def nothing_of_ours_runs_once_it_was_ended_however_often(engine: Containers, found: Composed, newer: str) -> None:
    """Ending is idempotent."""
    engine.end(found)
    engine.end(found)
    assert engine.canary_words(found) == () or engine.canary_status(found) is not None


CONTRACT: tuple[Callable[[Containers, Composed, str], None], ...] = (
    the_container_and_its_image_are_seen,
    a_name_leads_to_one_image_until_it_is_taken_away,
    a_one_shot_container_runs_its_images_openclaw,
    nothing_of_ours_runs_once_it_was_ended_however_often,
)
"""All of it, in an order that leaves the gateway serving."""
