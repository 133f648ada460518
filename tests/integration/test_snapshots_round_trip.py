"""Any tree: take, mutilate, restore, and it is the same to the bit. Root is not needed, but gives more."""

from __future__ import annotations

import os
import random
import shutil
import socket
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clawupgrade.host.snapshots import SnapshotStore, Source

_ROOT = os.geteuid() == 0
_NAMES = st.sampled_from(
    [
        b"a",
        b"b",
        b"workspace",
        b".gitattributes",
        b"-rf",
        b"a b",
        b"x\ny",
        b"caf\xe9",
        b"\xff\xfe",
        b"n" * 255,
    ]
)
_CONTENTS = st.one_of(
    st.sampled_from([b"", b"\r\n", b"* text=auto eol=lf\r\n", b"SQLite format 3", b"\0" * 5000, b"x" * (1 << 20)]),
    st.integers(0, 1_500_000).map(lambda size: random.Random(size).randbytes(size)),
)
_MODES = st.sampled_from([0o644, 0o600, 0o755, 0o400, 0o4755, 0o2711, 0o666] + [0o000, 0o111] * _ROOT)
_FOLDER_MODES = st.sampled_from([0o755, 0o700, 0o1777, 0o2750, 0o500] + [0o000] * _ROOT)
_TIMES = st.sampled_from([0, 1, 999_999_999, 1_700_000_000_123_456_789, 2**34 * 10**9])
# user::rw- user:1234:r-- group::r-- mask::r-- other::r-- (linux/posix_acl_xattr.h)
_ACL = bytes.fromhex("0200000001000600ffffffff02000400d204000004000400ffffffff10000400ffffffff20000400ffffffff")
_DEFAULT_ACL = _ACL.replace(bytes.fromhex("01000600"), bytes.fromhex("01000700"))  # what is made below inherits it
_XATTRS = st.sampled_from([(), (("user.note", b"\0\xff"),), (("system.posix_acl_access", _ACL),)])
_KINDS = st.sampled_from(["file", "file", "folder", "folder", "sparse", "link", "dangling", "fifo", "repository"])


@dataclass(frozen=True)
class Node:
    """One path; it goes into the folder whose turn `parent` says."""

    parent: int
    name: bytes
    kind: str
    content: bytes
    mode: int
    folder_mode: int
    time: int
    xattrs: tuple[tuple[str, bytes], ...]
    owner: int


_TREES = st.lists(
    st.builds(
        Node,
        st.integers(0, 3),
        _NAMES,
        _KINDS,
        _CONTENTS,
        _MODES,
        _FOLDER_MODES,
        _TIMES,
        _XATTRS,
        st.sampled_from([0, 1500] if _ROOT else [os.geteuid()]),
    ),
    max_size=9,
)


def _build(root: Path, nodes: list[Node]) -> None:
    root.mkdir()
    folders = [root]
    made: list[tuple[Path, Node]] = []
    for node in nodes:
        path = folders[node.parent % len(folders)] / os.fsdecode(node.name)
        if not os.path.lexists(path):
            _make(path, node)
            made.append((path, node))
            if node.kind == "folder":
                folders.append(path)
    for path, node in reversed(made):  # a folder's mode and times come after what is in it
        if node.kind in ("folder", "repository"):
            path.chmod(node.folder_mode)
        os.utime(path, ns=(node.time, node.time), follow_symlinks=False)
    os.utime(root, ns=(7, 7))


def _make(path: Path, node: Node) -> None:
    match node.kind:
        case "folder":
            path.mkdir()
        case "repository":
            (path / ".git/refs").mkdir(parents=True)
            (path / ".git/HEAD").write_bytes(b"ref: refs/heads/main\n")
            (path / ".gitignore").write_bytes(b"*\n")
        case "link":
            path.symlink_to("../a")
        case "dangling":
            path.symlink_to("/nowhere/\udcff")
        case "fifo":
            os.mkfifo(path)
        case "sparse":
            with path.open("wb") as file:
                file.write(b"start")
                file.seek(3_000_000)
                file.write(b"end")
        case _:
            path.write_bytes(node.content)
    os.chown(path, node.owner, node.owner if _ROOT else -1, follow_symlinks=False)
    has_acl = any(name.startswith("system.") for name, _ in node.xattrs)
    if node.kind in ("file", "sparse"):
        for name, value in node.xattrs:
            os.setxattr(path, name, value)
    elif node.kind == "folder" and has_acl:
        os.setxattr(path, "system.posix_acl_default", _DEFAULT_ACL)
    if node.kind in ("file", "sparse", "fifo") and not has_acl:
        path.chmod(node.mode)


def digest(root: Path) -> dict[str, tuple[object, ...]]:
    """Everything about a tree that a restore must give back."""
    found: dict[str, tuple[object, ...]] = {}
    for path in _all(root):
        info = path.lstat()
        content: object = None
        if path.is_symlink():
            content = path.readlink()
        elif path.is_file():
            content = path.read_bytes()
        names = os.listxattr(path, follow_symlinks=False)
        xattrs = sorted((name, os.getxattr(path, name, follow_symlinks=False)) for name in names)
        stable = (info.st_mode, info.st_uid, info.st_gid, info.st_mtime_ns)
        found[str(path.relative_to(root))] = (stable, content, xattrs)
    return found


def _all(path: Path) -> Iterator[Path]:
    yield path
    if path.is_dir() and not path.is_symlink():
        for below in sorted(path.iterdir()):
            yield from _all(below)


def _mutilate(root: Path, draw: st.DataObject) -> None:
    paths = [path for path in _all(root) if path != root]
    for path in draw.draw(st.lists(st.sampled_from(paths), max_size=6)) if paths else []:
        if not os.path.lexists(path) or not os.access(path.parent, os.X_OK):
            continue
        with _writable(path.parent):
            _damage(
                path, draw.draw(st.sampled_from(["remove", "file", "folder", "link", "mode", "time", "swap", "xattr"]))
            )
    with _writable(root):
        (root / "added").write_bytes(b"added")


def _damage(path: Path, how: str) -> None:
    is_plain = path.is_file() and not path.is_symlink()
    match how:
        case "mode" if not path.is_symlink():
            path.chmod(0o700)
        case "time":
            os.utime(path, (5, 5), follow_symlinks=False)
        case "xattr" if is_plain:
            info = path.stat()
            path.chmod(0o600)
            os.setxattr(path, "user.late", b"x")
            path.chmod(stat.S_IMODE(info.st_mode))
        case "swap" if is_plain:  # other bytes under the same size, mode and time
            info = path.stat()
            path.chmod(0o600)
            with path.open("r+b") as file:
                file.write(b"?"[: info.st_size])
            os.utime(path, ns=(info.st_mtime_ns, info.st_mtime_ns))
            path.chmod(stat.S_IMODE(info.st_mode))
        case "remove" | "file" | "folder" | "link":
            _unlock(path)
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()
            if how == "file":
                path.write_bytes(b"in the way")
            elif how == "folder":
                (path / "deep/er").mkdir(parents=True)
                (path / "deep/er/f").write_bytes(b"x")
            elif how == "link":
                path.symlink_to("/etc/passwd")


@contextmanager
def _writable(folder: Path) -> Iterator[None]:
    mode = stat.S_IMODE(folder.stat().st_mode)
    folder.chmod(mode | 0o700)
    yield
    folder.chmod(mode)


def _unlock(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        path.chmod(0o700)
        for below in path.iterdir():
            _unlock(below)


@pytest.fixture
def room() -> Iterator[Path]:
    path = Path(tempfile.mkdtemp(prefix="snapshots-"))
    yield path
    _unlock(path)
    shutil.rmtree(path)


@given(tree=_TREES, data=st.data())
@settings(max_examples=100, deadline=None)
def test_take_mutilate_restore_gives_back_the_same_to_the_bit(tree: list[Node], data: st.DataObject) -> None:
    """Seen to fail without: xattrs in the comparison, folder times last, removal of what is not named."""
    room = Path(tempfile.mkdtemp(prefix="snapshots-"))
    try:
        root = room / "state"
        _build(root, tree)
        before = digest(root)
        store = SnapshotStore(room / "store")
        store.take("one", [Source("state", root)])
        store.delta("one")
        store.verify("one")
        store.seal("one")
        assert digest(root) == before, "taking a snapshot changed the tree"

        _mutilate(root, data)
        report = store.restore("one", aside=room / "aside")
        assert digest(root) == before
        assert report.notes == ()
        assert store.differs("one") == []
        again = store.restore("one", aside=room / "aside")
        assert (again.written, again.removed) == (0, 0)

        store.restore("one", into=room / "drill")
        assert digest(room / "drill/state") == before
    finally:
        _unlock(room)
        shutil.rmtree(room)


def test_a_socket_is_recorded_and_left_to_its_program(room: Path) -> None:
    state = room / "state"
    state.mkdir()
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(state / "gateway.sock"))
        store = SnapshotStore(room / "store")
        store.take("one", [Source("state", state)])
        store.seal("one")
        assert {entry.path: entry.kind.value for entry in store.entries("one")}["gateway.sock"] == "socket"
        store.restore("one")
        assert (state / "gateway.sock").is_socket()
    (state / "gateway.sock").unlink()
    report = store.restore("one")
    assert not (state / "gateway.sock").exists()
    assert report.notes == (f"{state}/gateway.sock: socket not recreated: its program does that",)
    assert store.differs("one") == []


def test_what_was_left_out_is_neither_kept_nor_removed(room: Path) -> None:
    state = room / "state"
    (state / "logs/old").mkdir(parents=True)
    (state / "logs/old/gateway.log").write_text("1")
    (state / "a.log").write_text("2")
    (state / "kept").write_text("3")
    store = SnapshotStore(room / "store")
    draft = store.take("one", [Source("state", state, ("logs/", "*.log"))])
    store.seal("one")
    assert sorted(draft.left_out) == ["a.log", "logs"]
    assert [entry.path for entry in store.entries("one")] == [".", "kept"]

    (state / "new").mkdir()
    (state / "new/b.log").write_text("4")
    (state / "new/c").write_text("5")
    (state / "kept").write_text("changed")
    store.restore("one")
    assert (state / "logs/old/gateway.log").read_text() == "1"
    assert (state / "a.log").read_text() == "2"
    assert (state / "new/b.log").read_text() == "4", "a folder that holds what was left out stays"
    assert not (state / "new/c").exists()
    assert (state / "kept").read_text() == "3"


def test_absence_is_restored_as_absence(room: Path) -> None:
    sources = [
        Source("dropins", room / "unit.d"),
        Source("unit", room / "unit"),
        Source("env", room / "no/env"),
    ]
    (room / "unit").write_text("[Unit]\n")
    store = SnapshotStore(room / "store")
    store.take("one", sources)
    store.seal("one")
    (room / "unit.d").mkdir()
    (room / "unit.d/late.conf").write_text("x")
    (room / "unit").unlink()
    (room / "no").mkdir()
    (room / "no/env").write_text("y")
    store.restore("one", aside=room / "aside")
    assert not (room / "unit.d").exists()
    assert not (room / "no/env").exists()
    assert (room / "unit").read_text() == "[Unit]\n"
    assert (room / "aside/dropins/late.conf").read_text() == "x"
    assert (room / "aside/env").read_text() == "y"


def test_a_state_folder_behind_a_link_is_held_whole(room: Path) -> None:
    """A link at the top must not become the whole snapshot (failures.md 45: a backup that isn't one)."""
    (room / "disk/state").mkdir(parents=True)
    (room / "disk/state/f").write_text("1")
    (room / "state").symlink_to(room / "disk/state")
    store = SnapshotStore(room / "store")
    store.take("one", [Source("state", room / "state")])
    store.seal("one")
    shutil.rmtree(room / "disk/state")
    (room / "state").unlink()
    store.restore("one")
    assert (room / "state").is_symlink()
    assert (room / "state/f").read_text() == "1"


def test_a_store_inside_the_state_folder_is_not_part_of_it(room: Path) -> None:
    state = room / "state"
    state.mkdir()
    (state / "f").write_text("1")
    store = SnapshotStore(state / "snapshots")
    store.take("one", [Source("state", state)])
    store.delta("one")
    store.seal("one")
    assert [entry.path for entry in store.entries("one")] == [".", "f"]
    (state / "f").write_text("2")
    store.restore("one")
    assert (state / "f").read_text() == "1"
    assert [info.snapshot_id for info in store.list()] == ["one"]


def test_links_that_lead_out_and_hard_links_are_said(room: Path) -> None:
    state = room / "state"
    state.mkdir()
    (room / "elsewhere").mkdir()
    (state / "workspace").symlink_to(room / "elsewhere")
    (state / "inside").symlink_to("a")
    (state / "a").write_text("1")
    os.link(state / "a", state / "b")
    draft = SnapshotStore(room / "store").take("one", [Source("state", state)])
    assert draft.outside == (state / "workspace",)
    assert draft.hard_links == 2


@pytest.mark.skipif(not _ROOT, reason="only root can make folders for somebody else")
def test_folders_above_a_source_come_back_as_their_owners(room: Path) -> None:
    """A drop-in folder that root made in a user's home is one that the user cannot clean up."""
    (room / "home").mkdir()
    os.chown(room / "home", 1500, 1500)
    (room / "home/.config/systemd").mkdir(parents=True)
    (room / "home/.config/systemd/unit").write_text("[Unit]")
    store = SnapshotStore(room / "store")
    store.take("one", [Source("unit", room / "home/.config/systemd/unit")])
    store.seal("one")
    shutil.rmtree(room / "home/.config")
    store.restore("one")
    assert (room / "home/.config/systemd/unit").read_text() == "[Unit]"
    assert {(room / "home" / path).stat().st_uid for path in (".config", ".config/systemd")} == {1500}
