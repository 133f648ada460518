"""Generates the cases of a story, tries each, and tallies what was wrong afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from signal import SIGTERM
from typing import assert_never

from clawupgrade.testing.composed import starts_at_boot
from clawupgrade.testing.faults import CRASHES, Fault, Way
from clawupgrade.testing.machine import Machine
from clawupgrade.testing.world import Still
from crash.ends import Ends, complaints, is_committed
from crash.stories import STORIES, Story
from crash.trial import broken, ends_of, film, film_recovery, reboot, run, survive

_AFTERMATHS = ("killed", "power cut", "power cut, no boot units")


class Kind(StrEnum):
    """What is generated."""

    SINGLE = "single faults"
    SIGNALS = "signals"
    CRASHES = "crashes"
    SECOND = "second crashes"
    SECOND_TROUBLES = "second troubles"


@dataclass(frozen=True, slots=True)
class Case:
    """One try, and what was wrong in the end; "" for nothing."""

    label: str
    wrong: str


@dataclass(frozen=True, slots=True)
class Tally:
    """All tries of one kind over one story."""

    story: str
    cases: int
    wrong: tuple[str, ...]


def single_faults(story: Story, ends: Ends) -> Iterator[Case]:
    """Every effect of the run × every way in which it can go wrong, the machine killed or without power.

    A crash after an effect is left out, except the last one: it is the crash before the next effect.
    """
    stills = film(story)
    for number, still in enumerate(stills):
        if still.way is not Way.AFTER or number == len(stills) - 1:
            yield _crashed(story, ends, still, _AFTERMATHS[0])
            yield _crashed(story, ends, still, _AFTERMATHS[1 + number % 2])
    for fault, name in _troubles(story):
        yield _settled(story, ends, broken(story, fault), f"{fault.way}: {name}")


def all_crashes(story: Story, ends: Ends) -> Iterator[Case]:
    """Every crash, also those after an effect, with every aftermath."""
    for still in film(story):
        for aftermath in _AFTERMATHS:
            yield _crashed(story, ends, still, aftermath)


def signals(story: Story, ends: Ends) -> Iterator[Case]:
    """SIGTERM reaches the run before each of its effects; nothing crashes."""
    for number in range(len(_effects(story))):
        machine = story.machine.fork()
        run(story, machine, signal=SIGTERM, since=number)
        committed = is_committed(story, machine)
        yield Case(f"SIGTERM at {number}", "; ".join(complaints(story, ends, machine, committed=committed)))


def second_crashes(story: Story, ends: Ends, every: int) -> Iterator[Case]:
    """A crash at every effect of the recovery from a crash at every effect, recovered again.

    every: only each n-th pair is tried, in a fixed order.
    """
    number = 0
    for first in film(story):
        if first.way is Way.AFTER:
            continue
        for second in film_recovery(story, Machine(first.world)):
            number += second.way is not Way.AFTER
            if second.way is not Way.AFTER and number % every == 0:
                case = _crashed(story, ends, second, _AFTERMATHS[number // every % 2])
                yield Case(f"{first.way}: {first.effect}, then {case.label}", case.wrong)


def second_troubles(story: Story, ends: Ends) -> Iterator[Case]:
    """Every effect of the recovery from a crash at every effect goes wrong without a crash."""
    for first in film(story):
        if first.way is Way.AFTER:
            continue
        committed = is_committed(story, Machine(first.world))
        probe = Machine(first.world).fork()
        survive(story, probe)
        for effect in probe.world.faults.seen:
            for way in (way for way in effect.ways if way not in CRASHES):
                machine = Machine(first.world).fork(Fault(effect.number, way))
                survive(story, machine)
                wrong = "; ".join(complaints(story, ends, machine, committed=committed))
                yield Case(f"{first.way}: {first.effect}, then {way}: {effect.name}", wrong)


def tally(name: str, kind: Kind, every: int = 1) -> Tally:
    """Try all cases of one kind; `every` thins out the pairs of crashes."""
    story = STORIES[name]()
    ends = ends_of(story)
    match kind:
        case Kind.SINGLE:
            cases = single_faults(story, ends)
        case Kind.CRASHES:
            cases = all_crashes(story, ends)
        case Kind.SIGNALS:
            cases = signals(story, ends)
        case Kind.SECOND:
            cases = second_crashes(story, ends, every)
        case Kind.SECOND_TROUBLES:
            cases = second_troubles(story, ends)
        case _:
            assert_never(kind)
    number, wrong = 0, list[str]()
    for case in cases:
        number += 1
        if case.wrong:
            wrong.append(f"{case.label} → {case.wrong[:400]}")
    return Tally(name, number, tuple(wrong))


def _crashed(story: Story, ends: Ends, still: Still, aftermath: str) -> Case:
    machine = Machine(still.world).fork()
    owed, served = None, ""
    committed = is_committed(story, machine)
    if aftermath != _AFTERMATHS[0]:
        # A container needs no unit: it is held.
        is_unguarded = aftermath == _AFTERMATHS[2] and not machine.world.container
        owed = len(machine.world.heard) if is_unguarded else None
        reboot(story, machine, with_units=aftermath == _AFTERMATHS[1])
        served = "" if committed else _served_too_early(story, machine)
    survive(story, machine)
    found = complaints(story, ends, machine, committed=committed, owed=owed)
    wrong = "; ".join(each for each in (served, *found) if each)
    return Case(f"{still.way}: {still.effect}, {aftermath}", wrong)


def _served_too_early(story: Story, machine: Machine) -> str:
    """What an engine starts at boot before anybody has recovered, though nobody has vouched for it; "" for nothing."""
    composed = story.plan.install.service.composed
    if composed is None or machine.world.container == composed.image_id or not starts_at_boot(machine.world):
        return ""
    return f"the boot starts the container of {machine.world.container}, which was not committed"


def _settled(story: Story, ends: Ends, machine: Machine, label: str) -> Case:
    committed = is_committed(story, machine)
    survive(story, machine)
    return Case(label, "; ".join(complaints(story, ends, machine, committed=committed)))


def _troubles(story: Story) -> Iterator[tuple[Fault, str]]:
    for number, ways, name in _effects(story):
        for way in ways:
            if way not in CRASHES:
                yield Fault(number, way), name


def _effects(story: Story) -> list[tuple[int, tuple[Way, ...], str]]:
    machine = story.machine.fork()
    run(story, machine)
    return [(effect.number, effect.ways, effect.name) for effect in machine.world.faults.seen]
