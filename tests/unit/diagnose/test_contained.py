"""What the checklist says of a container, and in which colour."""

from __future__ import annotations

from msgspec.structs import replace

from clawupgrade.diagnose.contained import Contained, lines_of
from clawupgrade.diagnose.diagnosis import Colour

WELL = Contained("gateway", "/home/node/.openclaw", True, user=1000, owner=1000, pinned="OPENCLAW_GATEWAY_TOKEN")


def colours(found: Contained) -> dict[str, Colour]:
    """check → colour."""
    return {line.check: line.colour for line in lines_of(found)}


def test_a_container_that_a_rebuild_does_not_hurt_is_green() -> None:
    assert set(colours(WELL).values()) == {Colour.GREEN}


def test_state_in_the_containers_own_layer_is_red_before_the_next_rebuild() -> None:
    (line,) = [each for each in lines_of(replace(WELL, on_volume=False)) if each.check == "state"]
    assert line.colour is Colour.RED
    assert "init --compose" in line.cure


def test_a_build_that_onboards_is_red_unless_a_volume_keeps_another_token() -> None:
    assert colours(replace(WELL, onboarded=True, same_token=True))["build"] is Colour.RED
    assert colours(replace(WELL, onboarded=True, on_volume=False))["build"] is Colour.RED
    assert colours(replace(WELL, onboarded=True, same_token=False))["build"] is Colour.YELLOW


def test_a_second_container_on_the_state_and_a_strange_owner_are_named() -> None:
    found = colours(replace(WELL, sharing=("cli-1",), owner=0))
    assert (found["sharing"], found["user"]) == (Colour.YELLOW, Colour.RED)
    assert "user" not in colours(replace(WELL, user=0, owner=1000)), "root may write to everybody's"


def test_a_token_that_no_variable_gives_is_worth_a_note() -> None:
    assert colours(replace(WELL, pinned=""))["pin"] is Colour.YELLOW
