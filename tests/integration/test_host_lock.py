"""The lock between real processes: killed holders, living children, and who is named."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from in_time import within

from clawupgrade.errors import Busy, Refused
from clawupgrade.host import lock as module
from clawupgrade.host.children import Children
from clawupgrade.host.identity import identify
from clawupgrade.host.lock import hold, last_holder

HOLDER = """
import os, sys, time
from pathlib import Path
from clawupgrade.host.children import Children
from clawupgrade.host.clock import SystemClock
from clawupgrade.host.commands import LocalCommands
from clawupgrade.host.fence import SignalFence
from clawupgrade.host.lock import hold
from clawupgrade.host.scrub import Scrub
from clawupgrade.model import Account
from clawupgrade.ports import Command

folder, script, on_record = Path(sys.argv[1]), sys.argv[2], sys.argv[3] == "yes"
children = Children(folder / "children")
own = Account("me", os.geteuid(), os.getegid(), "/")
with SignalFence() as fence, hold(folder, "run", children=children) as lock:
    commands = LocalCommands(fence=fence, own=own, caller=os.environ, scrub=Scrub(),
                             children=children if on_record else None, lock=lock.descriptor)
    print("held", flush=True)
    commands.run(Command(("bash", "-c", script), cwd="/"), lambda line: print(line, flush=True))
    time.sleep(60)
"""


class Started:
    """A clawupgrade that holds the lock and runs a child."""

    def __init__(self, folder: Path, script: str, *, on_record: bool = True) -> None:
        argv = [sys.executable, "-c", HOLDER, str(folder), script, "yes" if on_record else "no"]
        self.process = subprocess.Popen(argv, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == "held\n"
        self.child = int(self.process.stdout.readline()) if "echo $$" in script else 0

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


@pytest.fixture
def started(tmp_path: Path) -> Iterator[list[Started]]:
    all_of_them: list[Started] = []
    yield all_of_them
    for each in all_of_them:
        each.kill()
        if each.child:
            with suppress(ProcessLookupError):
                os.kill(each.child, signal.SIGKILL)


def _children(folder: Path) -> Children:
    return Children(folder / "children")


def test_the_second_is_told_at_once_who_holds_it(tmp_path: Path, started: list[Started]) -> None:
    started.append(Started(tmp_path, "sleep 60"))

    def try_to_hold() -> Busy:
        with pytest.raises(Busy) as caught, hold(tmp_path, "rollback", children=_children(tmp_path)):
            pytest.fail("two at once")
        return caught.value

    told = within(1, try_to_hold)
    assert f"run, process {started[0].process.pid}" in told.message
    assert told.exit_code == 75


def test_the_second_is_told_which_run_it_is_once_that_has_a_number(tmp_path: Path) -> None:
    with hold(tmp_path, "recover", children=_children(tmp_path)) as lock:
        before = last_holder(tmp_path)
        assert before is not None
        assert before.run == ""
        lock.name_run("20261123T030000Z-beef")
        after = last_holder(tmp_path)
        assert after is not None
        assert (after.run, after.at, after.pid) == ("20261123T030000Z-beef", before.at, before.pid)
        with pytest.raises(Busy) as caught, hold(tmp_path, "run", children=_children(tmp_path)):
            pytest.fail("two at once")
    assert f"recover of run 20261123T030000Z-beef, process {os.getpid()}, since " in caught.value.message


def test_a_record_from_before_runs_were_named_is_read(tmp_path: Path) -> None:
    with hold(tmp_path, "run", children=_children(tmp_path)):
        document = json.loads((tmp_path / "lock.json").read_text())
        del document["run"]
        (tmp_path / "lock.json").write_text(json.dumps(document))
        holder = last_holder(tmp_path)
    assert holder is not None
    assert holder.run == ""


def test_it_is_waited_for_when_asked(tmp_path: Path, started: list[Started]) -> None:
    started.append(Started(tmp_path, "echo $$; exec sleep 60"))
    waits: list[float] = []

    def wait(seconds: float) -> None:
        waits.append(seconds)
        time.sleep(seconds)
        if len(waits) == 3:
            started[0].kill()

    with hold(tmp_path, "run", children=_children(tmp_path), timeout=30, wait=wait):
        assert len(waits) >= 3
        holder = last_holder(tmp_path)
        assert holder is not None
        assert holder.pid == os.getpid()


def test_a_dead_holder_without_children_leaves_nothing(tmp_path: Path, started: list[Started]) -> None:
    started.append(Started(tmp_path, "true"))
    started[0].kill()
    with hold(tmp_path, "recover", children=_children(tmp_path)):
        pass
    with hold(tmp_path, "again", children=_children(tmp_path)):
        pass


def test_the_living_child_of_a_dead_holder_keeps_it_and_is_ended_first(tmp_path: Path, started: list[Started]) -> None:
    """Recovery never works beside the orphaned npm of a dead run."""
    started.append(Started(tmp_path, "echo $$; exec sleep 60"))
    started[0].kill()
    assert identify(started[0].child) is not None
    assert not module.lock_descriptor(os.open(tmp_path / "lock", os.O_RDWR), blocking=False), "the child holds it"
    began = time.monotonic()
    with hold(tmp_path, "recover", children=_children(tmp_path)):
        assert identify(started[0].child) is None
    assert time.monotonic() - began < 5


def test_a_child_that_was_never_recorded_is_known_by_its_mark(tmp_path: Path, started: list[Started]) -> None:
    """SIGKILL between the start of a child and its record."""
    started.append(Started(tmp_path, "echo $$; exec sleep 60", on_record=False))
    started[0].kill()
    with hold(tmp_path, "recover", children=_children(tmp_path)):
        assert identify(started[0].child) is None


def test_a_child_that_nothing_proves_ours_is_named_and_left_alone(tmp_path: Path, started: list[Started]) -> None:
    script = "echo $$; exec env -u CLAWUPGRADE_CHILD sleep 60"
    started.append(Started(tmp_path, script, on_record=False))
    started[0].kill()
    with (
        pytest.raises(Busy, match=f"process {started[0].child}"),
        hold(tmp_path, "recover", children=_children(tmp_path)),
    ):
        pytest.fail("an orphan still runs")
    assert identify(started[0].child) is not None


def test_a_reused_pid_is_not_taken_for_the_holder(tmp_path: Path, started: list[Started]) -> None:
    started.append(Started(tmp_path, "echo $$; exec sleep 60"))
    started[0].kill()
    record = json.loads((tmp_path / "lock.json").read_text())
    record["pid"] = os.getpid()  # alive, but started at another time
    (tmp_path / "lock.json").write_text(json.dumps(record))
    with hold(tmp_path, "recover", children=_children(tmp_path)):
        assert identify(started[0].child) is None


def test_another_machines_holder_is_never_judged_dead(tmp_path: Path, started: list[Started]) -> None:
    started.append(Started(tmp_path, "echo $$; exec sleep 60"))
    started[0].kill()
    record = json.loads((tmp_path / "lock.json").read_text())
    (tmp_path / "lock.json").write_text(json.dumps(record | {"host": "another"}))
    with pytest.raises(Busy), hold(tmp_path, "recover", children=_children(tmp_path)):
        pytest.fail("whose children are these?")
    assert identify(started[0].child) is not None


def test_a_daemon_of_a_living_run_is_not_ended_by_the_next(tmp_path: Path, started: list[Started]) -> None:
    started.append(Started(tmp_path, "echo $$; exec sleep 60"))
    with pytest.raises(Busy), hold(tmp_path, "run", children=_children(tmp_path), timeout=0.3):
        pytest.fail("two at once")
    assert identify(started[0].child) is not None


def test_other_children_of_ours_do_not_inherit_it(tmp_path: Path) -> None:
    with hold(tmp_path, "run", children=_children(tmp_path)):
        stranger = subprocess.Popen(["sleep", "60"], close_fds=False)
    with hold(tmp_path, "run", children=_children(tmp_path)):
        pass
    stranger.kill()
    stranger.wait()


def test_a_damaged_owner_record_hinders_nobody(tmp_path: Path) -> None:
    for text in ("", "{", '{"pid": 1}', "[]"):
        (tmp_path / "lock.json").write_text(text)
        assert last_holder(tmp_path) is None
        with hold(tmp_path, "run", children=_children(tmp_path)):
            pass


def test_a_network_file_system_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module.syscalls, "filesystem_magic", lambda path: 0x6969)
    with pytest.raises(Refused, match="NFS"), hold(tmp_path / "x", "run", children=_children(tmp_path)):
        pytest.fail("not there")


def test_the_folder_is_closed_to_others(tmp_path: Path) -> None:
    with hold(tmp_path / "new", "run", children=_children(tmp_path)):
        assert (tmp_path / "new").stat().st_mode & 0o777 == 0o700
        assert (tmp_path / "new/lock").stat().st_mode & 0o777 == 0o600
        assert (tmp_path / "new/lock.json").stat().st_mode & 0o777 == 0o600


def test_an_orphan_that_has_lost_the_lock_is_ended_all_the_same(tmp_path: Path, started: list[Started]) -> None:
    """node marks the descriptors below 16 close-on-exec: what npm started does not hold the lock."""
    started.append(Started(tmp_path, 'for fd in 3 4 5 6 7 8 9; do eval "exec $fd>&-"; done; echo $$; exec sleep 60'))
    started[0].kill()
    with hold(tmp_path, "recover", children=_children(tmp_path)):
        assert identify(started[0].child) is None


def test_a_full_disk_does_not_keep_a_recovery_out_nor_its_children_in_danger(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with hold(tmp_path, "run", children=_children(tmp_path)):
        assert last_holder(tmp_path) is not None
    monkeypatch.setattr(module, "write_file", full)
    with hold(tmp_path, "recover", children=_children(tmp_path)):
        assert last_holder(tmp_path) is None


def test_a_folder_that_cannot_be_used_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with (
        pytest.raises(Refused, match="cannot be used"),
        hold(tmp_path / "file/x", "run", children=_children(tmp_path)),
    ):
        pytest.fail("where?")


class Overtaken:
    """Somebody takes the lock and starts a child just when we read the records."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def records(self) -> tuple[str, ...]:
        own = identify(os.getpid())
        assert own is not None
        record = json.loads((self.folder / "lock.json").read_text())
        living = {"pid": own.pid, "ticks": own.ticks, "boot": own.boot}
        (self.folder / "lock.json").write_text(json.dumps(record | living))
        return ("a child of his",)

    def settle(self, records: tuple[str, ...], limit: float) -> None:
        pytest.fail("the child of a living run was ended")


def test_the_children_of_whoever_was_quicker_are_spared(tmp_path: Path, started: list[Started]) -> None:
    started.append(Started(tmp_path, "echo $$; exec sleep 60"))
    started[0].kill()
    with (
        pytest.raises(Busy, match="another clawupgrade is at work"),
        hold(tmp_path, "recover", children=Overtaken(tmp_path)),  # type: ignore[arg-type]
    ):
        pytest.fail("two at once")
    assert identify(started[0].child) is not None
