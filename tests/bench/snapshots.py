"""Snapshots against `cp -a` of the same tree in the same run, and the peak of their memory.

    python -m tests.bench.snapshots [--folder DIR] [--scale 1.0] [--restic] [--openclaw BIN]

Limits: the first at most 2.5 × `cp -a`, the second at most 0.4 ×, memory under 120 MB, a package of
12,000 files kept in under 2 s. Exit 1 if one does not hold.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

_FIRST, _SECOND, _MEMORY, _PACKAGE = 2.5, 0.4, 120.0, 2.0


@dataclass(frozen=True)
class Row:
    """One line of the table; `wall` and `cpu` in seconds (children included), `memory` in MB."""

    what: str
    wall: float
    cpu: float
    memory: float
    limit: str = ""
    holds: bool = True


def _tree(root: Path, files: int, size: int) -> None:
    """Files of log-normal sizes, as state folders have them: many small ones, a few large."""
    dice = random.Random(files)
    weights = [dice.lognormvariate(0, 1.5) for _ in range(files)]
    scale = size / sum(weights)
    for number, weight in enumerate(weights):
        folder = root / f"agents/{number % 40}/sessions/{number // 40 % 20}"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{number}.jsonl").write_bytes(dice.randbytes(int(weight * scale)))


def _database(path: Path, size: int) -> None:
    dice = random.Random(1)
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("CREATE TABLE message(id INTEGER PRIMARY KEY, body BLOB, key TEXT)")
        database.execute("CREATE INDEX by_key ON message(key)")
        rows = ((dice.randbytes(4000), str(dice.random())) for _ in range(size // 4100))
        database.executemany("INSERT INTO message(body, key) VALUES (?, ?)", rows)


def _measure(what: str, command: list[str | Path], environment: dict[str, str] | None = None) -> Row:
    """Run a command in a child of its own, so that its peak memory is its own."""
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    watch = subprocess.run(
        [sys.executable, "-c", _WATCH, *map(str, command)],
        check=True,
        stdout=subprocess.PIPE,
        env={**os.environ, **(environment or {})},
    )
    wall, after = time.monotonic() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Row(what, wall, cpu, json.loads(watch.stdout.splitlines()[-1]) / 1024)


_WATCH = """
import json, resource, subprocess, sys
code = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL).returncode
print(json.dumps(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss))
sys.exit(code)
"""

_SNAPSHOT = """
import sys
from pathlib import Path
from clawupgrade.host.snapshots import SnapshotStore, Source
store, name, source, acts = SnapshotStore(Path(sys.argv[1])), sys.argv[2], Path(sys.argv[3]), sys.argv[4:]
if "take" in acts: store.take(name, [Source("state", source)])
if "delta" in acts: store.delta(name)
if "verify" in acts: store.verify(name)
if "seal" in acts: store.seal(name)
if "restore" in acts: store.restore(name, into=Path(sys.argv[5]))
if "again" in acts: store.restore(name)
"""


def _snapshot(what: str, store: Path, name: str, source: Path, *acts: str) -> Row:
    return _measure(what, [sys.executable, "-c", _SNAPSHOT, store, name, source, *acts])


def _quiet() -> None:
    """Whatever was written before must not be written on somebody else's time."""
    os.sync()
    time.sleep(2.5)  # and files younger than two seconds are read again by design


def _copied(source: Path, target: Path) -> Row:
    _quiet()
    row = _measure("cp -a", ["cp", "-a", source, target])
    shutil.rmtree(target)
    return row


def _state(folder: Path, scale: float) -> list[Row]:
    state, store = folder / "state", folder / "store"
    _tree(state, int(20_000 * scale), int((1 << 30) * scale))
    _database(state / "openclaw.sqlite", int(300e6 * scale))
    _copied(state, folder / "copy")  # the first one pays for warming the cache, nobody counts it
    copies = [_copied(state, folder / "copy")]
    _quiet()
    first = _snapshot("first snapshot (take, verify, seal)", store, "one", state, "take", "verify", "seal")
    _quiet()
    second = _snapshot("second snapshot (take, verify, seal)", store, "two", state, "take", "verify", "seal")
    copies.append(_copied(state, folder / "copy"))
    copy = min(copies, key=lambda row: row.wall)
    _quiet()
    live = _snapshot("while the gateway serves (take, verify)", store, "three", state, "take", "verify")
    away = _snapshot("while it is away (delta, verify, seal)", store, "three", state, "delta", "verify", "seal")
    again = _snapshot("restore where nothing changed", store, "three", state, "again")
    return [
        *copies,
        _against(first, copy, _FIRST),
        _against(second, copy, _SECOND),
        live,
        away,
        again,
    ]


def _against(row: Row, copy: Row, limit: float) -> Row:
    ratio = row.wall / copy.wall
    words = f"{ratio:.2f} × cp -a (limit {limit}), memory {row.memory:.0f} MB (limit {_MEMORY:.0f})"
    return Row(row.what, row.wall, row.cpu, row.memory, words, ratio <= limit and row.memory < _MEMORY)


_KEEP = """
import sys
from clawupgrade.host import trees
trees.copy(sys.argv[1], sys.argv[2])
"""


def _package(folder: Path, scale: float) -> list[Row]:
    """The package that an update in place will replace, kept so that going back needs no network.

    12 KB in the mean, as in 2026.6.11 with its dependencies. Where the update is staged beside the live
    package, keeping the old one is a rename and costs nothing; a tree beside it costs what `cp -a` does.
    """
    package, store = folder / "package", folder / "packages"
    _tree(package, int(12_000 * scale), int((140 << 20) * scale))
    copied = _copied(package, folder / "copied")
    _quiet()
    tree = _measure("package kept as a tree beside it", [sys.executable, "-c", _KEEP, package, folder / "kept"])
    _quiet()
    first = _snapshot("package of 12,000 files kept in the store", store, "one", package, "take", "verify", "seal")
    _quiet()
    second = _snapshot("package kept in the store again", store, "two", package, "take", "verify", "seal")
    words = f"limit {_PACKAGE} s"
    held = Row(first.what, first.wall, first.cpu, first.memory, words, first.wall < _PACKAGE)
    return [Row("cp -a of the package", copied.wall, copied.cpu, copied.memory), tree, held, second]


def _restic(folder: Path) -> list[Row]:
    if shutil.which("restic") is None:
        return []
    environment = {"RESTIC_PASSWORD": "bench", "RESTIC_REPOSITORY": str(folder / "restic")}
    subprocess.run(["restic", "init", "-q"], check=True, env={**os.environ, **environment})
    rows = []
    for turn in ("first", "second"):
        _quiet()
        backup = _measure(f"restic backup, {turn}", ["restic", "backup", "-q", folder / "state"], environment)
        check = _measure(f"restic check --read-data, {turn}", ["restic", "check", "-q", "--read-data"], environment)
        rows += [backup, check]
    return rows


def _openclaw(folder: Path, program: str) -> list[Row]:
    """`openclaw backup create --verify` of the same tree, as its state folder."""
    home = folder / "home"
    home.mkdir()
    (home / ".openclaw").symlink_to(folder / "state")
    (folder / "state/openclaw.json").write_text("{}")
    environment = {"HOME": str(home), "OPENCLAW_STATE_DIR": str(folder / "state")}
    command: list[str | Path] = [program, "backup", "create", "--verify", "--output", folder / "backup.tar.gz"]
    _quiet()
    return [_measure("openclaw backup create --verify", command, environment)]


def _table(rows: list[Row]) -> str:
    lines = [f"{'':46}{'wall s':>8}{'cpu s':>8}{'MB':>6}"]
    for row in rows:
        mark = f"  {'ok' if row.holds else 'TOO MUCH'}: {row.limit}" if row.limit else ""
        lines.append(f"{row.what:46}{row.wall:8.2f}{row.cpu:8.2f}{row.memory:6.0f}{mark}")
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> int:
    """Build the trees, measure, print the table; 1 if a limit does not hold."""
    parser = argparse.ArgumentParser(description="Snapshots against cp -a")
    parser.add_argument("--folder", type=Path, help="where to work (default: a folder in TMPDIR)")
    parser.add_argument("--scale", type=float, default=1.0, help="1.0 is 20,000 files in 1 GB and 300 MB")
    parser.add_argument("--restic", action="store_true", help="measure restic, too")
    parser.add_argument("--openclaw", help="measure this openclaw's backup, too")
    chosen = parser.parse_args(arguments)
    measures: list[Callable[[Path], list[Row]]] = [
        lambda folder: _state(folder, chosen.scale),
        lambda folder: _package(folder, chosen.scale),
    ]
    if chosen.restic:
        measures.append(_restic)
    if chosen.openclaw:
        measures.append(lambda folder: _openclaw(folder, chosen.openclaw))
    with tempfile.TemporaryDirectory(prefix="clawupgrade-bench-", dir=chosen.folder) as name:
        rows = [row for measure in measures for row in measure(Path(name))]
    print(_table(rows))
    return 0 if all(row.holds for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
