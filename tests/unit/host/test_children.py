"""The record of children, and what a recovery may end by it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from clawupgrade.errors import Busy
from clawupgrade.host.children import MARK, Children, mark_of, mark_prefix, new_mark
from clawupgrade.host.identity import Identity, identify


def _started(script: str, mark: str) -> subprocess.Popen[bytes]:
    env = {"PATH": os.environ["PATH"], MARK: mark}
    child = subprocess.Popen(["bash", "-c", script], stdout=subprocess.PIPE, start_new_session=True, env=env)
    assert child.stdout is not None
    child.stdout.readline()
    return child


def _died_while_it_ran(children: Children, child: subprocess.Popen[bytes], mark: str) -> None:
    children.recorded(child.pid, mark, "bash").__enter__()


def _settle(children: Children, limit: float) -> tuple[Identity, ...]:
    return children.settle(children.records(), limit)


@pytest.fixture
def children(folder: Path) -> Children:
    return Children(folder / "children")


def test_a_child_that_ended_leaves_no_record(children: Children, folder: Path) -> None:
    child = _started("echo; sleep 60", "m1")
    with children.recorded(child.pid, "m1", "bash"):
        (record,) = (folder / "children").iterdir()
        assert record.stat().st_mode & 0o777 == 0o600
        child.kill()
        child.wait()
    assert list((folder / "children").iterdir()) == []


def test_the_child_of_a_command_that_lives_is_no_orphan(children: Children) -> None:
    """It may hold no lock: `init` at boot had its systemctl ended by the boot unit's `recover`."""
    mark = new_mark()
    child = _started("echo; sleep 60", mark)
    with children.recorded(child.pid, mark, "bash"):
        assert _settle(children, 1.0) == ()
        assert child.poll() is None
        assert len(children.records()) == 1
        child.kill()
        child.wait()


def test_orphans_are_ended_with_all_their_session(children: Children, folder: Path) -> None:
    child = _started("trap '' TERM; sleep 60 & echo; wait; wait", "m1")
    _died_while_it_ran(children, child, "m1")
    began = time.monotonic()
    met = _settle(children, 1.0)
    assert time.monotonic() - began < 5
    assert child.pid in {identity.pid for identity in met}
    assert len(met) == 2
    assert child.wait() == -signal.SIGKILL
    assert list((folder / "children").iterdir()) == []
    assert _settle(children, 1.0) == ()


def test_an_orphan_that_obeys_is_ended_gently(children: Children, folder: Path) -> None:
    child = _started(f"trap 'echo bye > {folder}/bye; exit' TERM; echo; while :; do sleep 60 & wait; done", "m1")
    _died_while_it_ran(children, child, "m1")
    _settle(children, 10.0)
    child.wait()
    assert (folder / "bye").exists()


def test_what_outlives_its_leader_is_proved_by_the_mark(children: Children) -> None:
    child = _started("sleep 60 & echo", "m1")
    child.wait()
    record = {
        "pid": child.pid,
        "ticks": 1,
        "boot": identify(os.getpid()).boot,
        "mark": "m1",
        "program": "bash",
    }
    path = children._folder / "1.json"
    path.parent.mkdir()
    path.write_text(json.dumps(record | {"mark": "another"}))
    assert _settle(children, 5.0) == (), "the same number, but nothing proves that it is ours"
    path.write_text(json.dumps(record))
    assert len(_settle(children, 5.0)) == 1


def test_a_reused_number_is_a_stranger(children: Children) -> None:
    stranger = _started("echo; sleep 60", "theirs")
    real = identify(stranger.pid)
    assert real is not None
    children._folder.mkdir()
    for name, ticks, boot in (("1", real.ticks - 5, real.boot), ("2", real.ticks, "another boot")):
        record = {"pid": stranger.pid, "ticks": ticks, "boot": boot, "mark": "ours", "program": "npm"}
        (children._folder / f"{name}.json").write_text(json.dumps(record))
    assert _settle(children, 1.0) == ()
    assert stranger.poll() is None
    assert list(children._folder.iterdir()) == []
    stranger.kill()
    stranger.wait()


def test_a_record_that_was_cut_off_is_thrown_away(children: Children) -> None:
    children._folder.mkdir()
    (children._folder / "9.json").write_text('{"pid": 9, "ti')
    assert children.records() == ()
    assert list(children._folder.iterdir()) == []


def test_who_will_not_end_is_named(children: Children, monkeypatch: pytest.MonkeyPatch) -> None:
    child = _started("echo; sleep 60", "m1")
    _died_while_it_ran(children, child, "m1")
    monkeypatch.setattr("clawupgrade.host.sessions.send", lambda *_: None)
    with pytest.raises(Busy, match=str(child.pid)):
        _settle(children, 0.2)
    child.kill()
    child.wait()


def test_a_child_that_was_started_meanwhile_is_not_among_them(children: Children) -> None:
    """Somebody else may have taken the lock while we ended the orphans of the dead."""
    orphan, newcomer = _started("echo; sleep 60", "m1"), _started("echo; sleep 60", "m2")
    _died_while_it_ran(children, orphan, "m1")
    records = children.records()
    _died_while_it_ran(children, newcomer, "m2")
    assert [identity.pid for identity in children.settle(records, 5.0)] == [orphan.pid]
    assert newcomer.poll() is None
    assert len(children.records()) == 1
    newcomer.kill()
    newcomer.wait()


def test_a_full_disk_does_not_keep_a_child_from_running(children: Children, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    child = _started("echo; sleep 60", "m1")
    with children.recorded(child.pid, "m1", "bash"):
        assert children.records() == ()
    child.kill()
    child.wait()


def test_marks_tell_whose_children_they_are() -> None:
    own = identify(os.getpid())
    assert own is not None
    assert new_mark().startswith(mark_prefix(own))
    assert new_mark() != new_mark()
    child = _started("echo; sleep 60", "m1")
    assert mark_of(child.pid) == "m1"
    child.kill()
    child.wait()
    assert mark_of(child.pid) == ""
