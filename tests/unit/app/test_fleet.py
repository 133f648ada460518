"""What files from many hosts come to together, on a screen and as a page."""

from __future__ import annotations

from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import Any

import pytest

from clawupgrade.app.fleet import Passed, fleet_of, is_known
from clawupgrade.render.fleet import show_fleet, sums
from clawupgrade.render.fleet_page import fleet_page


def result(outcome: str, changed: bool, **more: Any) -> dict[str, Any]:
    found = {"schema": "clawupgrade.result.v1", "outcome": outcome, "exit_code": 0, "changed": changed}
    return found | {"from_version": "2026.6.11", "to_version": "2026.9.6", "away": 20.0, "message": outcome} | more


def facts(version: str = "2026.9.6", **more: Any) -> dict[str, Any]:
    found = {"found": True, "problem": "", "version": version, "active": True, "serves": True, "words": ""}
    return found | {"quarantine": [], "last_run": None} | more


BAD = {"version": "2026.9.7", "cause": "host1: rolled back <b>because</b>"}
FLEET = fleet_of(
    [
        ("host3", facts(quarantine=[BAD])),
        ("host1", result("rolled-back", False, exit_code=3, away=31.0, message="rolled back to 2026.6.11: <i>x</i>")),
        ("host2", {"ansible_facts": {"openclaw": facts(last_run=result("upgraded", True))}}),
        ("host4", facts("", found=False, problem="no OpenClaw was found", active=False, serves=False)),
        ("host5", facts(serves=False, words="token mismatch")),
    ]
)


def test_those_that_want_a_look_come_first_and_the_rest_is_counted() -> None:
    assert [each.name for each in FLEET.members] == ["host1", "host4", "host5", "host2", "host3"]
    assert FLEET.versions == {"2026.9.6": 3, "2026.6.11": 1}
    assert FLEET.outcomes == {"no run": 3, "rolled-back": 1, "upgraded": 1}
    assert FLEET.downtime == (25.5, 31.0)
    assert FLEET.quarantine == {"2026.9.7": ("host3",)}
    assert FLEET.members[-1].quarantine == (Passed("2026.9.7", BAD["cause"]),)
    assert next(iter(sums(FLEET))) == "5 hosts, 3 to look at"


def test_what_a_later_document_says_counts() -> None:
    (one,) = fleet_of([("a", result("rolled-back", False)), ("a", facts(last_run=result("upgraded", True)))]).members
    assert (one.version, one.outcome, one.wants_a_look) == ("2026.9.6", "upgraded", False)
    (one,) = fleet_of([("a", facts()), ("a", result("rolled-back", False))]).members
    assert (one.version, one.outcome, one.wants_a_look) == ("2026.9.6", "rolled-back", True)


def test_a_stopped_gateway_is_not_one_that_does_not_serve() -> None:
    (one,) = fleet_of([("a", facts(active=False, serves=False))]).members
    assert (one.serves, one.wants_a_look) == (None, False)


@pytest.mark.parametrize("document", [None, [], {}, {"schema": "clawupgrade.plan.v1"}, {"openclaw": 3}])
def test_other_documents_are_known_as_such(document: Any) -> None:
    assert not is_known(document)


def test_the_page_has_every_host_and_no_markup_of_theirs(capsys: pytest.CaptureFixture[str]) -> None:
    page = fleet_page(FLEET, datetime(2026, 11, 28, tzinfo=UTC))
    assert "<i>x</i>" not in page
    assert "<b>because" not in page
    read: list[str] = []

    class Reader(HTMLParser):
        def handle_data(self, data: str) -> None:
            read.append(data)

    Reader().feed(page)
    text = " ".join(read)
    for word in ("5 hosts, 3 to look at", "host1", "host4", "token mismatch", "no OpenClaw was found", "<i>x</i>"):
        assert word in text
    assert "://" not in page, "it fetches nothing"
    show_fleet(FLEET, as_json=False)
    shown = capsys.readouterr().out
    names = [line.split()[0] for line in shown.splitlines()[1:] if line.startswith("host")]
    assert names == [each.name for each in FLEET.members]
    assert "2026.9.7 is passed over by 1: host3" in shown
