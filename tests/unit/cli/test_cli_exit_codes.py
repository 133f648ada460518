"""The exit codes in `--help` are those that exist and that the reference documents."""

from __future__ import annotations

import re
from pathlib import Path

from clawupgrade.cli.parser import parser
from clawupgrade.errors import Exit

REFERENCE = Path(__file__).parents[3] / "docs/reference/exit-codes.md"


def test_help_names_each_code_and_no_other() -> None:
    _, _, said = parser().format_help().rpartition("exit 0 ")
    shown = re.findall(r"(?:^|[·/\n]) *(\d+)\b", f"\n0 {said}")
    assert [int(code) for code in shown] == [int(code) for code in Exit]


def test_the_reference_has_the_same_codes() -> None:
    rows = re.findall(r"^\| ([\d, ]+) \|", REFERENCE.read_text(), re.MULTILINE)
    assert {int(code) for row in rows for code in row.split(",")} == {int(code) for code in Exit}
