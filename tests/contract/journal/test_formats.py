"""A journal of every format ever written can still be read, planned from and brought to its end."""

from __future__ import annotations

from pathlib import Path

import pytest

from clawupgrade.app.report import report_of
from clawupgrade.engine.decide import Close, Closed, Stuck, Undo, decide
from clawupgrade.engine.journal import JOURNAL_FORMAT, KINDS, RUN_INTERRUPTED, Record, decode, encode
from clawupgrade.model import Outcome, plan_from_json
from clawupgrade.steps import steps_of

HERE = Path(__file__).parent


def test_there_is_a_fixture_of_the_format_that_is_written_now() -> None:
    assert (HERE / f"format{JOURNAL_FORMAT}.jsonl").is_file()


@pytest.mark.parametrize("path", sorted(HERE.glob("format*.jsonl")), ids=lambda path: str(path.name))
def test_a_kept_journal_is_read_to_its_end(path: Path) -> None:
    content = path.read_bytes()
    records, good = decode(content)
    assert good == len(content)
    assert {record.kind for record in records} == KINDS, "the fixture has a record of each kind"
    plan = plan_from_json(dict(records[0].data))
    steps = steps_of(plan)
    assert decide(steps, records) == Closed(Outcome.ROLLED_BACK)
    for length in range(1, len(records)):
        cut_off = (*records[:length], Record(length, "", RUN_INTERRUPTED))
        assert isinstance(decide(steps, cut_off), Undo | Close | Stuck), "it goes back, and never on"
    report = report_of(records)
    assert (report.outcome, report.from_version, report.to_version) == (
        Outcome.ROLLED_BACK,
        "2026.6.11",
        "2026.9.6",
    )


def test_format_1_is_written_as_it_was() -> None:
    content = (HERE / "format1.jsonl").read_bytes()
    records, _ = decode(content)
    assert b"".join(map(encode, records)) == content
