"""What each migration does to the configs that it is for, layout and comments included."""

from __future__ import annotations

import pytest
from samples import sample

from clawupgrade.migrations import (
    m001_gateway_token,
    m002_gateway_auth_mode,
    m003_channels,
    m004_agent,
    m005_routing,
    m006_identity,
    m007_renamed_keys,
    m008_allowed_origins,
    registry,
)
from clawupgrade.migrations.migration import Migration
from clawupgrade.openclaw.document import Document


def upgraded(migration: Migration, text: str) -> str:
    after = migration.upgrade(Document.parse(text))
    return text if after is None else after.text


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("{gateway: {token: 't'}}", "{gateway: {auth: {token: 't', mode: 'token'}}}"),
        ("{gateway: {token: 't', auth: {mode: 'token'}}}", "{gateway: {auth: {mode: 'token', token: 't'}}}"),
        ("{gateway: {token: 'old', auth: {token: 'used'}}}", "{gateway: {auth: {token: 'used'}}}"),
        ("{gateway: {token: 't', auth: {token: ''}}}", "{gateway: {auth: {token: 't', mode: 'token'}}}"),
        ("{gateway: {token: '', auth: {token: 'used'}}}", "{gateway: {auth: {token: 'used'}}}"),
        ("{gateway: {token: 't', auth: {password: 'p'}}}", "{gateway: {auth: {password: 'p', token: 't'}}}"),
        ("{gateway: {token: '${T}'}}", "{gateway: {auth: {token: '${T}', mode: 'token'}}}"),
        ("{gateway: {auth: {token: 'used'}}}", "{gateway: {auth: {token: 'used'}}}"),
    ],
)
def test_the_gateway_token_goes_where_it_is_read_and_never_changes_the_one_in_force(before: str, after: str) -> None:
    assert upgraded(m001_gateway_token.MIGRATION, before) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "{gateway: {auth: {token: 't', password: 'p'}}}",
            "{gateway: {auth: {token: 't', password: 'p', mode: 'password'}}}",
        ),
        (
            "{gateway: {auth: {token: 't', password: 'p', mode: 'token'}}}",
            "{gateway: {auth: {token: 't', password: 'p', mode: 'token'}}}",
        ),
        ("{gateway: {auth: {token: 't', password: ''}}}", "{gateway: {auth: {token: 't', password: ''}}}"),
        ("{gateway: {auth: {token: 't'}}}", "{gateway: {auth: {token: 't'}}}"),
    ],
)
def test_the_mode_that_was_in_force_is_written_down(before: str, after: str) -> None:
    assert upgraded(m002_gateway_auth_mode.MIGRATION, before) == after


def test_a_token_and_a_password_together_keep_the_password_in_force() -> None:
    document = Document.parse("{gateway: {token: 't', auth: {password: 'p'}}}")
    after = registry.apply(document, registry.pending("2026.2.12", "2026.9.6", document))
    assert after.get("gateway.auth") == {"password": "p", "token": "t", "mode": "password"}


def test_channels_are_moved_with_their_comments_and_what_is_there_wins() -> None:
    before = """{
  telegram: {
    botToken: 'x', // mine
    name: 'old',
    requireMention: true,
  },
  channels: {
    telegram: {
      name: 'new',
    },
  },
  slack: {
    // kept
    a: 1,
  },
}"""
    after = """{
  channels: {
    telegram: {
      name: 'new',
      botToken: 'x',
      groups: {
        '*': {
          requireMention: true,
        },
      },
    },
    slack: {
      // kept
      a: 1,
    },
  },
}"""
    assert upgraded(m003_channels.MIGRATION, before) == after


def test_the_agent_is_taken_apart() -> None:
    after = m004_agent.upgrade(sample("everything-old.json5"))
    assert after is not None
    assert not after.has("agent")
    assert after.get("agents.defaults") == {
        "model": {"primary": "anthropic/claude-opus-4-5", "fallbacks": ["openai/gpt-5"]},
        "workspace": "~/clawd",
        "heartbeat": {"every": "30m"},
        "sandbox": {"mode": "off"},
        "models": {"anthropic/claude-opus-4-5": {"alias": "big"}, "openai/gpt-5": {}},
    }
    assert after.get("tools") == {
        "bash": {"timeoutSec": 60},
        "allow": ["read", "write"],
        "elevated": {"enabled": False},
        "sandbox": {"tools": {"deny": ["browser"]}},
    }


def test_the_old_name_of_exec_leaves_the_agent_too() -> None:
    assert (
        upgraded(m004_agent.MIGRATION, "{agent: {bash: {x: 1}}}") == "{tools: {exec: {x: 1}}, agents: {defaults: {}}}"
    )


def test_no_allow_list_is_made_where_there_was_none() -> None:
    assert upgraded(m004_agent.MIGRATION, "{agent: {model: 'a/b'}}") == "{agents: {defaults: {model: 'a/b'}}}"


def test_routing_is_taken_apart() -> None:
    before = sample("everything-old.json5")
    channels = m003_channels.upgrade(before)
    assert channels is not None
    after = m005_routing.upgrade(channels)
    assert after is not None
    assert not after.has("routing")
    assert after.get("agents.list") == [
        {"id": "work", "groupChat": {"mentionPatterns": ["@work"]}, "workspace": "~/work", "default": True}
    ]
    assert after.get("bindings[0].agentId") == "work"
    assert after.get("tools.agentToAgent") == {"enabled": True}
    assert after.get("messages.groupChat.historyLimit") == 20
    assert after.get("channels.whatsapp") == {"groups": {"*": {"requireMention": False}}, "allowFrom": ["+15555550100"]}
    assert after.get("channels.telegram.groups") == {"*": {"requireMention": False}}


def test_what_has_no_new_place_stays_for_the_target_to_name() -> None:
    before = "{routing: {allowFrom: ['+1']}}"
    assert upgraded(m005_routing.MIGRATION, before) == before


def test_the_transcription_goes_where_every_doctor_takes_it_from() -> None:
    before = "{routing: {transcribeAudio: {command: ['whisper']}}}"
    assert upgraded(m005_routing.MIGRATION, before) == "{audio: {transcription: {command: ['whisper']}}}"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("{identity: {name: 'C'}}", "{agents: {list: [{id: 'main', identity: {name: 'C'}}]}}"),
        (
            "{agents: {list: [{id: 'a'}, {id: 'b', default: true}]}, identity: {name: 'C'}}",
            "{agents: {list: [{id: 'a'}, {id: 'b', default: true, identity: {name: 'C'}}]}}",
        ),
        (
            "{agents: {list: [{id: 'a', identity: {name: 'A'}}]}, identity: {name: 'C', emoji: 'x'}}",
            "{agents: {list: [{id: 'a', identity: {name: 'A', emoji: 'x'}}]}}",
        ),
        (
            "{agents: {entries: {main: {}}}, identity: {name: 'C'}}",
            "{agents: {entries: {main: {identity: {name: 'C'}}}}}",
        ),
    ],
)
def test_the_identity_goes_to_the_default_agent(before: str, after: str) -> None:
    assert upgraded(m006_identity.MIGRATION, before) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("{tools: {bash: {x: 1}}}", "{tools: {exec: {x: 1}}}"),
        (
            "{bindings: [{match: {provider: 'slack', accountID: 'a'}}]}",
            "{bindings: [{match: {channel: 'slack', accountId: 'a'}}]}",
        ),
        ("{bindings: [{match: {provider: 'slack', channel: 'irc'}}]}", "{bindings: [{match: {channel: 'irc'}}]}"),
        ("{messages: {queue: {byProvider: {a: 'b'}}}}", "{messages: {queue: {byChannel: {a: 'b'}}}}"),
    ],
)
def test_single_keys_get_their_new_names(before: str, after: str) -> None:
    assert upgraded(m007_renamed_keys.MIGRATION, before) == after


@pytest.mark.parametrize(
    ("gateway", "origins"),
    [
        ("bind: 'lan', port: 19000", ["http://localhost:19000", "http://127.0.0.1:19000"]),
        ("bind: '0.0.0.0'", ["http://localhost:18789", "http://127.0.0.1:18789"]),
        (
            "bind: 'custom', customBindHost: '10.0.0.5', port: 0",
            ["http://localhost:18789", "http://127.0.0.1:18789", "http://10.0.0.5:18789"],
        ),
        ("bind: 'lan', controlUi: {allowedOrigins: ['']}", ["http://localhost:18789", "http://127.0.0.1:18789"]),
    ],
)
def test_a_gateway_that_listens_beyond_gets_its_own_origins(gateway: str, origins: list[str]) -> None:
    after = m008_allowed_origins.upgrade(Document.parse(f"{{gateway: {{{gateway}}}}}"))
    assert after is not None
    assert after.get("gateway.controlUi.allowedOrigins") == origins
    assert "dangerously" not in after.text


@pytest.mark.parametrize(
    "gateway",
    [
        "bind: 'loopback'",
        "port: 1",
        "bind: 'lan', controlUi: {enabled: false}",
        "bind: 'lan', controlUi: {allowedOrigins: ['https://claw.example']}",
        "bind: 'lan', controlUi: {dangerouslyAllowHostHeaderOriginFallback: true}",
    ],
)
def test_no_origins_where_none_are_needed_or_some_are_given(gateway: str) -> None:
    assert m008_allowed_origins.upgrade(Document.parse(f"{{gateway: {{{gateway}}}}}")) is None


def test_everything_old_comes_out_whole_and_keeps_its_comments() -> None:
    before = sample("everything-old.json5")
    after = registry.apply(before, registry.pending("2026.1.24", "2026.9.6", before))
    whole = {"gateway", "tools", "session", "channels", "agents", "bindings", "messages", "audio"}
    assert set(after.value) == whole  # type: ignore[arg-type]
    assert "// from the first winter" in after.text
    assert after.get("gateway.auth.token") == before.get("gateway.token")
    assert after.get("channels.telegram.botToken") == "${TELEGRAM_BOT_TOKEN}"
    assert after.get("bindings") == [{"agentId": "work", "match": {"channel": "telegram", "accountId": "second"}}]
