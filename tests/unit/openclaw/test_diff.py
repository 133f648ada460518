"""The semantic diff: every planted loss is called one, every known move is not, and no secret is shown."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from clawupgrade.migrations import registry
from clawupgrade.openclaw.diff import Change, Diff, Judgement, Kind, Mask, Stage, compare
from clawupgrade.openclaw.diff.leaves import leaves
from clawupgrade.openclaw.diff.members import members
from clawupgrade.openclaw.document import Document, Json, render, steps

MASK = Mask(b"key of this installation")
SAMPLES = Path(__file__).parent / "samples"
CONFIG = Document.parse((SAMPLES / "commented-2026.2.json5").read_bytes())


def diff_of(before: str, after: str, *, refused: tuple[str, ...] = ()) -> Diff:
    return compare(
        Document.parse(before).value,
        Document.parse(after).value,
        mask=MASK,
        refused=[steps(path) for path in refused],
    )


def only(before: str, after: str, *, refused: tuple[str, ...] = ()) -> Change:
    (change,) = diff_of(before, after, refused=refused).changes
    return change


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("mcp", "the MCP server notes is gone"),
        ("agents.list[1]", "the agent work is gone"),
        ("channels.whatsapp", "the channel whatsapp is gone"),
        ("bindings", "it is gone and stands nowhere else"),
        ("channels.telegram.botToken", "a reference to a secret is gone"),
        ("gateway.auth.token", "a reference to a secret is gone"),
        ("agents.defaults.model.fallbacks", "it is gone and stands nowhere else"),
        ("cron.enabled", "it is gone and stands nowhere else"),
    ],
)
def test_what_is_taken_out_is_a_loss(path: str, reason: str) -> None:
    found = compare(CONFIG.value, CONFIG.delete(path).value, mask=MASK)
    assert found.worst is Judgement.LOSS
    assert reason in {change.reason for change in found.judged(Judgement.LOSS)}


def test_what_was_included_and_is_written_out_now_is_told_and_is_no_loss() -> None:
    """2026.2.12's doctor does that."""
    diff = diff_of('{agents: {$include: "./a.json5"}}', '{agents: {defaults: {workspace: "/w"}}}')
    assert [(change.judgement, change.reason) for change in diff.changes if change.kind is Kind.REMOVED] == [
        (Judgement.SUSPICIOUS, "the include is gone; what stands in its place was written out")
    ]


def test_an_include_in_whose_place_nothing_stands_is_a_loss() -> None:
    assert only('{x: 1, agents: {$include: "./a.json5"}}', "{x: 1}").judgement is Judgement.LOSS


@pytest.mark.parametrize(
    ("path", "value", "judgement", "reason"),
    [
        ("channels.telegram.botToken", "123:plain-now", Judgement.LOSS, "a reference was replaced"),
        ("channels.telegram.botToken", "${OTHER}", Judgement.SUSPICIOUS, "a reference to a secret was changed"),
        ("channels.telegram.enabled", False, Judgement.LOSS, "it was switched off"),
        ("channels.whatsapp.allowFrom", ["+15555550100"], Judgement.LOSS, "1 of 2 entries are gone"),
        ("channels.whatsapp.allowFrom", ["+15555550101", "+15555550100"], Judgement.COSMETIC, "another order"),
        ("channels.whatsapp.allowFrom", ["+15555550100", "+15555550101", "*"], Judgement.SUSPICIOUS, "1 entries came"),
        ("channels.whatsapp.allowFrom", ["+15555550100", "*"], Judgement.SUSPICIOUS, "1 of 2 entries were replaced"),
        ("agents.defaults.model.primary", "anthropic/claude-opus-4-7", Judgement.SUSPICIOUS, "no migration"),
        ("gateway.controlUi.dangerouslyDisableDeviceAuth", True, Judgement.SUSPICIOUS, "opens what was closed"),
        ("skills.entries.github.enabled", False, Judgement.SUSPICIOUS, "switches something off"),
        ("gateway.remote.token", "new-secret", Judgement.SUSPICIOUS, "a secret that was not there"),
        ("commands.native", "auto", Judgement.COSMETIC, "a default, written out"),
        ("meta.lastTouchedVersion", "2026.9.6", Judgement.COSMETIC, "a stamp"),
        ("wizard.lastRunAt", "2026-11-23T06:01:34.539Z", Judgement.COSMETIC, "a stamp"),
    ],
)
def test_a_change_is_judged_by_what_it_does(path: str, value: Json, judgement: Judgement, reason: str) -> None:
    found = compare(CONFIG.value, CONFIG.set(path, value).value, mask=MASK)
    (change,) = found.changes
    assert change.judgement is judgement
    assert reason in change.reason


def test_a_changed_secret_is_a_loss_and_shown_as_two_hashes() -> None:
    change = only("{hooks: {token: 'first-secret'}}", "{hooks: {token: 'second-secret'}}")
    assert change.judgement is Judgement.LOSS
    assert change.before == f'"{MASK.digest("first-secret")}"'
    assert change.after == f'"{MASK.digest("second-secret")}"'
    assert change.line.startswith(f'~ hooks.token: "{MASK.digest("first-secret")}" → "sha256:')


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("channels.telegram.botToken", "hide-me"),
        ("models.providers.x.apiKey", "hide-me"),
        ("models.providers.x.headers.X-Thing", "hide-me"),
        ("mcp.servers.x.env.ANYTHING", "hide-me"),
        ("mcp.servers.x.args", ["--api-key", "hide-me"]),
        ("env.vars.THING", "hide-me"),
        ("proxy", "http://user:hide-me@proxy.example:3128"),
        ("webhook", "https://hooks.example/in?token=hide-me"),
        ("notes", "Bearer hide-me"),
        ("gateway.auth", {"token": "hide-me", "mode": "token"}),
        ("list", [{"password": "hide-me"}]),
        ("notes", "the password: hide-me, and ${HOME}"),
    ],
)
def test_no_secret_is_shown_whatever_the_change(path: str, value: Json) -> None:
    empty = Document.parse("{}")
    full = empty.set(path, value)
    for before, after in [(empty, full), (full, empty), (full, full.set(path, None))]:
        found = compare(before.value, after.value, mask=Mask(b"k"))
        assert found.changes
        assert "hide-me" not in json.dumps(found.to_json()) + "".join(found.lines)


def test_masks_of_two_installations_differ_and_numbers_are_no_secrets() -> None:
    assert Mask(b"a").digest("x") != Mask(b"b").digest("x")
    assert "a" * 20 not in repr(Mask(b"a" * 20))
    assert only("{a: {maxTokens: 1}}", "{a: {maxTokens: 2}}").before == "1"


def test_equal_values_are_no_change_however_they_are_written() -> None:
    assert diff_of("{a: 1, b: [1.0], c: NaN}", "{c: NaN, 'b': [1], a: 0x1}").changes == ()
    assert diff_of("{a: 1}", "{a: true}").worst is Judgement.SUSPICIOUS


def test_a_new_first_agent_is_one_addition() -> None:
    found = diff_of(
        "{agents: {list: [{id: 'a', x: 1}, {id: 'b', x: 2}]}}",
        "{agents: {list: [{id: 'c'}, {id: 'b', x: 2}, {id: 'a', x: 1}]}}",
    )
    assert [(change.kind, render(change.path)) for change in found.changes] == [(Kind.ADDED, "agents.list.c.id")]


def test_what_the_doctor_of_2026_8_moves_is_expected() -> None:
    found = diff_of(
        "{agents: {list: [{id: 'home', default: true, identity: {name: 'M'}}]}, messages: {tts: {auto: 'off'}},"
        " env: {NOTES: 'n'}, gateway: {nodes: {denyCommands: ['x']}}}",
        "{agents: {entries: {home: {default: true, identity: {name: 'M'}}}}, tts: {auto: 'off'},"
        " env: {vars: {NOTES: 'n'}}, gateway: {nodes: {commands: {deny: ['x']}}}}",
    )
    assert {change.judgement for change in found.changes} == {Judgement.EXPECTED}
    assert "> messages.tts.auto → tts.auto" in "\n".join(found.lines)


def test_what_onboarding_wrote_and_2026_8_retired_is_no_loss() -> None:
    document = Document.parse((SAMPLES / "onboard-2026.2.12.json").read_bytes())
    after = document.delete("gateway.tailscale.resetOnExit").delete("meta.lastTouchedAt")
    found = compare(document.value, after.value, mask=MASK)
    assert {change.judgement for change in found.changes} == {Judgement.EXPECTED, Judgement.COSMETIC}
    marked = "{agents: {list: [{id: 'home', default: true, x: 1}]}}"
    assert diff_of(marked, "{agents: {entries: {home: {x: 1}}}}").worst is Judgement.EXPECTED
    gone = diff_of(marked, "{agents: {entries: {}}}").changes
    assert {change.judgement for change in gone if change.kind is Kind.REMOVED} == {Judgement.LOSS}


def test_an_agent_that_does_not_arrive_in_the_new_place_is_a_loss() -> None:
    found = diff_of(
        "{agents: {list: [{id: 'home'}, {id: 'work', workspace: '/w'}]}}",
        "{agents: {entries: {home: {}}}}",
        refused=("agents.list",),
    )
    assert {change.reason for change in found.judged(Judgement.LOSS)} == {"the agent work is gone"}


def test_a_move_that_nobody_knows_is_suspicious_and_two_possible_ones_are_a_loss() -> None:
    assert only("{a: {depth: 'x7'}}", "{b: {depth: 'x7'}}").judgement is Judgement.SUSPICIOUS
    found = diff_of("{a: {depth: 'x7'}}", "{b: {depth: 'x7'}, c: {depth: 'x7'}}")
    assert found.worst is Judgement.LOSS


def test_a_knob_that_the_target_does_not_know_may_go_a_section_or_a_secret_may_not() -> None:
    knob = ("{gateway: {mode: 'local', tailscale: {knob: false}}}", "{gateway: {mode: 'local', tailscale: {}}}")
    judged = {change.judgement for change in diff_of(*knob, refused=("gateway.tailscale.knob",)).changes}
    assert judged == {Judgement.EXPECTED, Judgement.COSMETIC}
    assert diff_of(*knob).worst is Judgement.LOSS
    assert diff_of("{telegram: {x: 1}}", "{}", refused=("telegram",)).worst is Judgement.LOSS
    assert diff_of("{gateway: {token: 't'}}", "{}", refused=("gateway.token",)).worst is Judgement.LOSS


def test_migrations_are_expected_and_what_a_doctor_dropped_instead_is_a_loss() -> None:
    document = Document.parse((SAMPLES / "everything-old.json5").read_bytes())
    stages, now = [], document
    for migration in registry.pending("2026.2.12", "2026.9.6", document):
        now = migration.upgrade(now) or now
        stages.append(Stage(migration.id, now.value))
    done = compare(document.value, now.value, mask=MASK, stages=stages)
    assert {change.judgement for change in done.changes} == {Judgement.EXPECTED}
    assert "by m001_gateway_token" in {change.reason for change in done.changes}
    stripped = now.delete("gateway.auth.token").delete("channels.telegram")
    lost = compare(document.value, stripped.value, mask=MASK, stages=stages).judged(Judgement.LOSS)
    assert {render(change.path) for change in lost} == {
        "gateway.auth.token",
        "channels.telegram.botToken",
        "channels.telegram.groups.*.requireMention",
    }


def test_the_gravest_stands_first_and_json_has_texts_only() -> None:
    found = diff_of("{a: 1, meta: {x: 1}, list: ['x', 'y']}", "{a: 2, meta: {x: 2}, list: ['x'], b: 1}")
    assert [change.judgement for change in found.changes] == [
        Judgement.LOSS,
        Judgement.SUSPICIOUS,
        Judgement.COSMETIC,
        Judgement.COSMETIC,
    ]
    assert found.to_json()[0] == {
        "kind": "changed",
        "path": "list",
        "before": '["x", "y"]',
        "after": '["x"]',
        "judgement": "loss",
        "reason": "1 of 2 entries are gone",
    }
    assert compare({}, {}, mask=MASK).worst is None


def test_members_are_named_in_every_shape() -> None:
    found = members(CONFIG.value)
    assert (found["agent"], found["channel"]) == ({"home", "work"}, {"telegram", "whatsapp"})
    assert members({"agents": {"entries": {"a": {}}}, "routing": {"agents": {"b": {}}}})["agent"] == {"a", "b"}
    assert members([])["plugin"] == frozenset()


def test_leaves_keep_references_whole_and_name_what_has_a_name() -> None:
    value = Document.parse(
        "{a: {source: 'env', id: 'X'}, b: [{id: 'x', c: 1}], d: [[1], {}], e: [{id: 'x'}, {id: 'x'}]}"
    ).value
    assert {render(path): leaf for path, leaf in leaves(value).items()} == {
        "a": {"source": "env", "id": "X"},
        "b.x.id": "x",
        "b.x.c": 1,
        "d[0]": [1],
        "d[1]": {},
        "e[0].id": "x",
        "e[1].id": "x",
    }
