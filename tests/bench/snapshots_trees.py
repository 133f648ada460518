"""What the snapshot bench works on: a state of 1 GB in 20,000 files with a database beside it, and a package."""

from __future__ import annotations

import random
import sqlite3
from contextlib import closing
from pathlib import Path


def make_state(root: Path, scale: float) -> None:
    """20,000 files in 1 GB and a database of 300 MB, times `scale`."""
    _tree(root, int(20_000 * scale), int((1 << 30) * scale))
    _database(root / "openclaw.sqlite", int(300e6 * scale))


def make_package(root: Path, scale: float) -> None:
    """12,000 files of 12 KB in the mean, as in 2026.6.11 with its dependencies."""
    _tree(root, int(12_000 * scale), int((140 << 20) * scale))


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
