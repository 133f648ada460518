"""Notices while the network is away, with a simulated clock: each way has each event exactly once, soon afterwards."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from clawupgrade.app.notifying import Channels, note, outbox_of, send_due
from clawupgrade.errors import Exit, FailedClean
from clawupgrade.model import Outcome, Report
from clawupgrade.policy.notices import Notice
from clawupgrade.testing.machine import Machine, born
from clawupgrade.testing.releases import Release

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
DAYS = timedelta(days=3)
NO_NETWORK = Report(
    Outcome.BUSY, int(Exit.BUSY), message="the registry cannot be asked: ENOTFOUND after 12 s", hint="check the network"
)
MACHINE = born([Release("2026.6.11")])


@dataclass
class Night:
    """A machine that is called once a minute. away: by channel, until when (minutes) it cannot be reached."""

    machine: Machine
    away: dict[str, int]
    heard: list[tuple[str, int, str]] = field(default_factory=list)
    tries: int = 0
    minute: int = 0

    def channels(self) -> Channels:
        return {name: self._way(name) for name in self.away}

    def _way(self, name: str) -> Callable[[Notice], None]:
        def send(notice: Notice) -> None:
            self.tries += 1
            if self.minute < self.away[name]:
                raise FailedClean(f"{name} did not take the notice")
            self.heard.append((name, self.minute, notice.key))

        return send

    def run(self) -> None:
        """A run that the network ends, as the nightly timer calls it."""
        note(self.machine.host(), self.machine.runs(), NO_NETWORK, place="host", when="change")
        self.tend()

    def tend(self) -> None:
        send_due(self.machine.host(), self.machine.runs(), self.channels(), DAYS)

    def pass_minutes(self, count: int) -> None:
        for _ in range(count):
            self.machine.world.time += 60
            self.minute += 1
            self.tend()


@given(st.integers(1, 300), st.integers(0, 300), st.integers(1, 4))
@settings(deadline=None, max_examples=40)
def test_exactly_one_notice_later_by_each_way_however_long_the_network_is_away(mail: int, hook: int, runs: int) -> None:
    """The run's whole time and the next hours; whatever is called again meanwhile meets the same trouble."""
    night = Night(MACHINE.fork(), {"mail": mail, "hook": hook})
    for _ in range(runs):
        night.run()
    night.pass_minutes(max(mail, hook) + 61)
    assert sorted(name for name, _, _ in night.heard) == ["hook", "mail"]
    for name, minute, _ in night.heard:
        assert night.away[name] <= minute <= night.away[name] + 60
    assert outbox_of(night.machine.runs()).waiting == ()
    assert night.tries <= 2 * 12, "seldom enough to be no burden"
    night.run()
    night.pass_minutes(120)
    assert len(night.heard) == 2, "the same trouble the next night is told already"


def test_what_could_not_be_sent_within_its_time_is_given_up() -> None:
    night = Night(MACHINE.fork(), {"mail": 10**9})
    night.run()
    night.pass_minutes(3 * 24 * 60 + 61)
    assert outbox_of(night.machine.runs()).waiting == ()
    assert night.heard == []


def test_a_week_later_the_same_trouble_is_told_again_and_after_a_good_night_at_once() -> None:
    night = Night(MACHINE.fork(), {"mail": 0})
    night.run()
    well = Report(Outcome.NOTHING_TO_DO, 0, message="2026.6.11 is the newest")
    note(night.machine.host(), night.machine.runs(), well, place="host", when="change")
    night.run()
    assert len(night.heard) == 2
    night.machine.world.time += 8 * 24 * 3600
    night.run()
    assert len(night.heard) == 3
