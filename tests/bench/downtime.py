"""How long each way of upgrading keeps a real gateway away, seen from outside: real hosts, a cell at a time.

    python tests/bench/downtime.py [--hop OLD:NEW] [--state empty|lived|1g] [--way NAME …] [--anew] [--svg FILE]

Every cell is kept in build/bench/downtime.json once it is measured: a bench that was ended goes on where it was.
Ratios are of one host: after each way the same gateway is stopped and started once more, which is its floor.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

TOP = Path(__file__).parents[2]
sys.path[:0] = [str(TOP / "tests/real"), str(Path(__file__).parent)]

from downtime_cell import WAYS, measure  # noqa: E402
from downtime_picture import picture  # noqa: E402
from lab.install import install_checkout  # noqa: E402
from lab.root import find_lack, open_lab  # noqa: E402

HOPS = ("2026.6.11:2026.9.6", "2026.4.29:2026.6.11", "2026.9.3:2026.9.4", "2026.9.5:2026.9.6")
KEPT = TOP / "build/bench/downtime.json"
_COLUMNS = ("away", "outages", "floor", "away/floor", "doctor", "total", "cpu", "memory", "disk", "rc")


def main() -> int:
    """Measure what is missing of what was asked for; print and draw all that is there."""
    args = _arguments()
    cells: dict[str, Any] = json.loads(KEPT.read_text()) if KEPT.exists() else {}
    wanted = [(hop, state, way) for hop in args.hop for state in args.state for way in args.way]
    missing = [each for each in wanted if args.anew or " ".join(each) not in cells]
    if missing:
        if lack := find_lack():
            print(lack, file=sys.stderr)
            return 1
        lab = open_lab()
        with install_checkout(lab, TOP) as venv:
            for hop, state, way in missing:
                cells[f"{hop} {state} {way}"] = measure(lab, venv, hop, state, way)
                KEPT.parent.mkdir(parents=True, exist_ok=True)
                KEPT.write_text(json.dumps(cells, indent=1) + "\n")
    print(table(cells))
    if args.svg:
        Path(args.svg).write_text(picture(cells))
    return 0


def table(cells: dict[str, Any]) -> str:
    """All that was measured, hop by hop; seconds, MB. doctor: how long it took of the time away."""
    lines = []
    for hop, state in dict.fromkeys(tuple(name.split(" ", 2)[:2]) for name in cells):
        lines += ["", f"{hop.replace(':', ' → ')}, {state} state"]
        lines.append(f"{'way':<20}" + "".join(f"{name:>11}" for name in _COLUMNS))
        for way in WAYS:
            if (cell := cells.get(f"{hop} {state} {way}")) is not None:
                lines.append(f"{way:<20}" + "".join(f"{cell.get(name, '-'):>11}" for name in _COLUMNS))
    return "\n".join(lines[1:])


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hop", nargs="+", default=HOPS[:1])
    parser.add_argument("--state", nargs="+", choices=("empty", "lived", "1g"), default=("empty",))
    parser.add_argument("--way", nargs="+", choices=tuple(WAYS), default=tuple(WAYS))
    parser.add_argument("--anew", action="store_true")
    parser.add_argument("--svg", metavar="FILE")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
