"""systemd, as it answers: states, waits, and words. What it really does is shown on real hosts."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from clawupgrade.errors import Refused, StepFailed
from clawupgrade.host.scrub import Scrub
from clawupgrade.host.services.systemd import Systemd
from clawupgrade.model import Account, Owner, Service
from clawupgrade.ports import Command, Completed

CLAW = Account("claw", 1500, 1500, "/home/claw")
USER = Service(Owner.SYSTEMD_USER, "openclaw-gateway.service")
SYSTEM = Service(Owner.SYSTEMD_SYSTEM, "openclaw-gateway.service")
NO_BUS = "Failed to connect to bus: No medium found\n"


class Clock:
    """Time that passes only by sleeping."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> datetime:
        return datetime(2026, 11, 23, tzinfo=UTC)

    def monotonic(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds


class Manager:
    """One unit in a manager that objects to verbs it does not know."""

    def __init__(self, **shown: str) -> None:
        self.shown = {
            "LoadState": "loaded",
            "ActiveState": "inactive",
            "SubState": "dead",
            "MainPID": "0",
            "Result": "success",
            "ExecMainStatus": "0",
            "ExecMainCode": "0",
            "NRestarts": "0",
            "StandardOutput": "journal",
        } | shown
        self.asked: list[Command] = []
        self.after: dict[str, Callable[[], None]] = {}
        self.fails = ""
        self.journal = ""

    @property
    def verbs(self) -> list[str]:
        known = ("show", "stop", "start", "reset-failed", "daemon-reload", "enable", "disable")
        return [
            next(word for word in each.argv if word in known) for each in self.asked if "journalctl" not in each.argv
        ]

    def run(self, command: Command, on_line: object = None) -> Completed:
        self.asked.append(command)
        if command.argv[0] == "journalctl":
            return Completed(0, self.journal, "", 0.0)
        if self.fails:
            return Completed(1, "", self.fails, 0.0)
        verb = self.verbs[-1]
        if verb == "show":
            self.after.pop("show", lambda: None)()
            return Completed(0, "".join(f"{k}={v}\n" for k, v in self.shown.items()), "", 0.0)
        assert verb not in ("start", "stop") or "--no-block" in command.argv
        self.after.pop(verb, lambda: None)()
        return Completed(0, "", "", 0.0)

    def detach(self, command: Command, log: str) -> int:
        raise AssertionError("systemd is never detached")

    def becomes(self, **shown: str) -> Callable[[], None]:
        return lambda: self.shown.update(shown)


def _systemd(manager: Manager, clock: Clock | None = None, scrub: Scrub | None = None) -> Systemd:
    return Systemd(manager, clock or Clock(), CLAW, scrub or Scrub())


@pytest.mark.parametrize(
    ("shown", "active"),
    [
        ("active", True),
        ("activating", True),
        ("reloading", True),
        ("deactivating", False),
        ("inactive", False),
        ("failed", False),
    ],
)
def test_a_unit_on_its_way_down_is_not_up(shown: str, active: bool) -> None:
    assert _systemd(Manager(ActiveState=shown)).look(USER).active is active


def test_what_systemd_says_is_kept() -> None:
    manager = Manager(
        ActiveState="activating",
        SubState="auto-restart",
        Result="exit-code",
        ExecMainStatus="78",
        ExecMainCode="1",
        NRestarts="5",
    )
    state = _systemd(manager).look(USER)
    assert (state.main_pid, state.exit_status, state.restarts) == (None, 78, 5)
    assert state.words == "activating (auto-restart), exit-code, status 78"


def test_the_number_of_a_signal_is_not_an_exit_status() -> None:
    assert _systemd(Manager(ExecMainCode="2", ExecMainStatus="9")).look(USER).exit_status is None


def test_a_manager_that_does_not_answer_is_unknown_not_down() -> None:
    manager = Manager()
    manager.fails = NO_BUS
    state = _systemd(manager).look(USER)
    assert state.active is None
    assert state.words == NO_BUS.strip()


def test_without_systemctl_it_is_unknown_too() -> None:
    class Bare(Manager):
        def run(self, command: Command, on_line: object = None) -> Completed:
            raise Refused("there is no program systemctl")

    assert _systemd(Bare()).look(USER).active is None


def test_the_user_manager_is_asked_as_the_account_and_the_systems_as_ourselves() -> None:
    manager = Manager()
    systemd = _systemd(manager)
    systemd.look(USER)
    systemd.look(SYSTEM)
    assert [("--user" in each.argv, each.account) for each in manager.asked] == [(True, CLAW), (False, None)]


def test_stop_waits_until_the_unit_is_down_and_its_process_gone() -> None:
    child = subprocess.Popen(["sleep", "60"])
    manager, clock = Manager(ActiveState="active", MainPID=str(child.pid)), Clock()
    manager.after["stop"] = manager.becomes(ActiveState="inactive", MainPID="0")
    ended_at: list[float] = []

    def sleep(seconds: float) -> None:
        clock.seconds += seconds
        if clock.seconds > 2 and not ended_at:
            child.kill()
            child.wait()
            ended_at.append(clock.seconds)

    clock.sleep = sleep  # type: ignore[method-assign]
    _systemd(manager, clock).stop(USER, 30)
    assert ended_at, "it came back while the main process still ran"


def test_stop_gives_up_in_words() -> None:
    manager = Manager(ActiveState="deactivating", SubState="stop-sigterm")
    with pytest.raises(StepFailed, match=r"did not stop within 5 s: deactivating \(stop-sigterm\)"):
        _systemd(manager).stop(USER, 5)


def test_start_clears_the_start_limit_first_and_waits_for_a_process() -> None:
    manager, clock = Manager(ActiveState="failed"), Clock()
    manager.after["start"] = manager.becomes(ActiveState="activating", MainPID="0")
    manager.after["show"] = manager.becomes(ActiveState="active", MainPID="77")
    _systemd(manager, clock).start(USER, 5)
    assert manager.verbs == ["reset-failed", "start", "show"]


def test_a_start_during_the_old_stop_is_not_taken_for_done() -> None:
    manager = Manager(ActiveState="deactivating", MainPID="77")
    with pytest.raises(StepFailed, match="was not started within 5 s"):
        _systemd(manager).start(USER, 5)


def test_how_an_earlier_stop_failed_is_not_how_the_start_failed() -> None:
    """Seen on a real host: a deaf unit is killed, is `failed` for a moment, and then starts as asked."""
    manager = Manager(ActiveState="failed", Result="timeout", Job="41")
    manager.after["show"] = lambda: manager.after.update(show=manager.becomes(ActiveState="active", MainPID="7"))
    _systemd(manager).start(USER, 5)
    assert manager.shown["MainPID"] == "7"


def test_a_start_that_failed_says_how() -> None:
    manager = Manager()
    manager.after["start"] = manager.becomes(
        ActiveState="failed", SubState="failed", Result="exit-code", ExecMainStatus="78"
    )
    with pytest.raises(StepFailed, match=r"did not start: failed .* status 78"):
        _systemd(manager).start(USER, 5)


def test_refusals_have_a_hint() -> None:
    manager = Manager()
    manager.fails = NO_BUS
    with pytest.raises(StepFailed) as caught:
        _systemd(manager).reload(USER)
    assert "linger" in caught.value.hint
    manager.fails = "Failed to reload daemon: Interactive authentication required.\n"
    with pytest.raises(StepFailed) as caught:
        _systemd(manager).reload(SYSTEM)
    assert "sudo" in caught.value.hint


def test_a_signal_is_not_blamed_on_systemd() -> None:
    class Signalled(Manager):
        def run(self, command: Command, on_line: object = None) -> Completed:
            return Completed(None, "", "", 0.0, "signal")

    with pytest.raises(StepFailed, match="a signal asked us to stop"):
        _systemd(Signalled()).enable(USER, True)


def test_enable_and_disable() -> None:
    manager = Manager()
    systemd = _systemd(manager)
    systemd.enable(USER, True)
    systemd.enable(USER, False)
    assert manager.verbs == ["enable", "disable"]
    assert all("--now" not in each.argv for each in manager.asked)


def test_words_come_from_the_journal_scrubbed() -> None:
    manager = Manager()
    manager.journal = "".join(f"line {n}\n" for n in range(50)) + "token=0123456789abcdef\n"
    words = _systemd(manager).words(USER, datetime(2026, 11, 23, tzinfo=UTC))
    assert len(words) == 40
    assert words[-1] == "token=***"
    assert "@1795392000" in manager.asked[0].argv


def test_words_come_from_the_units_file_where_the_journal_is_closed(tmp_path: Path) -> None:
    (tmp_path / "log").write_text("it failed\n")
    manager = Manager(StandardOutput=f"append:{tmp_path}/log")
    assert _systemd(manager).words(USER, datetime(2020, 1, 1, tzinfo=UTC)) == ("it failed",)
