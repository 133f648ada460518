"""What doctor dropped goes back in the shape that the config has now, and nothing else is touched."""

from __future__ import annotations

from typing import Any

import pytest

from clawupgrade.conservation.putting_back import put_back
from clawupgrade.conservation.rows import row_of
from clawupgrade.openclaw.document import Document

BEFORE = Document.of(
    {
        "agents": {"list": [{"id": "main"}, {"id": "work", "name": "Work"}]},
        "channels": {"telegram": {"botToken": "${T}"}},
        "plugins": {"entries": {"voice": {"enabled": True}}},
        "mcp": {"servers": {"notes": {"command": "notes"}}},
        "hooks": {"enabled": True, "mappings": [{"id": "mail", "match": {"path": "m"}}, {"match": {"path": "chat"}}]},
    }
)


def mended(now: dict[str, Any], row: str, name: str) -> Any:
    document = put_back(BEFORE, Document.of(now), row_of(row), name)
    return None if document is None else document.value


@pytest.mark.parametrize(
    ("now", "row", "name", "then"),
    [
        ({}, "mcp", "notes", {"mcp": {"servers": {"notes": {"command": "notes"}}}}),
        ({"channels": {}}, "channels", "telegram", {"channels": {"telegram": {"botToken": "${T}"}}}),
        (
            {"agents": {"entries": {"main": {}}}},
            "agents",
            "work",
            {"agents": {"entries": {"main": {}, "work": {"name": "Work"}}}},
        ),
        (
            {"agents": {"list": [{"id": "main"}]}},
            "agents",
            "work",
            {"agents": {"list": [{"id": "main"}, {"id": "work", "name": "Work"}]}},
        ),
        (
            {"plugins": {"entries": {"voice": {"enabled": False}}}},
            "plugins",
            "voice",
            {"plugins": {"entries": {"voice": {"enabled": True}}}},
        ),
        ({"hooks": {"enabled": False}}, "hooks", "webhooks", {"hooks": {"enabled": True}}),
        (
            {"hooks": {"mappings": [{"id": "mail"}]}},
            "hooks",
            "mapping chat",
            {"hooks": {"mappings": [{"id": "mail"}, {"match": {"path": "chat"}}]}},
        ),
        (
            {"channels": {"telegram": {"botToken": "123:abc"}}},
            "references",
            "channels.telegram.botToken",
            {"channels": {"telegram": {"botToken": "${T}"}}},
        ),
    ],
)
def test_it_is_there_again(now: dict[str, Any], row: str, name: str, then: dict[str, Any]) -> None:
    assert mended(now, row, name) == then


@pytest.mark.parametrize(
    ("now", "row", "name"),
    [
        ({}, "mcp", "other"),
        ({}, "profiles", "anthropic:default"),
        ({"mcp": 5}, "mcp", "notes"),
        ({"plugins": {"entries": {"voice": {"enabled": True}}}}, "plugins", "voice"),
    ],
)
def test_what_did_not_stand_here_or_has_no_place_is_left(now: dict[str, Any], row: str, name: str) -> None:
    assert mended(now, row, name) is None


def test_comments_and_layout_of_the_rest_stay() -> None:
    now = Document.parse('{ // mine\n  "tools": {},\n}\n')
    document = put_back(BEFORE, now, row_of("mcp"), "notes")
    assert document is not None
    assert document.text.startswith('{ // mine\n  "tools": {},\n')
