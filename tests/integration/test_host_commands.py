"""Real children: every way in which one may not end, and what is left of it afterwards."""

from __future__ import annotations

import fcntl
import os
import pwd
import resource
import signal
import sys
import threading
import time
from pathlib import Path

import psutil
import pytest

from clawupgrade.errors import Refused
from clawupgrade.host import watched as module
from clawupgrade.host.children import Children
from clawupgrade.host.commands import LocalCommands
from clawupgrade.host.scrub import Scrub
from clawupgrade.model import Account
from clawupgrade.ports import Command, Completed

DAEMON = """
import os, sys, time
if os.fork(): os._exit(0)
os.setsid()
if os.fork(): os._exit(0)
open(sys.argv[1], "w").write(str(os.getpid()))
time.sleep(60)
"""


class OpenFence:
    def __init__(self) -> None:
        self.signal: int | None = None
        self.is_shut = False

    def taken(self) -> int | None:
        return None if self.is_shut else self.signal

    def shut(self) -> None:
        self.is_shut = True


@pytest.fixture
def fence() -> OpenFence:
    return OpenFence()


@pytest.fixture
def own() -> Account:
    entry = pwd.getpwuid(os.geteuid())
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid, entry.pw_dir)


@pytest.fixture
def children(tmp_path: Path) -> Children:
    return Children(tmp_path / "children")


@pytest.fixture
def commands(fence: OpenFence, own: Account, children: Children) -> LocalCommands:
    return LocalCommands(fence=fence, own=own, caller=os.environ, scrub=Scrub(), children=children)


@pytest.fixture
def short_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_GRACE", 0.5)


def _shell(script: str, *words: str, **limits: float) -> Command:
    return Command(("bash", "-c", script, "bash", *words), cwd="/", **limits)  # type: ignore[arg-type]


def _timed(commands: LocalCommands, command: Command) -> tuple[Completed, float]:
    began = time.monotonic()
    return commands.run(command), time.monotonic() - began


def _alive(pid: int) -> bool:
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


def _gone(pid: int) -> bool:
    until = time.monotonic() + 30
    while _alive(pid) and time.monotonic() < until:
        time.sleep(0.02)
    return not _alive(pid)


def test_status_and_both_streams(commands: LocalCommands) -> None:
    done = commands.run(_shell("echo out; echo err >&2; exit 3"))
    assert (done.rc, done.out, done.err, done.ended_by, done.ok) == (3, "out\n", "err\n", "", False)
    assert commands.run(_shell("kill -9 $$")).rc == -signal.SIGKILL


def test_a_missing_program_is_refused(commands: LocalCommands) -> None:
    with pytest.raises(Refused):
        commands.run(Command(("no-such-program-here",), cwd="/"))


def test_a_stranger_who_holds_the_pipe_is_not_waited_for(commands: LocalCommands, tmp_path: Path) -> None:
    """plumbum's timeout=1 came back after 31.7 s on this."""
    script = 'setsid sleep 60 & echo $! > "$1"; echo out'
    done, seconds = _timed(commands, _shell(script, str(tmp_path / "pid")))
    stranger = int((tmp_path / "pid").read_text())
    assert (done.rc, done.out) == (0, "out\n")
    assert seconds < 3
    os.kill(stranger, signal.SIGKILL)


def test_a_daemon_is_left_alone(commands: LocalCommands, tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    done, seconds = _timed(commands, Command((sys.executable, "-c", DAEMON, str(pid_file)), cwd="/"))
    assert done.ok
    assert seconds < 5
    until = time.monotonic() + 30
    while not (pid_file.exists() and pid_file.read_text()) and time.monotonic() < until:
        time.sleep(0.02)
    daemon = int(pid_file.read_text())
    assert _alive(daemon), "it left its session on purpose"
    os.kill(daemon, signal.SIGKILL)


@pytest.mark.usefixtures("short_grace")
def test_a_daemon_is_ended_where_the_whole_of_a_command_is_to_end(
    own: Account, fence: OpenFence, tmp_path: Path
) -> None:
    """Deaf to SIGTERM, in a session of its own, adopted by init, and with the run's lock in its hands."""
    script = """setsid sh -c 'trap "" TERM HUP; echo $$ > "$0"; exec sleep 60' "$1" & sleep 0.3"""
    lock = os.open(tmp_path / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(lock, fcntl.LOCK_EX)
    commands = LocalCommands(fence=fence, own=own, caller=os.environ, scrub=Scrub(), lock=lock)
    done = commands.run(Command(("bash", "-c", script, "bash", str(tmp_path / "pid")), cwd="/", whole=True))
    assert done.ok
    assert _gone(int((tmp_path / "pid").read_text()))
    os.close(lock)
    with (tmp_path / "lock").open("r+") as other:
        fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_what_stays_in_the_session_is_ended_with_the_child(commands: LocalCommands, tmp_path: Path) -> None:
    done, seconds = _timed(commands, _shell('sleep 60 & echo $! > "$1"; exit 4', str(tmp_path / "pid")))
    assert (done.rc, done.ended_by) == (4, "")
    assert seconds < 5
    assert _gone(int((tmp_path / "pid").read_text()))


def test_the_wall_ends_all_that_belongs_to_the_child(commands: LocalCommands, tmp_path: Path) -> None:
    script = 'setsid sleep 60 & echo $! > "$1"; sleep 60 & echo $! > "$2"; echo here; wait'
    done, seconds = _timed(commands, _shell(script, str(tmp_path / "a"), str(tmp_path / "b"), wall=1))
    assert (done.rc, done.ended_by, done.out) == (None, "wall", "here\n")
    assert 1 <= seconds < 5
    assert _gone(int((tmp_path / "a").read_text())), "a session of its own does not save it"
    assert _gone(int((tmp_path / "b").read_text()))


@pytest.mark.usefixtures("short_grace")
def test_who_does_not_hear_sigterm_gets_sigkill(commands: LocalCommands) -> None:
    done, seconds = _timed(commands, _shell("trap '' TERM; while :; do sleep 60; done", wall=0.5))
    assert done.ended_by == "wall"
    assert 1 <= seconds < 6


def test_who_hears_sigterm_may_say_goodbye(commands: LocalCommands) -> None:
    done = commands.run(_shell("trap 'echo bye; exit 0' TERM; while :; do sleep 60 & wait; done", wall=2))
    assert (done.rc, done.ended_by, done.out) == (None, "wall", "bye\n")


def test_silence_is_ended_and_talk_is_not(commands: LocalCommands) -> None:
    done, seconds = _timed(commands, _shell("echo a; sleep 60", idle=0.7))
    assert (done.rc, done.ended_by) == (None, "idle")
    assert 0.7 <= seconds < 4
    talk = commands.run(_shell("for i in 1 2 3 4 5 6; do echo $i >&2; sleep 0.3; done", idle=1.2))
    assert talk.ok


def test_a_child_that_closed_its_output_is_still_watched(commands: LocalCommands) -> None:
    done, seconds = _timed(commands, _shell("exec >&- 2>&-; sleep 60", wall=0.7))
    assert done.ended_by == "wall"
    assert seconds < 4


def test_a_signal_ends_what_runs_and_starts_nothing_more(commands: LocalCommands, fence: OpenFence) -> None:
    threading.Timer(0.4, lambda: setattr(fence, "signal", signal.SIGTERM)).start()
    done, seconds = _timed(commands, _shell("sleep 60"))
    assert (done.rc, done.ended_by) == (None, "signal")
    assert seconds < 4
    assert commands.run(_shell("touch /no/where")).ended_by == "signal"
    fence.shut()
    assert commands.run(_shell("echo back")).out == "back\n"


def test_a_hundred_megabytes_cost_a_few(commands: LocalCommands) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    lines = 0

    def count(line: str) -> None:
        nonlocal lines
        lines += 1

    done = commands.run(_shell(f"yes {'x' * 999} | head -c 100000000; echo end"), count)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert done.ok
    assert lines == 100_001
    assert len(done.out) <= 1024 * 1024
    assert done.out.endswith("end\n")
    assert grown < 20 * 1024, f"{grown} KiB more"


def test_lines_come_as_they_are_said_and_scrubbed(own: Account, fence: OpenFence) -> None:
    scrub = Scrub()
    scrub.learn("the-known-secret")
    commands = LocalCommands(fence=fence, own=own, caller=os.environ, scrub=scrub)
    seen: list[tuple[float, str]] = []
    done = commands.run(
        _shell("echo the-known-secret; sleep 1; echo last"),
        lambda line: seen.append((time.monotonic(), line)),
    )
    assert [line for _, line in seen] == ["***", "last"]
    assert seen[1][0] - seen[0][0] > 0.7
    assert done.out == "the-known-secret\nlast\n", "the caller parses what was really said"


def test_a_listener_that_fails_takes_the_child_with_it(commands: LocalCommands, tmp_path: Path) -> None:
    def fail(line: str) -> None:
        raise KeyError(line)

    with pytest.raises(KeyError):
        commands.run(_shell('echo $$ > "$1"; echo hello; sleep 60', str(tmp_path / "pid")), fail)
    assert _gone(int((tmp_path / "pid").read_text()))


def test_a_running_child_is_on_record_and_a_finished_one_is_not(
    commands: LocalCommands, children: Children, tmp_path: Path
) -> None:
    seen: list[int] = []
    commands.run(_shell("echo here; sleep 0.2"), lambda _: seen.extend(each.leader.pid for each in children.records()))
    assert len(seen) == 1
    assert list((tmp_path / "children").iterdir()) == []


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_root_runs_it_as_the_account_with_its_home(commands: LocalCommands) -> None:
    nobody = Account("nobody", 65534, 65534, "/nonexistent")
    done = commands.run(Command(("sh", "-c", "id -u; echo $HOME $USER; pwd"), account=nobody))
    assert done.out.split() == ["65534", "/nonexistent", "nobody", "/"]


def test_the_values_of_the_command_win_over_the_base(commands: LocalCommands) -> None:
    done = commands.run(Command(("sh", "-c", "echo $LANG $X"), env=(("LANG", "de"), ("X", "y")), cwd="/"))
    assert done.out == "de y\n"


def test_a_detached_child_is_nobodys(commands: LocalCommands, children: Children, tmp_path: Path) -> None:
    log = tmp_path / "log"
    pid = commands.detach(_shell("echo started; echo $$; sleep 60"), str(log))
    until = time.monotonic() + 30
    while len(log.read_text().split()) < 2 and time.monotonic() < until:
        time.sleep(0.02)
    try:
        assert log.read_text().split() == ["started", str(pid)]
        assert os.getsid(pid) == pid
        assert children.records() == ()
        assert log.stat().st_mode & 0o777 == 0o600
    finally:
        os.kill(pid, signal.SIGKILL)
