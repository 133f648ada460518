"""Secrets and terminal codes are taken out of what is shown."""

from __future__ import annotations

import json

import pytest

from clawupgrade.host.scrub import Scrub

TOKEN = "9f86d081884c7d659a2feaa0c55ad015"


def test_a_known_secret_goes_in_every_spelling() -> None:
    scrub = Scrub()
    scrub.learn("a/b+c secret!")
    for spelling in ("a/b+c secret!", "a%2Fb%2Bc%20secret%21", "YS9iK2Mgc2VjcmV0IQ"):
        assert scrub.text(f"x {spelling} y") == scrub.line(f"x {spelling} y") == "x *** y"


def test_text_changes_nothing_but_known_secrets_so_that_json_stays_json() -> None:
    scrub = Scrub()
    scrub.learn(TOKEN)
    said = json.dumps({"token": TOKEN, "integrity": "sha512-abcdefabcdefabcdefabcdef==", "n": 1})
    assert json.loads(scrub.text(said)) == {
        "token": "***",
        "integrity": "sha512-abcdefabcdefabcdefabcdef==",
        "n": 1,
    }


@pytest.mark.parametrize(
    "line",
    [
        f"OPENCLAW_GATEWAY_TOKEN={TOKEN}",
        f'"token": "{TOKEN}"',
        f"gateway.auth.password: {TOKEN}",
        f"Authorization: Bearer {TOKEN}",
        f"http://127.0.0.1:18789/#token={TOKEN}",
        f"--token={TOKEN}",
        f"got {'sk-' + TOKEN} from the environment",
        f"bot 123456789:{'A' * 35} is up",
        f"urls = [mailto://ops:{TOKEN}@mail.example.org]",
    ],
)
def test_what_looks_like_a_secret_is_not_shown(line: str) -> None:
    shown = Scrub().line(line)
    assert "***" in shown
    assert TOKEN not in shown
    assert "A" * 35 not in shown


@pytest.mark.parametrize(
    "line",
    [
        "unauthorized: gateway token mismatch (provide gateway auth token)",
        "unauthorized: gateway token not configured on gateway (set gateway.auth.token)",
        "added 640 packages in 21s",
        "2026-11-23T05:58:56.815+00:00 [gateway] resolving authentication…",
    ],
)
def test_words_that_a_person_needs_stay(line: str) -> None:
    assert Scrub().line(line) == line


def test_terminal_codes_do_not_reach_the_terminal() -> None:
    assert Scrub().line("\x1b[31mred\x1b[0m\x07 \x1b]0;title\x07") == "red 0;title"


def test_short_values_are_not_learned() -> None:
    scrub = Scrub()
    scrub.learn("test")
    assert scrub.line("a test of it") == "a test of it"
