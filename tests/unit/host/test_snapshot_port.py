"""The snapshot store in the core's words."""

from __future__ import annotations

from pathlib import Path

import pytest

from clawupgrade.host.snapshot_port import StoredSnapshots
from clawupgrade.host.snapshots import SnapshotStore

from .plans import RUN_ID


@pytest.fixture
def snapshots(folder: Path) -> StoredSnapshots:
    return StoredSnapshots(SnapshotStore(folder / "snapshots"))


@pytest.fixture
def state(folder: Path) -> Path:
    (folder / "state/logs").mkdir(parents=True)
    (folder / "state/openclaw.json").write_text("{}")
    (folder / "state/logs/big").write_text("left out")
    return folder / "state"


def test_from_the_first_pass_to_the_restore(snapshots: StoredSnapshots, state: Path) -> None:
    config = str(state / "openclaw.json")
    snapshots.take(RUN_ID, [("state", str(state), ("logs",))], [config])
    (state / "new").write_text("since")
    snapshots.delta(RUN_ID)
    snapshots.verify(RUN_ID)
    assert not snapshots.is_sealed(RUN_ID)
    snapshots.seal(RUN_ID)
    assert snapshots.is_sealed(RUN_ID)
    assert snapshots.read_file(RUN_ID, config) == b"{}"
    assert snapshots.read_file(RUN_ID, str(state / "none")) is None
    assert list(snapshots.differs(RUN_ID)) == []
    (state / "openclaw.json").write_text("{ broken")
    (state / "logs/big").write_text("more")
    assert list(snapshots.differs(RUN_ID, ["state"])) == [state / "openclaw.json"]
    snapshots.restore(RUN_ID, names=["state"], aside=str(state.parent / "aside"))
    assert (state / "openclaw.json").read_text() == "{}"
    assert (state / "logs/big").read_text() == "more"
    assert (state.parent / "aside/state/openclaw.json").read_text() == "{ broken"


def test_an_unsealed_one_can_be_discarded_twice(snapshots: StoredSnapshots, state: Path) -> None:
    snapshots.take(RUN_ID, [("state", str(state), ())], [])
    snapshots.discard(RUN_ID)
    snapshots.discard(RUN_ID)
    assert not snapshots.is_sealed(RUN_ID)
