"""Settings that a release's own doctor takes out with nothing in their place: what that means, told beforehand.

Read out of the legacy tables of 2026.6.11, 2026.7.1, 2026.8.2 and 2026.9.6; `*` stands for one step. Only what a person
would miss stands here: a doctor's diff shows the rest.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from clawupgrade.openclaw.document import Json, Steps, render, steps


class Retired(Struct, frozen=True):
    """From the doctor of `since` on `path` is taken out. why: what is lost by that; cure: what to do before.

    is_blocking: the doctor does harm that nobody may learn of afterwards only. values: counts only for one of these.
    """

    path: Steps
    since: str
    why: str
    cure: str
    is_blocking: bool = False
    values: tuple[Json, ...] = ()


def _row(path: str, since: str, why: str, cure: str, *, is_blocking: bool = False) -> Retired:
    return Retired(steps(path), since, why, cure, is_blocking)


_PROMPT = (
    "2026.6.11",
    "OpenClaw makes the system prompt by itself, and the text of yours is dropped",
    "put what it has to say into AGENTS.md or SOUL.md of the agent's workspace",
)
_BROWSER = (
    "2026.8.2",
    "a sandbox's browser without any network is switched off",
    "give it a network of its own if it is used",
)
RETIRED: tuple[Retired, ...] = (
    _row(
        "hooks.internal.handlers",
        "2026.8.2",
        "these hooks would not run any more: its doctor drops the registrations and makes no files of them",
        "move each module into a hook directory with a HOOK.md (openclaw docs: automation/hooks), take the key out",
        is_blocking=True,
    ),
    _row(
        "gateway.tailscale.serviceName",
        "2026.8.2",
        "its doctor switches the managed Tailscale ingress off, and the gateway is not reached by that name any more",
        "take the key out and serve the device itself, or set the route up outside of OpenClaw, then upgrade",
        is_blocking=True,
    ),
    _row("agents.defaults.systemPromptOverride", *_PROMPT),
    _row("agents.list.*.systemPromptOverride", *_PROMPT),
    _row("agents.entries.*.systemPromptOverride", *_PROMPT),
    _row(
        "agents.defaults.cliBackends",
        "2026.8.2",
        "adapters for other command lines come from plugins only, and yours is dropped",
        "install the plugin that brings the adapter (openclaw docs: plugins/cli-backend-plugins)",
    ),
    _row(
        "cron.webhook",
        "2026.8.2",
        "the address that all jobs fell back to is dropped; jobs that are stored get a delivery of their own",
        "give jobs that are made by scripts a delivery of their own",
    ),
    _row(
        "memory.qmd",
        "2026.8.2",
        "QMD is no memory engine any more; its external paths go to memory.search.extraPaths",
        "look at what the agents remember after the upgrade",
    ),
    _row(
        "gateway.controlUi.dangerouslyDisableDeviceAuth",
        "2026.8.2",
        "browsers have to be paired again with the Control UI",
        "approve them once: openclaw devices list, openclaw devices approve ID",
    ),
    Retired(steps("agents.defaults.sandbox.browser.network"), *_BROWSER, values=("none",)),
    Retired(steps("agents.list.*.sandbox.browser.network"), *_BROWSER, values=("none",)),
    Retired(
        steps("diagnostics.otel.protocol"),
        "2026.8.2",
        "telemetry by gRPC is switched off",
        "point it at an OTLP/HTTP collector",
        values=("grpc",),
    ),
)


def met(row: Retired, config: Json) -> tuple[str, ...]:
    """The paths of a config that a row is about.

    >>> met(RETIRED[3], {"agents": {"list": [{"id": "a", "systemPromptOverride": "x"}, {"id": "b"}]}})
    ('agents.list[0].systemPromptOverride',)
    """
    found = _walk(config, (), row.path)
    return tuple(render(path) for path, value in found if not row.values or value in row.values)


def _walk(value: Json, path: Steps, left: Steps) -> Iterator[tuple[Steps, Json]]:
    if not left:
        yield path, value
    elif isinstance(value, dict):
        for key in value if left[0] == "*" else [key for key in value if key == left[0]]:
            yield from _walk(value[key], (*path, key), left[1:])
    elif isinstance(value, list) and left[0] == "*":
        for index, inner in enumerate(value):
            yield from _walk(inner, (*path, index), left[1:])
