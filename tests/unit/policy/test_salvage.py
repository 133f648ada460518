"""Who is to be told can be read though something else in the sources is wrong."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clawupgrade.policy.salvage import salvaged
from clawupgrade.policy.settings import Settings

NOTICE = '[notice]\nurls = ["json://127.0.0.1/hook"]\nping = "http://127.0.0.1/p"\n'


@pytest.mark.parametrize(
    "text",
    [
        NOTICE,
        f"colour = 1\n{NOTICE}",
        f'channel = "?"\n{NOTICE}colour = "red"\n',
        f'pin = "2026.9\n\n{NOTICE}\n[soak]\nfor = "10m"\n',
        f'{NOTICE}[soak\nfor = "10m"\n',
        f'{NOTICE}when = "never"\nexpire = "soon"\n',
        f'{NOTICE}\n[when]\nwindows = ["25:00-26:00"]\n',
        f"[installations]\nwork = 1\n{NOTICE}",
    ],
)
def test_a_mistake_elsewhere_keeps_nobody_from_being_told(text: str) -> None:
    found = salvaged(text, "", {})
    assert found.notice_urls == ("json://127.0.0.1/hook",)
    assert found.notice_ping == "http://127.0.0.1/p"
    assert (found.notice_when, found.notice_expire) == (Settings().notice_when, Settings().notice_expire)


def test_an_installation_has_its_own_and_the_environment_wins() -> None:
    text = f'{NOTICE}when = "always"\n[installations.work.notice]\nwhen = "failure"\n'
    text += '[installations.other.notice]\nexpire = "1d"\n'
    assert salvaged(text, "work", {}).notice_when == "failure"
    environ = {"CLAWUPGRADE_NOTICE_URLS": "a://b; c://d", "CLAWUPGRADE_NOTICE_EXPIRE": "5d", "CLAWUPGRADE_COLOUR": "x"}
    found = salvaged(text, "work", environ)
    assert (found.notice_urls, found.notice_expire) == (("a://b", "c://d"), timedelta(days=5))


def test_where_the_mistake_is_in_the_addresses_themselves_there_is_nobody() -> None:
    assert salvaged("[notice]\nurls = [1]\n", "", {}).notice_urls == ()
    assert salvaged('[notice]\nurls = ["json://x\n', "", {}) == Settings()


@given(st.text(max_size=60))
def test_no_text_raises(text: str) -> None:
    salvaged(f"{text}\n{NOTICE}", "x", {"CLAWUPGRADE_NOTICE_WHEN": text})
