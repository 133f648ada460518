"""Gateways that are really started and stopped: by us as processes, and by systemd where there is one."""

from __future__ import annotations

import os
import pwd
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import psutil
import pytest
from msgspec.structs import replace

from clawupgrade.errors import StepFailed
from clawupgrade.host.children import Children
from clawupgrade.host.clock import SystemClock
from clawupgrade.host.commands import LocalCommands
from clawupgrade.host.identity import identify
from clawupgrade.host.lock import hold
from clawupgrade.host.scrub import Scrub
from clawupgrade.host.services import process as process_module
from clawupgrade.host.services.process import MARK, ProcessOwner
from clawupgrade.host.services.record import read_record, write_record
from clawupgrade.host.services.systemd import Systemd
from clawupgrade.model import Account, Owner, Service

GATEWAY = """
import ctypes, os, signal, subprocess, sys, time

# As OpenClaw does it: a worker with a session of its own, a title in place of the command line.
worker = subprocess.Popen(["sleep", "120"], start_new_session=True)
def stop(*_):
    if "careless" not in sys.argv:
        worker.kill()
    print("stopped in order, token=abcdef123456", flush=True)
    sys.exit(0)
if "deaf" in sys.argv:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
else:
    signal.signal(signal.SIGTERM, stop)
if "broken" in sys.argv:
    print("Invalid config", flush=True)
    sys.exit(78)
print("gateway says", os.environ.get("OPENCLAW_GATEWAY_TOKEN"), os.getcwd(), flush=True)
open("worker.pid", "w").write(str(worker.pid))
time.sleep(120)
"""


def _own() -> Account:
    entry = pwd.getpwuid(os.geteuid())
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid, entry.pw_dir)


def _argv(*words: str) -> tuple[str, ...]:
    return (sys.executable, "-c", GATEWAY, *words)


def _wait_for(path: Path) -> None:
    until = time.monotonic() + 20
    while not path.exists() and time.monotonic() < until:
        time.sleep(0.05)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "ours").mkdir()
    (tmp_path / "cwd").mkdir()
    return tmp_path


@pytest.fixture
def owner(folder: Path) -> Iterator[ProcessOwner]:
    own = _own()
    account = Account(own.name, own.uid, own.gid, str(folder / "cwd"))
    owner = ProcessOwner(
        folder / "ours", account=account, own=own, caller=os.environ, clock=SystemClock(), scrub=Scrub()
    )
    yield owner
    record = read_record(folder / "ours/gateway.json")
    for seen in psutil.process_iter():
        with suppress(psutil.Error, OSError):
            if record is not None and seen.environ().get(MARK) == record.mark:
                seen.kill()


@pytest.fixture
def by_hand(folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    env = {"PATH": os.environ["PATH"], "OPENCLAW_GATEWAY_TOKEN": "by-hand"}
    started = subprocess.Popen(_argv(), cwd=folder / "cwd", env=env, stdout=subprocess.DEVNULL)
    _wait_for(folder / "cwd/worker.pid")
    (folder / "cwd/worker.pid").unlink()
    yield started
    started.kill()
    started.wait()


def test_a_gateway_is_started_apart_from_us_and_stopped_in_order(owner: ProcessOwner, folder: Path) -> None:
    service, since = Service(Owner.PROCESS, argv=_argv()), datetime.now(UTC)
    assert owner.look(service).active is False
    with hold(folder / "ours", "run", children=Children(folder / "ours/children")) as lock:
        owner.start(service, 30)
        state = owner.look(service)
        assert state.active
        pid = state.main_pid
        assert pid is not None
        open_files = {os.path.realpath(each) for each in Path(f"/proc/{pid}/fd").iterdir()}
        assert str(folder / "ours/lock") not in open_files
        assert os.getsid(pid) == pid
        assert lock.descriptor > 0
    _wait_for(folder / "cwd/worker.pid")
    owner.start(service, 30)
    assert owner.look(service).main_pid == pid, "what runs is not started again"
    worker = int((folder / "cwd/worker.pid").read_text())
    owner.stop(service, 30)
    assert owner.look(service).active is False
    assert identify(pid) is None
    assert identify(worker) is None
    assert owner.words(since)[-1] == "stopped in order, token=***"
    owner.stop(service, 30)
    assert (folder / "ours/gateway.json").stat().st_mode & 0o777 == 0o600
    assert (folder / "ours/gateway.log").stat().st_mode & 0o777 == 0o600


def test_one_that_was_started_by_hand_comes_back_as_it_was(
    owner: ProcessOwner, folder: Path, by_hand: subprocess.Popen[bytes]
) -> None:
    service = Service(Owner.PROCESS, argv=_argv(), main_pid=by_hand.pid)
    assert owner.look(service).main_pid == by_hand.pid
    owner.stop(service, 30)
    assert by_hand.wait(5) == 0
    assert owner.look(service).active is False
    since = datetime.now(UTC)
    owner.start(service, 30)
    _wait_for(folder / "cwd/worker.pid")
    assert owner.look(service).main_pid not in (None, by_hand.pid)
    assert owner.words(since)[-1] == f"gateway says by-hand {folder}/cwd"


def test_a_gateway_that_nobody_could_start_again_is_not_stopped(
    owner: ProcessOwner, by_hand: subprocess.Popen[bytes]
) -> None:
    """OpenClaw writes a title over its argv: `openclaw-gateway` is no command line."""
    service = Service(Owner.PROCESS, argv=("openclaw-gateway", "", ""), main_pid=by_hand.pid)
    with pytest.raises(StepFailed, match="nobody knows how"):
        owner.stop(service, 30)
    assert by_hand.poll() is None


def test_the_deaf_are_killed_with_their_workers(owner: ProcessOwner, folder: Path) -> None:
    service = Service(Owner.PROCESS, argv=_argv("deaf"))
    owner.start(service, 30)
    _wait_for(folder / "cwd/worker.pid")
    worker = int((folder / "cwd/worker.pid").read_text())
    began = time.monotonic()
    owner.stop(service, 1)
    assert 1 <= time.monotonic() - began < 8
    assert owner.look(service).active is False
    assert identify(worker) is None


def test_one_that_ends_at_once_is_a_failure_with_its_status(
    owner: ProcessOwner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process_module, "_STAYS_UP", 20.0)
    service = Service(Owner.PROCESS, argv=_argv("broken"))
    with pytest.raises(StepFailed, match="status 78"):
        owner.start(service, 30)
    assert owner.look(service).active is False


def test_a_missing_program_is_a_failure_and_the_gateway_stays_off(owner: ProcessOwner) -> None:
    with pytest.raises(StepFailed, match="/no/such/node"):
        owner.start(Service(Owner.PROCESS, argv=("/no/such/node", "x")), 30)


STARTER = """
import os, sys
from pathlib import Path
from clawupgrade.host.clock import SystemClock
from clawupgrade.host.scrub import Scrub
from clawupgrade.host.services import process
from clawupgrade.model import Account, Owner, Service

folder, die = Path(sys.argv[1]), sys.argv[2]
own = Account("me", os.geteuid(), os.getegid(), str(folder / "cwd"))
owner = process.ProcessOwner(
    folder / "ours", account=own, own=own, caller=os.environ, clock=SystemClock(), scrub=Scrub()
)
written = process.write_record
def write_record(path, record):
    if die == "after the spawn" and record.process is not None:
        os.kill(os.getpid(), 9)
    written(path, record)
    if die == "before the spawn":
        os.kill(os.getpid(), 9)
process.write_record = write_record
owner.start(Service(Owner.PROCESS, argv=tuple(sys.argv[3:])), 30)
"""


@pytest.mark.parametrize(("die", "runs"), [("before the spawn", False), ("after the spawn", True)])
def test_a_start_that_was_cut_off_is_seen_for_what_it_came_to(
    owner: ProcessOwner, folder: Path, die: str, runs: bool
) -> None:
    argv = [sys.executable, "-c", STARTER, str(folder), die, *_argv()]
    assert subprocess.run(argv, check=False).returncode == -signal.SIGKILL
    service = Service(Owner.PROCESS, argv=_argv())
    assert owner.look(service).active is runs
    if runs:
        _wait_for(folder / "cwd/worker.pid")
        worker = int((folder / "cwd/worker.pid").read_text())
        owner.stop(service, 30)
        assert identify(worker) is None
        assert owner.look(service).active is False
    owner.start(service, 30)
    assert owner.look(service).active


def test_a_reused_pid_is_neither_seen_nor_stopped(
    owner: ProcessOwner, folder: Path, by_hand: subprocess.Popen[bytes]
) -> None:
    owner.stop(Service(Owner.PROCESS, argv=_argv(), main_pid=by_hand.pid), 30)
    by_hand.wait(5)
    record = read_record(folder / "ours/gateway.json")
    assert record is not None
    assert record.stopped == by_hand.pid
    stranger = subprocess.Popen(["sleep", "60"])
    write_record(folder / "ours/gateway.json", replace(record, stopped=stranger.pid))
    reused = Service(Owner.PROCESS, argv=_argv(), main_pid=stranger.pid)
    assert owner.look(reused).active is False
    owner.stop(reused, 5)
    assert stranger.poll() is None
    stranger.kill()
    stranger.wait()


def test_a_worker_that_its_gateway_leaves_behind_is_ended_too(owner: ProcessOwner, folder: Path) -> None:
    service = Service(Owner.PROCESS, argv=_argv("careless"))
    owner.start(service, 30)
    _wait_for(folder / "cwd/worker.pid")
    worker = int((folder / "cwd/worker.pid").read_text())
    began = time.monotonic()
    owner.stop(service, 30)
    assert time.monotonic() - began < 10
    assert identify(worker) is None


# --- systemd ---------------------------------------------------------------------------------------


class _Open:
    def taken(self) -> None:
        return None

    def shut(self) -> None:
        return None


def _commands() -> LocalCommands:
    return LocalCommands(fence=_Open(), own=_own(), caller=os.environ, scrub=Scrub())


def _scopes() -> list[object]:
    found: list[object] = []
    for scope, owner in (("--user", Owner.SYSTEMD_USER), ("--system", Owner.SYSTEMD_SYSTEM)):
        asked = subprocess.run(["systemctl", scope, "is-system-running"], capture_output=True, text=True, check=False)
        up = asked.stdout.strip() in ("running", "degraded", "starting")
        may = owner is Owner.SYSTEMD_USER or os.geteuid() == 0
        reason = f"no systemd answers to systemctl {scope}" if not up else "only root may change system units"
        found.append(pytest.param(owner, marks=pytest.mark.skipif(not (up and may), reason=reason)))
    return found


@pytest.fixture(params=_scopes())
def unit(request: pytest.FixtureRequest) -> Iterator[tuple[Systemd, Service, Path]]:
    scope: Owner = request.param
    home = Path(_own().home, ".config/systemd/user") if scope is Owner.SYSTEMD_USER else Path("/run/systemd/system")
    home.mkdir(parents=True, exist_ok=True)
    service = Service(scope, f"clawupgrade-test-{os.getpid()}.service")
    path = home / service.name
    path.write_text(
        "[Service]\nExecStart=/bin/sh -c 'echo token=abcdef123456; exec sleep 300'\n[Install]\n"
        "WantedBy=default.target\n"
    )
    systemd = Systemd(_commands(), SystemClock(), _own(), Scrub())
    systemd.reload(service)
    yield systemd, service, path
    with suppress(StepFailed):
        systemd.stop(service, 30)
        systemd.enable(service, False)
    path.unlink(missing_ok=True)
    systemd.reload(service)


def test_a_real_unit_is_started_and_stopped(unit: tuple[Systemd, Service, Path]) -> None:
    systemd, service, _ = unit
    since = datetime.now(UTC)
    assert systemd.look(service).active is False
    systemd.start(service, 30)
    pid = systemd.look(service).main_pid
    assert pid is not None
    assert identify(pid) is not None
    systemd.stop(service, 30)
    systemd.stop(service, 30)
    assert systemd.look(service).active is False
    assert identify(pid) is None
    words = systemd.words(service, since)
    assert not words or any("token=***" in line for line in words)


def test_a_real_unit_that_cannot_run_says_how(unit: tuple[Systemd, Service, Path]) -> None:
    systemd, service, path = unit
    path.write_text("[Service]\nExecStart=/bin/sh -c 'sleep 0.3; exit 78'\n")
    systemd.reload(service)
    for _ in range(8):  # past the start limit, which reset-failed clears
        systemd.start(service, 30)
        until = time.monotonic() + 30
        while systemd.look(service).active and time.monotonic() < until:
            time.sleep(0.05)
    state = systemd.look(service)
    assert state.words.startswith("failed")
    assert state.exit_status == 78


def test_a_real_unit_that_is_deaf_is_not_waited_for_for_ever(unit: tuple[Systemd, Service, Path]) -> None:
    systemd, service, path = unit
    path.write_text("[Service]\nExecStart=/bin/sh -c \"trap '' TERM; while :; do sleep 1; done\"\nTimeoutStopSec=6\n")
    systemd.reload(service)
    systemd.start(service, 30)
    with pytest.raises(StepFailed, match="did not stop within 1 s"):
        systemd.stop(service, 1)
    assert systemd.look(service).active is False, "on its way down: an undo has to start it again"
    systemd.start(service, 30)
    assert systemd.look(service).active
    systemd.stop(service, 30)


def test_enabling_survives_a_look(unit: tuple[Systemd, Service, Path]) -> None:
    systemd, service, _ = unit
    scope = "--user" if service.owner is Owner.SYSTEMD_USER else "--system"
    for enabled in (True, False):
        systemd.enable(service, enabled)
        said = subprocess.run(
            ["systemctl", scope, "is-enabled", service.name], capture_output=True, text=True, check=False
        )
        assert (said.stdout.strip() in ("enabled", "enabled-runtime")) is enabled
        assert systemd.look(service).active is False


def test_an_unknown_unit_and_an_unknown_manager_are_told_apart() -> None:
    systemd = Systemd(_commands(), SystemClock(), _own(), Scrub())
    state = systemd.look(Service(Owner.SYSTEMD_USER, "no-such-unit-here.service"))
    assert (state.active, state.words.startswith("not-found")) in ((False, True), (None, False))
    assert state.words
