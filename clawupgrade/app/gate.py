"""The gate before a run: asks the policy, waits where it says so; never asked once a run has begun."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo
from typing import assert_never

from msgspec import Struct, field
from msgspec.structs import replace

from clawupgrade.app.quarantine import entries
from clawupgrade.engine.runs import Runs
from clawupgrade.errors import Exit, signalled
from clawupgrade.model import Install, Outcome, Report, Request, Target
from clawupgrade.policy.decide import Candidate, Decision, Go, Moment, Skip, Wait, may_begin, may_disturb, may_go_to
from clawupgrade.policy.hold import KEPT_AS, hold_from
from clawupgrade.policy.quarantine import standing
from clawupgrade.policy.settings import Settings
from clawupgrade.policy.soak import KEPT_AS as SOAK
from clawupgrade.policy.soak import soak_from
from clawupgrade.ports import Event, Host
from clawupgrade.survey.activity import active_sessions

_LOOK_AGAIN = timedelta(minutes=1)


class Waited(Struct, frozen=True):
    """How a wait ended. skip: what forbids the run, or None. at_all: time has passed, the world may be another."""

    skip: Skip | None = None
    at_all: bool = False


class Gate(Struct, frozen=True):
    """What the operator wants of a run. key: names the installation among others, for its jitter.

    zone: of the windows. force: a person insists, nothing is asked. at_once: only the time does not count.
    hooks: the folder of the operator's hooks.
    """

    settings: Settings = field(default_factory=Settings)
    zone: tzinfo = UTC
    key: str = ""
    force: bool = False
    at_once: bool = False
    hooks: str = ""

    def wanted(self, request: Request) -> Request:
        """The request, at the pinned version where none was named."""
        pin = self.settings.pin
        return request if request.names_one or not pin or self.force else replace(request, to=pin)

    def await_turn(self, host: Host, runs: Runs, began: datetime) -> Waited:
        """Wait until a run may begin, for a command that was called at `began`."""
        return _await(host, lambda: self.turn(host, runs, began))

    def turn(self, host: Host, runs: Runs, began: datetime) -> Decision:
        """Whether a run may begin at this moment, for a command that was called at `began`."""
        if self.force:
            return Go()
        soak = soak_from(runs.kept(SOAK))
        if soak is not None and soak.confirm_by is not None:
            reason = f"{soak.version} waits until {soak.confirm_by:%Y-%m-%d %H:%M} UTC for somebody to confirm it"
            return Skip("unconfirmed", reason, "clawupgrade confirm, or clawupgrade rollback")
        folder = self.settings.when_inhibit
        moment = Moment(
            now=host.clock.now(),
            began=began,
            zone=self.zone,
            key=self.key,
            hold=hold_from(runs.kept(KEPT_AS)),
            inhibitors=host.files.names(folder) if folder else (),
        )
        return may_begin(self.settings, moment, at_once=self.at_once)

    def judge(self, host: Host, runs: Runs, request: Request, install: Install, target: Target) -> Skip | None:
        """What forbids this very version, or None."""
        if self.force:
            return None
        now = host.clock.now()
        candidate = Candidate(
            version=target.version,
            installed=install.package.version,
            published=_instant(target.published_at),
            is_explicit=request.names_one,
            quarantined=standing(entries(runs), target.version, now, self.settings.quarantine_for),
        )
        decision = may_go_to(self.settings, candidate, now)
        return decision if isinstance(decision, Skip) else None

    def await_idle(self, host: Host, install: Install, began: datetime) -> Waited:
        """Wait until no session is active. The gateway is only asked if that is wanted."""
        span = self.settings.when_idle
        if self.force or self.at_once or not span or not install.service.active:
            return Waited()

        def ask() -> Decision:
            return may_disturb(self.settings, active_sessions(host, install, span), host.clock.now(), began)

        return _await(host, ask)


OPEN = Gate()
"""No operator wants anything of a run."""


def skipped(skip: Skip, install: Install | None = None, target: str = "") -> Report:
    """The report of a run that was left for another time: exit 0, unless a signal ended the wait."""
    return Report(
        outcome=Outcome.SKIPPED,
        exit_code=Exit.OK if skip.signal is None else signalled(skip.signal),
        from_version=install.package.version if install else "",
        to_version=target,
        message=skip.reason,
        hint=skip.hint,
        reason=skip.code,
    )


def _await(host: Host, ask: Callable[[], Decision]) -> Waited:
    said = ""
    while True:
        decision = ask()
        match decision:
            case Go():
                return Waited(at_all=bool(said))
            case Skip():
                return Waited(decision, bool(said))
            case Wait(until, reason):
                if reason != said:
                    host.say(Event("note", text=reason))
                    said = reason
                # In short pieces: a hold may be set meanwhile, and the wall clock may be set right.
                host.clock.sleep(max(1.0, min(until - host.clock.now(), _LOOK_AGAIN).total_seconds()))
            case _:
                assert_never(decision)
        if (signal := host.fence.taken()) is not None:
            stopped = "stopped while it waited for its turn; nothing was touched"
            return Waited(Skip("signalled", stopped, signal=signal), True)


def _instant(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else None
