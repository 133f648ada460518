"""The line of migrations: in order, linked, planned by version, settled after one pass."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest
from msgspec.structs import replace
from samples import SAMPLES, sample

from clawupgrade.errors import JournalDamaged
from clawupgrade.migrations import registry
from clawupgrade.openclaw.document import Document, Json
from clawupgrade.openclaw.versions import parse

RELEASES = ["2026.1.24", "2026.2.12", "2026.3.13", "2026.4.29", "2026.6.11", "2026.7.1-1", "2026.8.2", "2026.9.6"]


def test_every_file_of_a_migration_is_in_the_line_under_its_own_name() -> None:
    files = sorted(path.stem for path in Path(registry.__file__).parent.glob("m[0-9]*.py"))
    assert [migration.id for migration in registry.MIGRATIONS] == files
    for name in files:
        module = importlib.import_module(f"clawupgrade.migrations.{name}")
        assert module.MIGRATION in registry.MIGRATIONS


@pytest.mark.parametrize(
    "broken", [(0, {"after": "m009_x"}), (1, {"after": None}), (2, {"id": "m002_again"}), (3, {"id": "x"})]
)
def test_a_line_that_is_not_one_is_refused_when_it_is_loaded(broken: tuple[int, dict[str, str | None]]) -> None:
    index, wrong = broken
    line = list(registry.MIGRATIONS)
    line[index] = replace(line[index], **wrong)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"m00|called"):
        registry.checked(line)


def test_a_line_with_a_hole_is_refused() -> None:
    with pytest.raises(ValueError, match="called m002_gateway_auth_mode"):
        registry.checked(registry.MIGRATIONS[1:])


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
@pytest.mark.parametrize("target", RELEASES)
def test_a_second_pass_changes_nothing(path: Path, target: str) -> None:
    document = Document.parse(path.read_bytes())
    for migration in registry.MIGRATIONS:
        if parse(migration.since) <= parse(target) and (after := migration.upgrade(document)) is not None:
            assert after.text != document.text
            assert migration.upgrade(after) is None
            document = after
    for start in RELEASES:
        assert registry.pending(start, target, document) == ()


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_apply_does_what_pending_says_and_named_finds_it_again(path: Path) -> None:
    document = Document.parse(path.read_bytes())
    pending = registry.pending("2026.1.24", "2026.9.6", document)
    assert registry.named(migration.id for migration in reversed(pending)) == pending
    after = registry.apply(document, pending)
    assert (after is document) == (pending == ())
    assert len(registry.plan_text(pending)) == len(pending)


@pytest.mark.parametrize(
    "text",
    [
        "{}",
        "[]",
        "1",
        "null",
        "{gateway: 'x', agent: [], routing: 7, bindings: {}, tools: null}",
        "{gateway: {auth: 'x', token: 't', bind: 5}, channels: [], telegram: {a: 1}, agents: 'x', identity: {}}",
        "{bindings: [1, {match: 'x'}, null], messages: [], session: {sendPolicy: {rules: {}}}}",
    ],
)
def test_other_shapes_are_left_alone(text: str) -> None:
    document = Document.parse(text)
    assert registry.apply(document, registry.MIGRATIONS).text == text


PATHS = [
    "gateway", "gateway.auth", "gateway.controlUi", "agent", "agent.model", "agent.tools", "agent.modelAliases",
    "agents", "agents.defaults", "agents.defaults.models", "agents.list", "routing", "routing.agents",
    "routing.agents.work", "routing.groupChat", "routing.bindings", "channels", "channels.telegram",
    "channels.telegram.groups", "telegram", "tools", "tools.exec", "messages", "bindings", "session.sendPolicy",
    "identity", "messages.queue",
]  # fmt: skip
ODD: list[Json] = [None, 7, "x", True, [], {}, [1, {"id": 3}, {"match": []}], {"a": 1}, "${X}"]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("odd", ODD, ids=repr)
def test_an_odd_value_anywhere_is_neither_a_crash_nor_a_ping_pong(path: str, odd: Json) -> None:
    document = sample("everything-old.json5").set(path, odd)
    once = registry.apply(document, registry.MIGRATIONS)
    assert registry.apply(once, registry.MIGRATIONS) is once


def test_only_what_lies_on_the_way_is_pending() -> None:
    document = sample("lan-two-secrets.json5")
    ids = [
        [one.id for one in registry.pending(start, end, document)]
        for start, end in [
            ("2026.2.12", "2026.2.22"),
            ("2026.2.12", "2026.3.1"),
            ("2026.2.12", "2026.9.6"),
            ("2026.6.11", "2026.9.6"),
        ]
    ]
    assert ids == [
        [],
        ["m008_allowed_origins"],
        ["m002_gateway_auth_mode", "m008_allowed_origins"],
        ["m002_gateway_auth_mode"],
    ]


def test_a_release_that_refuses_the_old_key_is_healed_too() -> None:
    document = sample("one-line.json5")
    assert [one.id for one in registry.pending("2026.6.11", "2026.9.6", document)] == [
        "m001_gateway_token",
        "m003_channels",
    ]


def test_an_id_of_another_program_is_refused() -> None:
    with pytest.raises(JournalDamaged, match="m999_future"):
        registry.named(["m001_gateway_token", "m999_future"])


def test_stages_show_what_each_migration_makes_of_a_document() -> None:
    document = Document.of({"gateway": {"token": "x"}, "tools": {"bash": {}}})
    found = registry.stages(document, registry.named(["m001_gateway_token", "m007_renamed_keys"]))
    assert [stage.name for stage in found] == ["m001_gateway_token", "m007_renamed_keys"]
    assert found[0].value == {"gateway": {"auth": {"mode": "token", "token": "x"}}, "tools": {"bash": {}}}
    assert found[1].value == {"gateway": {"auth": {"mode": "token", "token": "x"}}, "tools": {"exec": {}}}
