"""render.results: the last word of a command."""

from __future__ import annotations

import json

import pytest

from clawupgrade.app.report import RESULT_SCHEMA
from clawupgrade.errors import Busy
from clawupgrade.model import Outcome, Report
from clawupgrade.render.results import show_error, show_report

DONE = Report(Outcome.UPGRADED, 0, "r1", "2026.6.11", "2026.9.6", True, 31.2, 90.0, "2026.6.11 → 2026.9.6, serves")


def test_json_is_one_line_on_stdout_with_its_schema(capsys: pytest.CaptureFixture[str]) -> None:
    assert show_report(DONE, as_json=True) == 0
    (line,) = capsys.readouterr().out.splitlines()
    document = json.loads(line)
    assert document["schema"] == RESULT_SCHEMA
    assert (document["outcome"], document["changed"], document["away"]) == ("upgraded", True, 31.2)


def test_an_upgrade_tells_how_long_the_gateway_was_away_and_how_to_go_back(
    capsys: pytest.CaptureFixture[str],
) -> None:
    show_report(DONE, as_json=False)
    out = capsys.readouterr().out
    assert "away for 31.2 s of 90.0 s" in out
    assert "clawupgrade rollback" in out


def test_what_is_judged_alike_is_one_line_and_what_stands_alone_is_shown_whole(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """2026.9.6's doctor switches 30 skills off: five of them filled half a screen, and hid all else."""
    off = [f"+ skills.entries.s{n}.enabled: false  [suspicious: it switches something off]" for n in range(30)]
    lost = "- channels.telegram  [loss: nothing stands in its place]"
    stamps = [f"~ meta.m{n}: 1 → 2  [cosmetic: a stamp of OpenClaw's own]" for n in range(3)]
    show_report(DONE, as_json=False, changes=[lost, *off, *stamps])
    out = capsys.readouterr().out
    assert lost in out
    assert "30 × suspicious: it switches something off (skills.entries.s0.enabled, …)" in out
    assert "3 × cosmetic: a stamp of OpenClaw's own\n" in out
    assert "all 34: clawupgrade config diff r1" in out
    assert out.count("skills") == 1


def test_quiet_is_silent_only_when_nothing_changed(capsys: pytest.CaptureFixture[str]) -> None:
    show_report(Report(Outcome.NOTHING_TO_DO, 0, message="nothing to do"), as_json=False, quiet=True)
    assert capsys.readouterr().out == ""
    show_report(DONE, as_json=False, quiet=True)
    assert capsys.readouterr().out != ""


def test_an_error_says_what_is_wrong_and_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    assert show_error(Busy("somebody is at work", "wait"), as_json=False) == 75
    seen = capsys.readouterr()
    assert (seen.out, seen.err) == ("", "clawupgrade: somebody is at work\n  → wait\n")
