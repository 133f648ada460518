"""render.config: the config as people read of it, and as programs do."""

from __future__ import annotations

import json

import pytest

from clawupgrade.app.config import Migrated, Restored, Verdict
from clawupgrade.migrations import registry
from clawupgrade.migrations.findings import Finding
from clawupgrade.openclaw.diff import Mask, compare
from clawupgrade.render.config import show_diff, show_migrated, show_restored, show_verdict

SECRET = "0123456789abcdef0123456789abcdef"
DIFF = compare(
    {"gateway": {"auth": {"token": SECRET}, "port": 1}, "mcp": {"servers": {"notes": {}}}},
    {"gateway": {"auth": {"token": SECRET + "x"}, "port": 2}},
    mask=Mask(b"key"),
)
FOUND = Migrated("2026.9.6", registry.MIGRATIONS[:1], DIFF, (Finding("f", "p", "mind this", "do that", False),))


def test_changes_are_plain_in_a_pipe_gravest_first_and_without_secrets(capsys: pytest.CaptureFixture[str]) -> None:
    show_diff("r1", DIFF, as_json=False)
    out = capsys.readouterr().out
    lines = out.splitlines()
    assert lines[0] == "r1: 3 changes of the config:"
    assert "[loss: a secret was changed" in lines[1]
    assert "[suspicious: " in lines[3]
    assert SECRET not in out
    assert "\x1b" not in out
    show_diff("r1", DIFF, as_json=True)
    document = json.loads(capsys.readouterr().out)
    assert (document["schema"], document["of"], len(document["changes"])) == ("clawupgrade.diff.v1", "r1", 3)
    assert SECRET not in json.dumps(document)


def test_a_terminal_gets_colours(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.delenv("NO_COLOR", raising=False)
    show_diff("r1", DIFF, as_json=False)
    assert "\x1b[1;31m" in capsys.readouterr().out


def test_a_migration_says_why_and_what_a_person_should_know(capsys: pytest.CaptureFixture[str]) -> None:
    show_migrated(FOUND, as_json=False, quiet=False)
    out = capsys.readouterr().out
    assert "· m001_gateway_token: gateway.token is refused" in out
    assert "! mind this\n  → do that" in out
    show_migrated(FOUND, as_json=True, quiet=False)
    document = json.loads(capsys.readouterr().out)
    assert (document["changed"], document["migrations"][0]["id"]) == (False, "m001_gateway_token")
    show_migrated(Migrated("2026.9.6", (), compare({}, {}, mask=Mask(b"")), ()), as_json=False, quiet=True)
    assert capsys.readouterr().out == ""
    show_migrated(Migrated("2026.9.6", (), compare({}, {}, mask=Mask(b"")), ()), as_json=False, quiet=False)
    assert capsys.readouterr().out == "✓ nothing to migrate for 2026.9.6\n"


def test_a_verdict_names_who_was_asked(capsys: pytest.CaptureFixture[str]) -> None:
    show_verdict(Verdict("/c", ("/c",), "openclaw 2026.9.6", ()), as_json=False, quiet=False)
    assert capsys.readouterr().out == "✓ /c: openclaw 2026.9.6 takes it\n"
    show_verdict(Verdict("/c", ("/c",), "", ()), as_json=False, quiet=False)
    assert "cannot be asked" in capsys.readouterr().out
    show_verdict(Verdict("/c", ("/c",), "x", ("/c:1:1: wrong",)), as_json=False, quiet=True)
    assert capsys.readouterr().out == "✗ /c:1:1: wrong\n"
    show_verdict(Verdict("/c", ("/c",), "x", ("/c:1:1: wrong",)), as_json=True, quiet=True)
    assert json.loads(capsys.readouterr().out)["valid"] is False


def test_comments_are_said_to_be_there_or_back(capsys: pytest.CaptureFixture[str]) -> None:
    show_restored(Restored("/c", "s1", written=True), as_json=False, quiet=False)
    show_restored(Restored("/c", "", written=False), as_json=False, quiet=False)
    assert capsys.readouterr().out.splitlines() == [
        "✓ /c has its comments from s1 again",
        "✓ /c has comments; nothing to do",
    ]
    show_restored(Restored("/c", "s1", written=True), as_json=True, quiet=False)
    assert json.loads(capsys.readouterr().out)["changed"] is True
