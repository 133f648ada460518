"""`make bench`: figures as ratios of one run, repeatable; each part prints its own table."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from pathlib import Path

ROUNDS = 15


def main() -> int:
    """Start-up cost always; others where asked for by name (`snapshots`, `kills`, `fleet`, `downtime`)."""
    _startup()
    for name in sys.argv[1:]:
        subprocess.run([sys.executable, str(Path(__file__).with_name(f"{name}.py"))], check=True)
    return 0


def _startup() -> None:
    tool = str(Path(sys.executable).with_name("clawupgrade"))
    status = [tool, "status", "--json"]
    cases = {
        "python -c pass": [sys.executable, "-c", "pass"],
        "clawupgrade --version": [tool, "--version"],
        "clawupgrade status --json": status,
    }
    taken: dict[str, list[float]] = {name: [] for name in cases}
    for _ in range(ROUNDS):  # turn by turn, so that a busy moment hits all alike
        for name, argv in cases.items():
            began = time.perf_counter()
            subprocess.run(argv, check=True, capture_output=True)
            taken[name].append(time.perf_counter() - began)
    floor = statistics.median(taken["python -c pass"])
    print(f"{'start-up':<24} {'median':>9} {'ratio':>7}")
    for name, times in taken.items():
        middle = statistics.median(times)
        print(f"{name:<24} {middle * 1000:7.0f} ms {middle / floor:6.1f}x")


if __name__ == "__main__":
    sys.exit(main())
