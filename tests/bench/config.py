"""How long 1 MB of config takes to read and to edit, beside Python's own JSON reader without its C part."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from json import decoder, scanner

from clawupgrade.openclaw.document import Document

LIMIT_S = 0.5
ROUNDS = 7
_MEMBER = {"name": "x", "list": [1, 2, "three"], "token": "${T}", "nested": {"a": True, "b": None, "c": "a text" * 6}}


class PlainDecoder(json.JSONDecoder):
    """Python's own JSON reader, all of it in Python: slower or faster with the machine as we are."""

    def __init__(self) -> None:
        super().__init__()
        self.parse_object, self.parse_array = decoder.JSONObject, decoder.JSONArray
        self.parse_string, self.scan_once = decoder.py_scanstring, scanner.py_make_scanner(self)


def text_of(size: int) -> str:
    """A config as OpenClaw writes it, of about so many bytes."""
    one = len(json.dumps({"k1000": _MEMBER}, indent=2)) - 2
    return json.dumps({f"k{number}": _MEMBER for number in range(size // one + 1)}, indent=2)


def quickest(*acts: Callable[[], object]) -> list[float]:
    """Seconds of processor that each takes, the least of several rounds, turn by turn."""
    taken: list[list[float]] = [[] for _ in acts]
    for _ in range(ROUNDS):
        for times, act in zip(taken, acts, strict=True):
            began = time.process_time()
            act()
            times.append(time.process_time() - began)
    return [min(times) for times in taken]


def main() -> int:
    """Print the table; 1 where reading takes longer than it may."""
    text = text_of(1_000_000)
    content, plain = text.encode(), PlainDecoder()
    names = ("Python's JSON reader, in Python", "read", "read, set one key, read again")
    acts = (
        lambda: plain.decode(text),
        lambda: Document.parse(content),
        lambda: Document.parse(content).set("k5.name", "y").encoded,
    )
    times = quickest(*acts)
    print(f"{f'config of {len(content) / 1e6:.2f} MB':<34} {'cpu':>8} {'ratio':>7}")
    for name, seconds in zip(names, times, strict=True):
        print(f"{name:<34} {seconds:6.2f} s {seconds / times[0]:6.1f}x")
    print(f"limit for reading: {LIMIT_S} s: {'held' if times[1] < LIMIT_S else 'NOT HELD'}")
    return 0 if times[1] < LIMIT_S else 1


if __name__ == "__main__":
    sys.exit(main())
