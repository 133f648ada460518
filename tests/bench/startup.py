"""What a start costs on a stub host, in starts of Python, the programs that it asks set apart."""

from __future__ import annotations

import statistics
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "contract"))

from stub import cost
from stub.cost import Cost
from stub.place import Stub, stub_host

ROUNDS = 15


def main() -> int:
    """Before a run and after one: a run that was leaves a journal to be read."""
    with tempfile.TemporaryDirectory() as room, stub_host(Path(room)) as stub:
        _table(stub, "start-up", (("--version",), ("--help",), ("status", "--json"), ("history",)))
        stub.call("run", "--yes")
        _table(stub, "after a run", (("status", "--json"), ("history",)))
    return 0


def _table(stub: Stub, title: str, commands: tuple[tuple[str, ...], ...]) -> None:
    for words in commands:
        cost.of(stub, *words)
    taken: dict[tuple[str, ...], list[Cost]] = {words: [] for words in ((), *commands)}
    for _ in range(ROUNDS):  # turn by turn, so that a busy moment hits all alike
        for words, found in taken.items():
            found.append(cost.of(stub, *words) if words else cost.of_nothing(stub))
    unit, second = _middle(taken[()], "own"), _middle(taken[()], "wall")
    print(f"{title:<26} {'own CPU':>9} {'ratio':>7} {'children':>10} {'wall':>9} {'ratio':>7}")
    for words, found in taken.items():
        own, children, wall = (_middle(found, kind) for kind in ("own", "children", "wall"))
        name = f"clawupgrade {' '.join(words)}" if words else "python -c pass"
        print(
            f"{name:<26} {own * 1000:6.0f} ms {own / unit:6.1f}x {children * 1000:7.0f} ms"
            f" {wall * 1000:6.0f} ms {wall / second:6.1f}x"
        )


def _middle(found: list[Cost], kind: str) -> float:
    return statistics.median(getattr(each, kind) for each in found)


if __name__ == "__main__":
    sys.exit(main())
