"""One command, measured alone; and what many measurements of it come to."""

from __future__ import annotations

import json
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Taken:
    """One measurement: `wall` and `cpu` in seconds (children included), `memory` in MB, the peak of one process."""

    wall: float
    cpu: float
    memory: float


@dataclass
class Row:
    """One line of the table. `beside` holds the `cp -a` that each measurement was paired with, in the same turn."""

    what: str
    taken: list[Taken] = field(default_factory=list)
    beside: list[Taken] = field(default_factory=list)
    ratio_limit: float = 0.0
    wall_limit: float = 0.0
    memory_limit: float = 0.0

    def ratio(self) -> float | None:
        """The median of the ratios, not the ratio of medians: each pair met the same disk."""
        pairs = zip(self.taken, self.beside, strict=True) if self.beside else ()
        ratios = [mine.wall / copy.wall for mine, copy in pairs]
        return statistics.median(ratios) if ratios else None

    def verdicts(self) -> list[tuple[str, bool]]:
        """(limit in words, whether it holds) of each that there is."""
        found, ratio = [], self.ratio()
        if self.ratio_limit and ratio is not None:
            found.append((f"at most {self.ratio_limit} x cp -a", ratio <= self.ratio_limit))
        if self.wall_limit:
            found.append((f"under {self.wall_limit:g} s", _median(self.taken, "wall") < self.wall_limit))
        if self.memory_limit:
            most = max(each.memory for each in self.taken)
            found.append((f"under {self.memory_limit:g} MB", most < self.memory_limit))
        return found

    def line(self) -> str:
        """As it stands in the table: medians, the spread of the wall time, the worst memory."""
        if not self.taken:
            return f"{self.what:44}{'not measured':>12}"
        walls, ratio = [each.wall for each in self.taken], self.ratio()
        words = "  ".join(f"{'ok' if holds else 'TOO MUCH'}: {limit}" for limit, holds in self.verdicts())
        return (
            f"{self.what:44}{statistics.median(walls):8.2f}{f'{min(walls):.2f}-{max(walls):.2f}':>14}"
            f"{_median(self.taken, 'cpu'):8.2f}{max(each.memory for each in self.taken):6.0f}"
            f"{'' if ratio is None else f'{ratio:.2f}':>8}  {words}"
        ).rstrip()


WARM: list[list[str]] = [
    ["cp", "--version"],
    [sys.executable, "-c", "import clawupgrade.host.files, clawupgrade.host.snapshots, xxhash"],
]
HEAD = f"{'':44}{'wall s':>8}{'from-to':>14}{'cpu s':>8}{'MB':>6}{'x cp -a':>8}"


def measure(command: Sequence[str | Path], environment: Mapping[str, str] | None = None) -> Taken:
    """Run a command in a child of its own, so that its peak memory is its own; the disk is quiet before.

    The trees are not in memory then, but the programs are: in a run, snapshots are taken by what runs already.
    """
    _quiet()
    for warm in WARM:
        subprocess.run(warm, check=True, capture_output=True)
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    watch = subprocess.run(
        [sys.executable, "-c", _WATCH, *map(str, command)],
        check=True,
        stdout=subprocess.PIPE,
        env={**os.environ, **(environment or {})},
    )
    wall, after = time.monotonic() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Taken(wall, cpu, json.loads(watch.stdout.splitlines()[-1]) / 1024)


_WATCH = """
import json, resource, subprocess, sys
code = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL).returncode
print(json.dumps(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss))
sys.exit(code)
"""


def _quiet() -> None:
    """What was written before is not written on somebody else's time, and nobody finds it in memory.

    Only root can drop the caches; for others all commands find the tree in memory, from the second turn on.
    """
    os.sync()
    if os.geteuid() == 0:
        Path("/proc/sys/vm/drop_caches").write_text("3\n")


def _median(taken: Sequence[Taken], what: str) -> float:
    return statistics.median(getattr(each, what) for each in taken)
