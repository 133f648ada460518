"""The downtime bench's table and picture: every cell that was measured is in both."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

sys.path.insert(0, str(Path(__file__).parents[1] / "bench"))

from downtime import table
from downtime_picture import picture

_TEXT = "{http://www.w3.org/2000/svg}text"


def _cell(**more: Any) -> dict[str, Any]:
    cell = {"away": 10.5, "floor": 10.0, "away/floor": 1.05, "outages": 1, "total": 85.6, "cpu": 70.3}
    return cell | {"memory": 761, "disk": 845, "rc": 0} | more


CELLS = {
    "2026.6.11:2026.9.6 empty three-line script": _cell(away=198.3, outages=3),
    "2026.6.11:2026.9.6 empty clone, adopted": _cell(doctor=0.0),
    "2026.6.11:2026.9.6 1g clone, not adopted": _cell(away=32.7, doctor=17.3),
}


def test_the_table_has_a_line_for_every_cell_under_its_hop_and_state() -> None:
    lines = table(CELLS).splitlines()
    assert [line.split()[:2] for line in lines if "→" in line] == [["2026.6.11", "→"], ["2026.6.11", "→"]]
    assert [line.endswith(f"{state} state") for line, state in zip((lines[0], lines[5]), ("empty", "1g"), strict=True)]
    rows = {line[:20].strip(): line[20:].split() for line in lines}
    assert rows["three-line script"][:5] == ["198.3", "3", "10.0", "1.05", "-"], "it says nothing of a doctor of ours"
    assert rows["clone, not adopted"][:5] == ["32.7", "1", "10.0", "1.05", "17.3"]
    assert list(rows).index("clone, adopted") > list(rows).index("three-line script"), "in the order of the ways"


def test_the_picture_has_a_bar_for_every_cell_and_the_shortest_first() -> None:
    said = [text.text for text in ElementTree.fromstring(picture(CELLS)).iter(_TEXT)]
    ways = [text for text in said if text in ("three-line script", "clone, adopted", "clone, not adopted")]
    assert ways == ["clone, adopted", "three-line script", "clone, not adopted"]
    assert {"10.5", "198.3, 3 outages", "32.7"} <= set(said)
