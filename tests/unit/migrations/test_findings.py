"""What only a person can settle: named before anything is touched, and without a secret in any word."""

from __future__ import annotations

import pytest
from samples import sample

from clawupgrade.migrations.findings import Finding, findings
from clawupgrade.openclaw.document import Document


def found(text: str, to: str, since: str = "2026.2.12", merged: str | None = None) -> list[Finding]:
    document = Document.parse(text)
    return list(findings(since, to, document, Document.parse(merged or text).value))


HOOKS = "{gateway: {auth: {token: 's3cret-shared'}}, hooks: {enabled: true, token: ' s3cret-shared '}}"


@pytest.mark.parametrize(("to", "word"), [("2026.4.29", "does not start"), ("2026.9.6", "replaces hooks.token")])
def test_one_secret_for_hooks_and_gateway_blocks_and_is_not_repeated(to: str, word: str) -> None:
    (finding,) = found(HOOKS, to)
    assert finding.id == "hooks-token-is-gateway-token"
    assert finding.is_blocking
    assert word in finding.message
    assert "s3cret" not in finding.message + finding.hint


@pytest.mark.parametrize(
    "text",
    [
        HOOKS.replace("enabled: true", "enabled: false"),
        HOOKS.replace("' s3cret-shared '", "'another'"),
        HOOKS.replace("' s3cret-shared '", "''"),
        HOOKS.replace("auth: {", "auth: {mode: 'password', password: 'p', "),
        "{gateway: {token: 'x-shared', auth: {mode: 'password'}}, hooks: {enabled: true, token: 'x-shared'}}",
    ],
)
def test_two_secrets_do_not_block(text: str) -> None:
    assert found(text, "2026.9.6") == []


def test_nothing_is_found_for_a_release_that_does_not_mind() -> None:
    assert found(HOOKS, "2026.2.18") == []
    assert found("{gateway: {auth: {token: 'change-me-now'}}}", "2026.4.11") == []


def test_the_old_key_counts_for_hooks_too() -> None:
    text = "{gateway: {token: 'x-shared'}, hooks: {enabled: true, token: 'x-shared'}}"
    assert [one.id for one in found(text, "2026.9.6")] == ["hooks-token-is-gateway-token"]


def test_an_example_of_the_documentation_is_no_secret() -> None:
    (finding,) = found("{gateway: {auth: {password: 'change-me-to-a-strong-password'}}}", "2026.4.12")
    assert (finding.path, finding.is_blocking) == ("gateway.auth.password", True)


def test_a_gateway_token_beside_another_is_told_and_does_not_block() -> None:
    (finding,) = found("{gateway: {token: 'old-one', auth: {token: 'new-one'}}}", "2026.9.6")
    assert (finding.id, finding.is_blocking) == ("gateway-token-is-not-in-force", False)
    assert "old-one" not in finding.message + finding.hint


def test_an_old_key_in_an_included_file_is_told_since_nobody_rewrites_it() -> None:
    (finding,) = found(
        "{gateway: {$include: 'gateway.json5'}}", "2026.9.6", merged="{gateway: {token: 'in the include'}}"
    )
    assert (finding.id, finding.is_blocking) == ("old-key-in-an-included-file", True)
    assert "m001_gateway_token" in finding.message


def test_origins_of_other_browsers_are_for_a_person() -> None:
    document = sample("lan-two-secrets.json5")
    ids = [one.id for one in findings("2026.2.12", "2026.4.29", document, document.value)]
    assert ids == ["control-ui-origins"]


@pytest.mark.parametrize(
    ("text", "path", "is_blocking"),
    [
        (
            "{hooks: {internal: {handlers: [{event: 'command:new', module: './h.ts'}]}}}",
            "hooks.internal.handlers",
            True,
        ),
        ("{gateway: {tailscale: {serviceName: 'svc:claw'}}}", "gateway.tailscale.serviceName", True),
        ("{agents: {list: [{id: 'a', systemPromptOverride: 'x'}]}}", "agents.list[0].systemPromptOverride", False),
        ("{agents: {entries: {a: {systemPromptOverride: 'x'}}}}", "agents.entries.a.systemPromptOverride", False),
        ("{diagnostics: {otel: {protocol: 'grpc'}}}", "diagnostics.otel.protocol", False),
    ],
)
def test_what_a_doctor_takes_out_with_nothing_in_its_place_is_told(text: str, path: str, is_blocking: bool) -> None:
    (finding,) = found(text, "2026.9.6", since="2026.5.1")
    assert (finding.id, finding.path, finding.is_blocking) == ("retired-setting", path, is_blocking)
    assert finding.hint
    assert found(text, "2026.6.10", since="2026.5.1") == []
    assert found(text, "2026.9.6", since="2026.8.2") == []


def test_a_value_that_goes_on_working_is_no_news() -> None:
    assert found("{diagnostics: {otel: {protocol: 'http/protobuf'}}}", "2026.9.6") == []
