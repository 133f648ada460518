"""What a target will not take and no migration can settle without a person: for preflight and for the plan."""

from __future__ import annotations

import hmac
from collections.abc import Iterator

from msgspec import Struct

from clawupgrade.migrations import m008_allowed_origins
from clawupgrade.migrations.registry import pending
from clawupgrade.migrations.retired import RETIRED, met
from clawupgrade.openclaw.document import Document, Json
from clawupgrade.openclaw.versions import parse

# The examples of OpenClaw's own documentation; refused at start from 2026.4.12 on (its change log).
_EXAMPLES = {
    "gateway.auth.token": ("change-me-to-a-long-random-token", "change-me-now"),
    "gateway.auth.password": ("change-me-to-a-strong-password",),
}


class Finding(Struct, frozen=True):
    """`is_blocking`: the target would not start, or its doctor would do harm; else it is worth knowing."""

    id: str
    path: str
    message: str
    hint: str
    is_blocking: bool


def findings(
    from_version: str, to_version: str, document: Document, merged: Json, *, shares_secret: bool = False
) -> tuple[Finding, ...]:
    """What a person has to know or to settle before going from one version to another.

    document: the main config file. merged: its value with includes resolved, which may hold secrets; no message
    repeats one. shares_secret: whether hooks.token is known to be the gateway's secret, whatever the texts say.
    """
    whole = Document.of(merged)
    checks = (_example_secrets, _dropped_token, _hidden, _other_origins, _retired)
    return (
        *_hooks_token(to_version, whole, shares_secret),
        *(found for check in checks for found in check(from_version, to_version, document, whole)),
    )


def _hooks_token(to: str, whole: Document, shares_secret: bool) -> Iterator[Finding]:
    """One secret for two doors: neither can be changed for its users by us (#20813)."""
    if parse(to) < parse("2026.2.19") or whole.get("hooks.enabled") is not True:
        return
    hooks = _text(whole, "hooks.token")
    mode = _text(whole, "gateway.auth.mode") or ("password" if _text(whole, "gateway.auth.password") else "token")
    in_force = "gateway.auth.password" if mode == "password" else "gateway.auth.token"
    gateway = _text(whole, in_force) or (_text(whole, "gateway.token") if mode == "token" else "")
    if not hooks or not (shares_secret or hmac.compare_digest(hooks.encode(), gateway.encode())):
        return
    if parse(to) < parse("2026.6"):
        harm = f"OpenClaw {to} does not start with that"
    else:
        harm = f"the doctor of OpenClaw {to} replaces hooks.token by a random one, and every sender of hooks is refused"
    yield Finding(
        "hooks-token-is-gateway-token",
        "hooks.token",
        f"hooks.token is the same secret as {in_force}: {harm}",
        "set a hooks.token of its own, give it to whoever sends hooks, then upgrade",
        is_blocking=True,
    )


def _example_secrets(_from: str, to: str, _document: Document, whole: Document) -> Iterator[Finding]:
    if parse(to) < parse("2026.4.12"):
        return
    for path, examples in _EXAMPLES.items():
        if _text(whole, path) in examples:
            yield Finding(
                "gateway-secret-is-an-example",
                path,
                f"{path} is an example from the documentation: OpenClaw {to} does not start with it",
                "set a secret of your own (openssl rand -hex 32), give it to the clients, then upgrade",
                is_blocking=True,
            )


def _dropped_token(_from: str, to: str, _document: Document, whole: Document) -> Iterator[Finding]:
    old, new = _text(whole, "gateway.token"), _text(whole, "gateway.auth.token")
    if old and new and parse(to) >= parse("2026.3.28") and not hmac.compare_digest(old.encode(), new.encode()):
        yield Finding(
            "gateway-token-is-not-in-force",
            "gateway.token",
            "gateway.token differs from gateway.auth.token; no release reads it, and it will be taken out",
            "clients that send it are refused already: give them gateway.auth.token",
            is_blocking=False,
        )


def _hidden(from_version: str, to_version: str, document: Document, whole: Document) -> Iterator[Finding]:
    """Old keys in an included file: neither this program nor OpenClaw's doctor rewrites those."""
    here = {migration.id for migration in pending(from_version, to_version, document)}
    for migration in pending(from_version, to_version, whole):
        if migration.id not in here:
            yield Finding(
                "old-key-in-an-included-file",
                "$include",
                f"{migration.id} has something to do in a file that the config includes: {migration.why}",
                "change the key in that file by hand, or write the section into the config itself",
                is_blocking=migration.heals,
            )


def _other_origins(from_version: str, to_version: str, document: Document, _whole: Document) -> Iterator[Finding]:
    if m008_allowed_origins.MIGRATION in pending(from_version, to_version, document):
        yield Finding(
            "control-ui-origins",
            "gateway.controlUi.allowedOrigins",
            "browsers that open the Control UI under another address than this machine's own will be refused",
            "add each such origin (https://name or http://address:port) to gateway.controlUi.allowedOrigins",
            is_blocking=False,
        )


def _retired(from_version: str, to_version: str, _document: Document, whole: Document) -> Iterator[Finding]:
    """What a doctor on the way takes out; behind its release the key means nothing any more."""
    for row in RETIRED:
        if parse(from_version) < parse(row.since) <= parse(to_version):
            for path in met(row, whole.value):
                yield Finding(
                    "retired-setting", path, f"{path} ends with {row.since}: {row.why}", row.cure, row.is_blocking
                )


def _text(document: Document, path: str) -> str:
    value = document.get(path)
    return value.strip() if isinstance(value, str) else ""
