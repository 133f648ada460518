from __future__ import annotations

import os
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from clawupgrade.host.snapshots import Retention, SnapshotDamaged, SnapshotStore, Source


@pytest.fixture
def state(tmp_path: Path) -> Path:
    (tmp_path / "state").mkdir()
    (tmp_path / "state/openclaw.json").write_text('{"v": 1}')
    (tmp_path / "state/other").write_text("x")
    return tmp_path / "state"


@pytest.fixture
def clock() -> Iterator[float]:
    return iter([float(1_700_000_000 + 86_400 * day) for day in range(100)])


@pytest.fixture
def make(tmp_path: Path, state: Path, clock: Iterator[float]) -> Callable[[str], SnapshotStore]:
    store = SnapshotStore(tmp_path / "store", now=lambda: next(clock))

    def made(name: str) -> SnapshotStore:
        store.take(name, [Source("state", state)], readable=[state / "openclaw.json"], meta={"openclaw": name})
        store.seal(name)
        return store

    return made


def test_the_list_says_what_there_is(make: Callable[[str], SnapshotStore]) -> None:
    make("b")
    store = make("a")
    store.take("draft", [])
    assert [(info.snapshot_id, info.files, info.bytes, info.meta) for info in store.list()] == [
        ("b", 2, 9, {"openclaw": "b"}),
        ("a", 2, 9, {"openclaw": "a"}),
    ]


def test_a_sealed_snapshot_is_never_overwritten(make: Callable[[str], SnapshotStore], state: Path) -> None:
    store = make("one")
    (state / "other").write_text("y")
    with pytest.raises(ValueError, match="sealed already"):
        store.take("one", [Source("state", state)])
    assert store.is_sealed("one")
    assert store.read_file("one", state / "other") == b"x"
    store.discard("one")
    store.verify("one")


def test_two_sources_of_one_name_are_refused(tmp_path: Path, state: Path) -> None:
    with pytest.raises(ValueError, match="two sources"):
        SnapshotStore(tmp_path / "store").take("one", [Source("a", state), Source("a", tmp_path)])


@pytest.mark.parametrize("name", ["", ".", "../x", "a b", "a..b", "x.lock", "a/b", "-rf", "x" * 201])
def test_a_name_must_be_safe(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="not a name"):
        SnapshotStore(tmp_path / "store").take(name, [])


def test_an_unknown_snapshot_is_said(tmp_path: Path) -> None:
    store = SnapshotStore(tmp_path / "store")
    for act in (store.restore, store.delta, store.verify, store.seal, store.pin):
        with pytest.raises(SnapshotDamaged, match="there is no snapshot none"):
            act("none")
    store.discard("none")
    assert store.list() == []
    assert store.prune(Retention()).verdicts == ()
    assert not (tmp_path / "store/history.git").exists()


def test_a_file_is_read_by_its_path(make: Callable[[str], SnapshotStore], state: Path) -> None:
    store = make("one")
    assert store.read_file("one", state / "other") == b"x"
    assert store.read_file("one", state / "openclaw.json") == b'{"v": 1}'
    with pytest.raises(FileNotFoundError):
        store.read_file("one", state / "none")


def test_part_of_it_can_be_put_back(tmp_path: Path, make: Callable[[str], SnapshotStore], state: Path) -> None:
    store = make("one")
    with pytest.raises(SnapshotDamaged, match="no part named config"):
        store.restore("one", names=["state", "config"])
    (state / "other").write_text("y")
    store.restore("one", names=[])
    assert (state / "other").read_text() == "y"
    assert store.differs("one", names=[]) == []
    assert store.differs("one", names=["state"]) == [state / "other"]


def test_progress_ends_where_it_said(tmp_path: Path, state: Path) -> None:
    said: list[tuple[int, int]] = []
    store = SnapshotStore(tmp_path / "store")
    store.take("one", [Source("state", state)], progress=lambda done, total: said.append((done, total)))
    assert said[-1] == (9, 9)
    assert all(done <= total for done, total in said)


def test_config_history_shows_each_change_once_and_outlives_pruning(
    make: Callable[[str], SnapshotStore], state: Path
) -> None:
    make("one")
    make("two")
    (state / "openclaw.json").write_text('{"v": 2}')
    make("three")
    (state / "openclaw.json").unlink()
    make("four")
    (state / "openclaw.json").write_text('{"v": 2}')
    store = make("five")
    history = store.history(state / "openclaw.json")
    assert [revision.snapshot_id for revision in history] == ["one", "three", "five"]
    assert history[0].when == 1_700_000_000
    store.prune(Retention(count=1))
    assert [info.snapshot_id for info in store.list()] == ["five"]
    assert [store.text(r.commit, state / "openclaw.json") for r in history] == [b'{"v": 1}', b'{"v": 2}', b'{"v": 2}']
    with pytest.raises(FileNotFoundError):
        store.text(history[0].commit, state / "other")


def test_pruning_frees_what_only_they_needed(tmp_path: Path, make: Callable[[str], SnapshotStore], state: Path) -> None:
    (state / "media").write_bytes(os.urandom(100_000))
    store = make("old")
    store.pin("old")
    make("older")
    (state / "media").write_bytes(os.urandom(200_000))
    make("new")
    report = store.prune(Retention(count=1))
    assert [(v.snapshot_id, v.keep) for v in report.verdicts] == [("new", True), ("older", False), ("old", True)]
    store.verify("old")
    store.unpin("old")
    report = store.prune(Retention(count=1))
    assert 95_000 < report.freed < 150_000
    assert [info.snapshot_id for info in store.list()] == ["new"]
    store.verify("new")
    with pytest.raises(SnapshotDamaged, match="no snapshot old"):
        store.restore("old")


def test_a_draft_keeps_its_contents_through_a_pruning(make: Callable[[str], SnapshotStore], state: Path) -> None:
    store = make("old")
    (state / "other").write_text("drafted")
    store.take("draft", [Source("state", state)], readable=[state / "openclaw.json"])
    store.forget("old")
    store.seal("draft")
    assert store.read_file("draft", state / "other") == b"drafted"


def test_nothing_is_pruned_while_a_manifest_cannot_be_read(
    tmp_path: Path, make: Callable[[str], SnapshotStore]
) -> None:
    """What it needs is not known, so nothing may go; the list shows it, and it can be let go by name."""
    store = make("one")
    make("two")
    for blob in (tmp_path / "store/history.git/objects").glob("??/*"):
        if blob.stat().st_mtime_ns and _is_header_of(blob, b'"id": "one"'):
            blob.chmod(0o600)
            blob.write_bytes(b"torn")
    store = SnapshotStore(tmp_path / "store")
    assert [bool(info.damaged) for info in store.list()] == [True, False]
    with pytest.raises(SnapshotDamaged):
        store.prune(Retention(count=1))
    store.verify("two")


def _is_header_of(blob: Path, text: bytes) -> bool:
    import zlib

    return text in zlib.decompress(blob.read_bytes())


def test_an_export_is_a_tar_with_the_tree_and_the_manifest(
    tmp_path: Path, make: Callable[[str], SnapshotStore]
) -> None:
    store = make("one")
    store.export("one", tmp_path / "one.tar")
    with tarfile.open(tmp_path / "one.tar") as tar:
        assert tar.getnames() == [
            "snapshot.json",
            "manifest/state.jsonl",
            "tree/state",
            "tree/state/openclaw.json",
            "tree/state/other",
        ]
        held = tar.extractfile("tree/state/other")
        assert held is not None
        assert held.read() == b"x"
    with pytest.raises(ValueError, match="not an age recipient"):
        store.export("one", tmp_path / "one.age", recipients=["age1nonsense"])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one.tar", "state", "store"]


def test_texts_can_be_noted_without_a_snapshot_and_are_found_by_name(tmp_path: Path) -> None:
    config = tmp_path / "openclaw.json"
    config.write_text("{}")
    store = SnapshotStore(tmp_path / "store")
    store.take("one", [Source("config", config)], readable=[config], meta={"why": "a test"})
    store.seal("one")
    config.write_text('{"after": 1}')
    store.note("one.after", [config, tmp_path / "never-was"])
    config.write_text("later")
    assert store.noted("one", config) == b"{}"
    assert store.noted("one.after", config) == b'{"after": 1}'
    assert store.noted("one.after", tmp_path / "never-was") is None
    assert store.noted("two", config) is None
    assert [revision.snapshot_id for revision in store.history(config)] == ["one", "one.after"]
    (held,) = store.list()
    assert (held.readable, held.meta) == ((str(config),), {"why": "a test"})


def test_judging_lets_nothing_go(tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    store = SnapshotStore(tmp_path / "store")
    for name in ("one", "two"):
        store.take(name, [Source("state", tmp_path / "state")])
        store.seal(name)
    judged = store.judge(Retention(count=1))
    assert [(verdict.snapshot_id, verdict.keep) for verdict in judged] == [("two", True), ("one", False)]
    assert len(store.list()) == 2
    assert store.prune(Retention(count=1)).verdicts == judged
    assert [held.snapshot_id for held in store.list()] == ["two"]


def test_a_link_that_came_since_is_removed_and_not_followed(tmp_path: Path) -> None:
    """`systemctl enable` made one to the unit; its removal once took the unit along."""
    store = SnapshotStore(tmp_path / "store")
    unit, link = tmp_path / "gateway.service", tmp_path / "wants/gateway.service"
    unit.write_text("[Service]\n")
    link.parent.mkdir()
    store.take("one", [Source("unit", unit), Source("link", link)], readable=[])
    store.seal("one")
    link.symlink_to(unit)
    assert store.differs("one") == [link]
    store.restore("one")
    assert not link.is_symlink()
    assert unit.read_text() == "[Service]\n"
    assert store.differs("one") == []
