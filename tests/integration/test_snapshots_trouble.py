"""When the disk is full, read-only or lies, and when files move: refused or reported, never half a snapshot."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from clawupgrade.host.snapshots import Entry, SnapshotDamaged, SnapshotRefused, SnapshotStore, Source

_ROOT = os.geteuid() == 0
_SECRET = "sk-planted-0123456789-planted"


@contextmanager
def _tmpfs(folder: Path, size: str) -> Iterator[None]:
    folder.mkdir(exist_ok=True)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size},mode=700", "tmpfs", folder]
    if not _ROOT or subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        pytest.skip("mounting needs root")
    try:
        yield
    finally:
        subprocess.run(["umount", folder], check=True)


def _state(root: Path, size: int = 2000) -> Path:
    state = root / "state"
    (state / "credentials").mkdir(parents=True)
    for number in range(3):
        (state / f"credentials/{number}").write_bytes(os.urandom(size))
    (state / "openclaw.json").write_text(f'{{"token": "{_SECRET}"}}')
    return state


def _sealed(root: Path, size: int = 2000) -> tuple[SnapshotStore, Path]:
    state, store = _state(root, size), SnapshotStore(root / "store")
    store.take("one", [Source("state", state)], readable=[state / "openclaw.json"])
    store.seal("one")
    return store, state


def _contents(state: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in state.rglob("*") if path.is_file()}


def test_a_full_disk_is_refused_and_given_back(tmp_path: Path) -> None:
    state = _state(tmp_path)
    for number in range(12):
        (state / f"media-{number}").write_bytes(os.urandom(1 << 19))
    before = _contents(state)
    with _tmpfs(tmp_path / "small", "4m"):
        store = SnapshotStore(tmp_path / "small/store")
        with pytest.raises(SnapshotRefused, match="no space is left") as caught:
            store.take("one", [Source("state", state)])
        assert "prune" in caught.value.hint
        space = os.statvfs(tmp_path / "small")
        assert (space.f_blocks - space.f_bfree) * space.f_frsize < 200_000
        assert store.list() == []
    assert _contents(state) == before


def test_a_full_disk_stops_a_restore_that_then_goes_on(tmp_path: Path) -> None:
    with _tmpfs(tmp_path / "small", "8m"):
        state = tmp_path / "small/state"
        state.mkdir()
        (state / "big").write_bytes(os.urandom(3 << 20))
        (state / "a").write_text("a")
        before = _contents(state)
        store = SnapshotStore(tmp_path / "store")
        store.take("one", [Source("state", state)])
        store.seal("one")
        (state / "big").write_bytes(os.urandom(3 << 20))
        ballast = tmp_path / "small/ballast"
        ballast.write_bytes(bytes(4 << 20))
        with pytest.raises(SnapshotDamaged, match="no space is left") as caught:
            store.restore("one")
        assert "run again" in caught.value.hint
        assert (state / "big").stat().st_size == 3 << 20, "the old file stays until the new one is whole"
        ballast.unlink()
        store.restore("one")
        assert _contents(state) == before
        assert sorted(path.name for path in state.iterdir()) == ["a", "big"]


def test_a_read_only_place_is_refused(tmp_path: Path) -> None:
    state = _state(tmp_path)
    if not _ROOT:
        (tmp_path / "locked").mkdir(0o500)
        with pytest.raises(SnapshotRefused, match="permission is missing"):
            SnapshotStore(tmp_path / "locked/store").take("one", [Source("state", state)])
        return
    with _tmpfs(tmp_path / "locked", "1m"):
        subprocess.run(["mount", "-o", "remount,ro", tmp_path / "locked"], check=True)
        with pytest.raises(SnapshotRefused, match="read-only"):
            SnapshotStore(tmp_path / "locked/store").take("one", [Source("state", state)])


def test_a_file_that_may_not_be_read_is_refused_by_name(tmp_path: Path) -> None:
    if _ROOT:
        pytest.skip("root may read everything")
    state = _state(tmp_path)
    (state / "credentials/2").chmod(0)
    store = SnapshotStore(tmp_path / "store")
    with pytest.raises(SnapshotRefused, match=r"credentials/2: permission is missing"):
        store.take("one", [Source("state", state)])
    store.take("one", [Source("state", state, ("credentials/2",))])
    store.seal("one")


def _spoil(root: Path, entry: Entry, how: str) -> None:
    """Damage one content in the store, wherever it lies: a large one in its own file, a small one in a pack."""
    large = root / "objects" / entry.sha256[:2] / entry.sha256[2:]
    if large.exists():
        whole = large.read_bytes()
        large.write_bytes(bytes([whole[0] ^ 1]) + whole[1:] if how == "flipped" else whole[:-1])
        if how == "missing":
            large.unlink()
        return
    for index in (root / "objects/packs").glob("*.index"):
        for line in index.read_text().splitlines():
            name, offset, *size = line.split(" ")
            if name == entry.sha256:
                pack = index.with_suffix(".pack")
                whole, start = pack.read_bytes(), int(offset)
                if how == "flipped":
                    pack.write_bytes(whole[:start] + bytes([whole[start] ^ 1]) + whole[start + 1 :])
                elif how == "cut":
                    pack.write_bytes(whole[: start + int(size[0]) - 1])
                else:
                    index.write_text(index.read_text().replace(line, ""))
                return
    raise AssertionError("not in the store")


@pytest.mark.parametrize("size", [2000, 300_000])
@pytest.mark.parametrize("how", ["flipped", "cut", "missing"])
def test_a_damaged_content_is_named_and_nothing_is_touched(tmp_path: Path, how: str, size: int) -> None:
    store, state = _sealed(tmp_path, size)
    (entry,) = [entry for entry in store.entries("one") if entry.path == "credentials/2"]
    _spoil(tmp_path / "store", entry, how)
    again = SnapshotStore(tmp_path / "store")
    with pytest.raises(SnapshotDamaged, match="state/") as caught:
        again.verify("one")
    assert caught.value.exit_code == 4
    (state / "credentials/2").write_bytes(b"new")
    now = _contents(state)
    with pytest.raises(SnapshotDamaged, match="state/"):
        SnapshotStore(tmp_path / "store").restore("one")
    if how == "missing":
        assert _contents(state) == now
    assert (state / "credentials/2").read_bytes() == b"new"
    assert not list(state.rglob(".clawupgrade*"))


@pytest.mark.parametrize("size", [2000, 300_000])
def test_taking_it_again_heals_a_damaged_content(tmp_path: Path, size: int) -> None:
    store, state = _sealed(tmp_path, size)
    time.sleep(2.1)  # so that the second snapshot trusts its cache, and does not read the file
    store.take("two", [Source("state", state)])
    assert store.take("two", [Source("state", state)]).read_bytes == 0
    (entry,) = [entry for entry in store.entries("two") if entry.path == "credentials/1"]
    _spoil(tmp_path / "store", entry, "flipped")
    with pytest.raises(SnapshotDamaged, match="credentials/1"):
        store.seal("two")
    assert not store.is_sealed("two")
    assert store.take("two", [Source("state", state)]).read_bytes == size
    store.seal("two")
    store.verify("one")


def test_a_file_rewritten_all_the_time_is_never_torn(tmp_path: Path) -> None:
    """Seen to fail without the comparison of the times before and after the reading."""
    state = _state(tmp_path)
    busy = state / "sessions.json"
    busy.write_bytes(b"a" * 300_000)
    stop = threading.Event()

    def rewrite() -> None:
        while not stop.is_set():
            for letter in (b"b", b"c"):
                with busy.open("r+b") as file:
                    file.write(letter * 300_000)
            time.sleep(0.01)

    writer = threading.Thread(target=rewrite)
    store = SnapshotStore(tmp_path / "store")
    writer.start()
    try:
        for number in range(30):
            draft = store.take(f"n{number}", [Source("state", state)])
            held = store.read_file(f"n{number}", busy)
            assert draft.unsettled == (busy,) or len(set(held)) == 1
    finally:
        stop.set()
        writer.join()
    store.delta("n29")
    store.seal("n29")
    assert store.read_file("n29", busy) == busy.read_bytes()


def test_a_log_that_never_stops_growing_is_marked_and_read_again(tmp_path: Path) -> None:
    state = _state(tmp_path)
    log = state / "gateway.log"
    log.write_bytes(os.urandom(24 << 20))  # long enough to read for the writer to get its turn
    append = "import os, sys\nlog = os.open(sys.argv[1], os.O_WRONLY | os.O_APPEND)\nwhile os.write(log, b'line'): pass"
    store = SnapshotStore(tmp_path / "store")
    with subprocess.Popen([sys.executable, "-c", append, log]) as writer:
        try:
            while log.stat().st_size == 24 << 20:
                time.sleep(0.01)
            draft = store.take("one", [Source("state", state)])
        finally:
            writer.kill()
    assert draft.unsettled == (log,)
    report = store.delta("one")
    assert log in report.changed
    assert report.unsettled == ()
    store.seal("one")
    assert store.read_file("one", log) == log.read_bytes()


def test_files_that_vanish_while_they_are_listed_are_no_trouble(tmp_path: Path) -> None:
    state = _state(tmp_path)
    stop = threading.Event()

    def churn() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            folder = state / f"run-{number % 7}"
            folder.mkdir(exist_ok=True)
            (folder / "f").write_text("x")
            shutil.rmtree(folder)

    writer = threading.Thread(target=churn)
    store = SnapshotStore(tmp_path / "store")
    writer.start()
    try:
        for number in range(40):
            store.take(f"n{number}", [Source("state", state)])
    finally:
        stop.set()
        writer.join()
    store.delta("n39")
    store.seal("n39")
    store.restore("n39", into=tmp_path / "drill")
    assert {path.name for path in (tmp_path / "drill/state").rglob("*") if path.is_file()} == {
        path.name for path in state.rglob("*") if path.is_file()
    }


def test_nothing_of_a_store_is_for_other_eyes(tmp_path: Path) -> None:
    """failures.md 43: whatever the umask, folders 0700 and files at most 0600."""
    before = os.umask(0)
    try:
        store, state = _sealed(tmp_path)
        (state / "openclaw.json").write_text("{}")
        store.restore("one", aside=tmp_path / "store/aside")
        store.pin("one")
        store.export("one", tmp_path / "store/one.tar")
    finally:
        os.umask(before)
    for path in (tmp_path / "store", *(tmp_path / "store").rglob("*")):
        if "aside" not in path.parts or path.is_dir():
            wanted = 0o700 if path.is_dir() else 0o600
            assert stat.S_IMODE(path.stat().st_mode) & ~wanted == 0, path


def test_the_secret_stands_only_in_contents_and_config_texts(tmp_path: Path) -> None:
    """Headers, manifests and messages name files; what they hold stays in the store's two places for it."""
    store, state = _sealed(tmp_path)
    lines = [entry.line() for entry in store.entries("one")]
    assert not any(_SECRET in line for line in lines)
    holders = {
        str(path.relative_to(tmp_path / "store").parts[0])
        for path in (tmp_path / "store").rglob("*")
        if path.is_file() and _SECRET.encode() in path.read_bytes()
    }
    assert holders == {"objects"}
    assert _SECRET.encode() in store.text(store.history(state / "openclaw.json")[0].commit, state / "openclaw.json")


def test_git_variables_of_the_caller_do_not_reach_the_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A hook or a `git rebase --exec` runs with GIT_DIR set; ours must not go there."""
    evil = tmp_path / "evil"
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_OBJECT_DIRECTORY", "GIT_COMMON_DIR", "GIT_INDEX_FILE"):
        monkeypatch.setenv(name, str(evil))
    monkeypatch.setenv("GIT_AUTHOR_NAME", "somebody")
    _sealed(tmp_path)
    assert not evil.exists()
    assert os.environ["GIT_DIR"] == str(evil), "the caller's own children still need theirs"
    assert [info.snapshot_id for info in SnapshotStore(tmp_path / "store").list()] == ["one"]


def test_a_persons_git_reads_it_and_git_gc_does_no_harm(tmp_path: Path) -> None:
    _, state = _sealed(tmp_path)
    git = ["git", "--git-dir", str(tmp_path / "store/history.git")]
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}

    def run(*arguments: str) -> str:
        done = subprocess.run([*git, *arguments], check=True, capture_output=True, text=True, env=environment)
        return done.stdout + done.stderr

    assert run("fsck", "--full", "--strict").strip() == ""
    assert run("log", "--format=%an %s", "config").strip() == "clawupgrade one"
    assert run("remote").strip() == ""
    run("gc", "--prune=now")
    again = SnapshotStore(tmp_path / "store")
    again.verify("one")
    again.take("two", [Source("state", state)], readable=[state / "openclaw.json"])
    again.seal("two")
    again.forget("one")
    assert [info.snapshot_id for info in SnapshotStore(tmp_path / "store").list()] == ["two"]
    again.restore("two", into=tmp_path / "drill")
