"""Snapshots against `cp -a` of the same tree, turn by turn, beside restic and OpenClaw's own backup; one table.

    python tests/bench/snapshots.py [--folder DIR] [--scale 1.0] [--turns 3] [--openclaw BIN]

Limits: the first snapshot at most 2.5 x `cp -a`, the second at most 0.4 x, memory under 120 MB, a package of
12,000 files kept in under 2 s. Exit 1 if one does not hold.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from snapshots_measured import HEAD, WARM, Row, Taken, measure
from snapshots_trees import make_package, make_state

_FIRST, _SECOND, _MEMORY, _PACKAGE = 2.5, 0.4, 120.0, 2.0
_RACY = 2.5  # seconds: a file younger than that is read again by design

_SNAPSHOT = """
import sys
from pathlib import Path
from clawupgrade.host.snapshots import SnapshotStore, Source
store, name, source, acts = SnapshotStore(Path(sys.argv[1])), sys.argv[2], Path(sys.argv[3]), sys.argv[4:]
if "take" in acts: store.take(name, [Source("state", source)])
if "delta" in acts: store.delta(name)
if "verify" in acts: store.verify(name)
if "seal" in acts: store.seal(name)
if "restore" in acts: store.restore(name)
"""

_COPY = """
import sys
from clawupgrade.host.files import LocalFiles
files, (package, kept) = LocalFiles(None), sys.argv[1:]
files.copy_tree(package, kept)
files.manifest(package)
"""
_EXCHANGE = """
import sys
from clawupgrade.host.files import LocalFiles
LocalFiles(None).exchange(*sys.argv[1:])
"""


def _snapshot(store: Path, name: str, source: Path, *acts: str) -> Taken:
    return measure([sys.executable, "-c", _SNAPSHOT, store, name, source, *acts])


def _copied(source: Path, target: Path) -> Taken:
    taken = measure(["cp", "-a", source, target])
    shutil.rmtree(target)
    return taken


def _state(folder: Path, scale: float, turns: int) -> list[Row]:
    state = folder / "state"
    make_state(state, scale)
    time.sleep(_RACY)
    copy = Row("cp -a")
    first = Row("first snapshot (take, verify, seal)", ratio_limit=_FIRST, memory_limit=_MEMORY)
    second = Row("second snapshot (take, verify, seal)", ratio_limit=_SECOND, memory_limit=_MEMORY)
    live = Row("  while the gateway serves (take, verify)")
    away = Row("  while it is away (delta, verify, seal)")
    again = Row("restore where nothing changed")
    for turn in range(turns):
        store = folder / f"store-{turn}"
        for row, name in ((first, "one"), (second, "two")):
            row.beside.append(_copied(state, folder / "copy"))
            row.taken.append(_snapshot(store, name, state, "take", "verify", "seal"))
        live.taken.append(_snapshot(store, "three", state, "take", "verify"))
        away.taken.append(_snapshot(store, "three", state, "delta", "verify", "seal"))
        again.taken.append(_snapshot(store, "three", state, "restore"))
        shutil.rmtree(store)
    copy.taken = first.beside + second.beside
    return [copy, first, second, live, away, again]


def _package(folder: Path, scale: float, turns: int) -> list[Row]:
    """The old package of a run, kept so that going back needs no network, as the steps `switch` and `keep` do it.

    Where the target is staged beside it, the two trees are exchanged. Only an update in place has to copy, while
    the gateway serves; that costs what `cp -a` and a sync do.
    """
    package, stage = folder / "package", folder / "stage"
    make_package(package, scale)
    make_package(stage, scale)
    time.sleep(_RACY)
    copy, kept = Row("cp -a of a package of 12,000 files"), Row("package kept by a run", wall_limit=_PACKAGE)
    in_place = Row("package kept by a run in place (copy, sync)")
    for _ in range(turns):
        kept.taken.append(measure([sys.executable, "-c", _EXCHANGE, package, stage]))
        in_place.beside.append(_copied(package, folder / "copied"))
        in_place.taken.append(measure([sys.executable, "-c", _COPY, package, folder / "kept"]))
        shutil.rmtree(folder / "kept")
    copy.taken = in_place.beside
    return [copy, kept, in_place]


def _restic(folder: Path) -> list[Row]:
    rows = [Row(f"restic backup + check --read-data, {turn}") for turn in ("first", "second")]
    if shutil.which("restic") is not None:
        WARM.append(["restic", "version"])
        environment = {"RESTIC_PASSWORD": "bench", "RESTIC_REPOSITORY": str(folder / "restic")}
        environment["RESTIC_CACHE_DIR"] = str(folder / "restic-cache")
        subprocess.run(["restic", "init", "-q"], check=True, env={**os.environ, **environment})
        both = 'restic backup -q "$0" && restic check -q --read-data'
        for row in rows:
            row.beside.append(_copied(folder / "state", folder / "copy"))
            row.taken.append(measure(["sh", "-c", both, folder / "state"], environment))
    return rows


def _openclaw(folder: Path, program: str | None) -> list[Row]:
    """`openclaw backup create --verify` of the same tree, as its state folder."""
    row = Row("openclaw backup create --verify")
    if program is not None:
        WARM.append([program, "--version"])
        home = folder / "home"
        home.mkdir()
        (home / ".openclaw").symlink_to(folder / "state")
        (folder / "state/openclaw.json").write_text("{}")
        environment = {"HOME": str(home), "OPENCLAW_STATE_DIR": str(folder / "state")}
        row.beside.append(_copied(folder / "state", folder / "copy"))
        row.taken.append(
            measure([program, "backup", "create", "--verify", "--output", folder / "backup.tar.gz"], environment)
        )
    return [row]


def main(arguments: list[str] | None = None) -> int:
    """Build the trees, measure, print the table; 1 if a limit does not hold."""
    parser = argparse.ArgumentParser(description="Snapshots against cp -a, restic and OpenClaw's own backup")
    parser.add_argument("--folder", type=Path, help="where to work (default: a folder in TMPDIR)")
    parser.add_argument("--scale", type=float, default=1.0, help="1.0 is 20,000 files in 1 GB and 300 MB")
    parser.add_argument("--turns", type=int, default=3, help="how often each is measured; medians count")
    parser.add_argument("--openclaw", default=shutil.which("openclaw"), help="whose backup to measure")
    parser.add_argument("--only", choices=("state", "package"), help="one part, without restic and OpenClaw")
    chosen = parser.parse_args(arguments)
    measures: list[Callable[[Path], list[Row]]] = []
    if chosen.only != "package":
        measures.append(lambda folder: _state(folder, chosen.scale, chosen.turns))
    if chosen.only is None:
        measures += [_restic, lambda folder: _openclaw(folder, chosen.openclaw)]
    if chosen.only != "state":
        measures.append(lambda folder: _package(folder, chosen.scale, chosen.turns))
    with tempfile.TemporaryDirectory(prefix="clawupgrade-bench-", dir=chosen.folder) as name:
        rows = [row for measure_part in measures for row in measure_part(Path(name))]
    caches = "dropped before each command" if os.geteuid() == 0 else "not dropped: that needs root"
    print(f"medians of {chosen.turns} turns, each against the cp -a right before it")
    print(f"caches: {caches}; the programs are in memory")
    print("\n".join([HEAD, *(row.line() for row in rows)]))
    return 0 if all(holds for row in rows for _, holds in row.verdicts()) else 1


if __name__ == "__main__":
    sys.exit(main())
