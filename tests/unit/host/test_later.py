"""Adapters that wait until they are asked."""

from __future__ import annotations

from clawupgrade.host.later import at_once, later


class Adapter:
    def __init__(self, made: list[Adapter]) -> None:
        self.asked = 0
        made.append(self)

    def ask(self, more: int) -> int:
        self.asked += more
        return self.asked


def test_it_is_made_once_and_not_before_it_is_asked() -> None:
    made: list[Adapter] = []
    port = later(lambda: Adapter(made))
    assert not made
    assert (port.ask(1), port.ask(2)) == (1, 3)
    assert len(made) == 1


def test_at_once_it_is_there_before_anything_begins() -> None:
    made: list[Adapter] = []
    assert at_once(lambda: Adapter(made)) is made[0]
