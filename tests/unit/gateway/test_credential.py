"""A credential never shows itself, and every way to spell it is veiled."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import asdict
from urllib.parse import quote

import pytest

from clawupgrade.gateway.credential import Credential, veil

SECRET = "t0k€n/with+blanks and=signs"
CREDENTIAL = Credential("token", SECRET)


@pytest.mark.parametrize("shown", [repr(CREDENTIAL), str(CREDENTIAL), f"{CREDENTIAL}", f"{[CREDENTIAL]!r}"])
def test_it_prints_as_stars(shown: str) -> None:
    assert SECRET not in shown
    assert "***" in shown


def test_a_value_that_holds_one_prints_stars_too() -> None:
    assert SECRET not in repr({"auth": CREDENTIAL})
    assert asdict(CREDENTIAL)["value"] == SECRET, "it can still be had on purpose"


@pytest.mark.parametrize(
    "echo",
    [
        SECRET,
        quote(SECRET, safe=""),
        SECRET.encode().hex(),
        b64encode(SECRET.encode()).decode(),
    ],
)
def test_every_spelling_is_veiled(echo: str) -> None:
    veiled = veil(f"you sent <{echo}>", CREDENTIAL.spellings)
    assert echo not in veiled
    assert veiled in ("you sent <***>", "you sent <***=>"), "no piece of it is left over"


def test_an_empty_secret_veils_nothing() -> None:
    assert veil("hello", Credential("password", "").spellings) == "hello"
