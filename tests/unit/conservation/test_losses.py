"""Each row: nothing is lost where a release only keeps it elsewhere, and each planted loss is named."""

from __future__ import annotations

import json
from typing import Any

import pytest
from readings import CONFIG_OLD, DUE, MORNING, PAUSED, files_of_2026_4, job, new, old, row, tables_of_2026_9

from clawupgrade.conservation.losses import losses, names_beyond, take, unread
from clawupgrade.conservation.material import Material
from clawupgrade.conservation.rows import KEYS, ROWS, OnLoss, Repair, row_of
from clawupgrade.conservation.thing import Inventory, inventory_from_json
from clawupgrade.errors import JournalDamaged

NOW = DUE - 86_400_000


def words(before: Material, after: Material, **more: Any) -> list[str]:
    policy = more.pop("policy", {})
    found = losses(take(before), take(after), now=more.pop("now", NOW), policy=policy, **more)
    return [loss.words for loss in found]


def changed(config: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    copy: dict[str, Any] = json.loads(json.dumps(config))
    *above, last = path.split(".")
    inner = copy
    for step in above:
        inner = inner[step]
    if value is None:
        del inner[last]
    else:
        inner[last] = value
    return copy


def config_of(material: Material) -> dict[str, Any]:
    assert isinstance(material.config, dict)
    return material.config


def test_a_release_that_keeps_everything_elsewhere_loses_nothing() -> None:
    assert words(old(), new()) == []
    assert words(new(), new()) == []
    assert words(old(), old()) == []


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("agents.entries.work", None, ["the agent work is gone"]),
        ("channels.telegram", None, ["the channel telegram is gone"]),
        ("channels.telegram.enabled", False, ["the channel telegram was switched off"]),
        ("plugins.entries.voice", None, ["the plugin voice is gone"]),
        ("plugins.entries.voice.enabled", False, ["the plugin voice was switched off"]),
        ("mcp", None, ["the MCP server notes is gone"]),
        ("models.providers", None, ["the model provider openai-codex is gone"]),
        ("auth", None, ["the provider profile openai-codex:me is gone"]),
        ("hooks.enabled", False, ["the hook setting webhooks was switched off"]),
        ("hooks.mappings", [], ["the hook setting mapping mail is gone"]),
        ("hooks.internal", None, ["the hook setting hook memory is gone"]),
        ("channels.telegram.botToken", "123:abc", ["the reference at channels.telegram.botToken does not name"]),
        ("skills.entries.github.enabled", False, ["the skill github was switched off"]),
    ],
)
def test_what_the_config_loses_is_named(path: str, value: Any, said: list[str]) -> None:
    found = words(old(), new(config=changed(config_of(new()), path, value)))
    assert found[0].startswith(said[0])
    assert all(line.startswith(("the reference at", said[0])) for line in found)


def test_the_state_s_losses_are_named() -> None:
    lost = tables_of_2026_9()
    rows = lost["cron_jobs"]
    assert words(old(), new(tables=lost | {"cron_jobs": rows[1:]})) == [f"the cron job {MORNING} “morning” is gone"]
    off = row(job(MORNING, "morning", enabled=False))
    assert words(old(), new(tables=lost | {"cron_jobs": (off, *rows[1:])})) == [
        f"the cron job {MORNING} “morning” was switched off"
    ]
    assert words(old(), new(tables=lost | {"device_pairing_paired": ()})) == ["the paired device 21b7 “linux” is gone"]
    assert words(old(), new(tables=lost | {"auth_profile_stores": ()})) == [
        "the provider profile anthropic:default is gone"
    ]
    assert words(old(), new(tables=lost | {"config_machine_state": ()})) == ["the plugin whatsapp is gone"]
    assert words(old(), new(token="d2")) == ["the token of the gateway is another one"]
    assert words(old(), new(modes={"config": 0o644})) == ["the file config has mode 0644, and had 0600"]
    assert words(old(), new(modes={"config": 0o640})) == ["the file config has mode 0640, and had 0600"]
    assert words(old(modes={"config": 0o644}), new()) == []
    appeared = words(old(folder=("openclaw.json",)), new(folder=("openclaw.json.clobbered.1",)))
    assert appeared[0].startswith("openclaw.json.clobbered.1 is new")


def test_a_channel_account_runs_and_is_connected_as_before() -> None:
    def accounts(**more: bool) -> Material:
        return new(accounts={"telegram": [{"accountId": "bot", **more}, {"nothing": 1}], "broken": 5})

    before = accounts(running=True, connected=True)
    assert words(before, before) == []
    assert words(before, accounts(running=True)) == ["the channel account telegram/bot is not connected any more"]
    assert words(before, accounts(running=False)) == ["the channel account telegram/bot does not run any more"]
    assert words(before, new(accounts={})) == ["the channel account telegram/bot does not run any more"]
    assert words(accounts(running=False), accounts(running=False)) == []


def test_what_came_and_went_is_told_by_name() -> None:
    found = names_beyond(take(new()), take(old()))
    assert found == {
        "cron": ["82c3"],
        "profiles": ["openai:me"],
        "providers": ["openai"],
        "references": ["models.providers.openai.apiKey"],
    }
    assert names_beyond(take(old()), take(new(torn=frozenset({"config", "state"})))) == {}


def test_a_job_that_only_the_old_file_has_is_lost_once_the_gateway_serves() -> None:
    rest = tables_of_2026_9()["cron_jobs"][1:]
    after = new(stores=files_of_2026_4(), tables=tables_of_2026_9() | {"cron_jobs": rest})
    assert words(old(), after, serving=False) == []
    assert words(old(), after) == [
        f"the cron job {MORNING} “morning” stands in the old cron/jobs.json only, which the gateway does not read "
        "any more"
    ]
    assert words(after, after) == [], "it was so before the run"


def test_a_job_has_a_next_run_in_the_future() -> None:
    rows = tables_of_2026_9()["cron_jobs"]
    never = new(tables=tables_of_2026_9() | {"cron_jobs": (row(job(MORNING, "morning"), None), *rows[1:])})
    assert words(old(), never) == [f"the cron job {MORNING} “morning” has no next run"]
    assert words(old(), never, serving=False) == []
    overdue = new(tables=tables_of_2026_9() | {"cron_jobs": (row(job(MORNING, "morning"), NOW - 3_600_000), *rows[1:])})
    assert words(old(), overdue) == [f"the cron job {MORNING} “morning” is overdue and does not run"]
    assert words(overdue, overdue) == [], "it was so before the run"


def test_a_job_that_was_to_run_once_may_be_gone_when_its_time_has_come() -> None:
    once = job(MORNING, "morning", deleteAfterRun=True)
    before = old(stores=files_of_2026_4() | {"cron/jobs.json": {"jobs": [once]}})
    after = new(tables=tables_of_2026_9() | {"cron_jobs": ()})
    assert words(before, after, now=DUE + 1) == []
    assert words(before, after, now=DUE - 1) == [f"the cron job {MORNING} “morning” is gone"]


def test_what_openclaw_made_for_itself_may_go() -> None:
    mine = tables_of_2026_9()["cron_jobs"][:2]
    assert words(new(), new(tables=tables_of_2026_9() | {"cron_jobs": mine})) == []


def test_what_could_not_be_read_is_no_loss() -> None:
    before, after = take(old()), take(new(tables={}, torn=frozenset({"state"})))
    assert losses(before, after, now=NOW, policy={}) == ()
    assert set(unread(before, after)) == {row.key for row in ROWS if row.source == "state"}


def test_a_reference_may_move_with_its_name() -> None:
    config = changed(config_of(new()), "models.providers", None)
    moved = {**config, "plugins": {"entries": {"voice": {"config": {"apiKey": "${KEY}"}}}}}
    found = words(old(), new(config={**moved, "models": CONFIG_OLD["models"]}))
    assert found == []
    assert "the model provider openai-codex is gone" in words(old(), new(config=moved))
    assert not any("reference" in line for line in words(old(), new(config=moved)))


def test_the_policy_is_the_row_s_own_unless_the_plan_says_otherwise() -> None:
    after = new(tables=tables_of_2026_9() | {"device_pairing_paired": ()})
    (loss,) = losses(take(old()), take(after), now=NOW, policy={})
    assert (loss.row, loss.policy) == ("devices", OnLoss.ROLLBACK)
    (loss,) = losses(take(old()), take(after), now=NOW, policy={"devices": "accept"})
    assert loss.policy is OnLoss.ACCEPT


def test_every_row_says_what_it_is_from() -> None:
    assert len(set(KEYS)) == len(ROWS)
    assert all(each.incident for each in ROWS)
    assert row_of("skills").policy is OnLoss.ACCEPT
    assert all(each.places for each in ROWS if each.repair is Repair.PUT_BACK and each.key != "references")
    with pytest.raises(KeyError):
        row_of("nothing")


def test_an_inventory_comes_back_from_its_json_and_holds_no_secret() -> None:
    counted = take(old(config=changed(CONFIG_OLD, "channels.telegram.botToken", "123:secret")))
    text = json.dumps(counted.to_json())
    assert inventory_from_json(json.loads(text)) == counted
    assert "123:secret" not in text
    assert counted.counts["cron"] == 2
    assert counted.of("cron") is not None
    assert PAUSED in text
    assert Inventory({}).of("cron") is None
    for wrong in ({"format": 2, "rows": {}}, {}, [], {"format": 1, "rows": {"cron": {"a": {"on": 5}}}}):
        with pytest.raises(JournalDamaged):
            inventory_from_json(wrong)


def test_a_profile_that_is_only_named_any_more_has_lost_its_credential() -> None:
    """The config only names a profile; 2026.9.6 keeps what the agents share beside its own settings."""
    config = {"auth": {"profiles": {"lab:default": {"provider": "lab"}}}}
    kept = {"agents/main/agent/auth-profiles.json": {"profiles": {"lab:default": {"type": "api_key"}}}}
    before, after = Material(config=config, stores=kept), Material(config=config)
    shared = {"state_key": "authProfiles.store", "value_json": json.dumps({"profiles": {"lab:default": {}}})}
    assert words(before, Material(config=config, tables={"config_machine_state": (shared,)})) == []
    assert words(before, after) == ["the provider profile lab:default is only named, its credential is gone"]
    assert words(before, after, serving=False) == []
    assert words(after, after) == words(before, before) == []
