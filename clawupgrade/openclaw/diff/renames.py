"""Where OpenClaw's own doctor moves things: rows read out of the legacy tables of 2026.6.11 and 2026.9.6.

`*` stands for one step. Only what moves unchanged stands here: what a doctor rewrites is shown as it is.
"""

from __future__ import annotations

from msgspec import Struct

from clawupgrade.openclaw.document import Steps, steps


class Rename(Struct, frozen=True):
    """Everything below `old` is below `new` from the doctor of `seen_in` on (or earlier)."""

    old: Steps
    new: Steps
    seen_in: str


def _row(old: str, new: str, seen_in: str) -> Rename:
    return Rename(steps(old), steps(new), seen_in)


RENAMES: tuple[Rename, ...] = (
    _row("agents.list", "agents.entries", "2026.8.2"),
    _row("memorySearch", "agents.defaults.memorySearch", "2026.2.12"),
    _row("memorySearch", "memory.search", "2026.8.2"),
    _row("agents.defaults.memorySearch", "memory.search", "2026.8.2"),
    _row("agents.list.*.memorySearch", "agents.entries.*.memory.search", "2026.8.2"),
    _row("heartbeat", "agents.defaults.heartbeat", "2026.3.13"),
    _row("messages.tts", "tts", "2026.8.2"),
    _row("media", "attachments", "2026.8.2"),
    _row("audit", "logging.audit", "2026.8.2"),
    _row("defaultModel", "agents.defaults.model", "2026.8.2"),
    _row("session.typingMode", "agents.defaults.typingMode", "2026.8.2"),
    _row("session.idleMinutes", "session.reset.idleMinutes", "2026.8.2"),
    _row("session.resetByType.dm", "session.resetByType.direct", "2026.8.2"),
    _row("session.threadBindings.ttlHours", "session.threadBindings.idleHours", "2026.3.13"),
    _row("channels.*.threadBindings.ttlHours", "channels.*.threadBindings.idleHours", "2026.3.13"),
    _row("channels.feishu.accounts.*.botName", "channels.feishu.accounts.*.name", "2026.6.11"),
    _row("agents.defaults.embeddedPi", "agents.defaults.embeddedAgent", "2026.6.11"),
    _row("agents.list.*.embeddedPi", "agents.list.*.embeddedAgent", "2026.6.11"),
    _row("gateway.nodes.allowCommands", "gateway.nodes.commands.allow", "2026.8.2"),
    _row("gateway.nodes.denyCommands", "gateway.nodes.commands.deny", "2026.8.2"),
    _row("gateway.nodes.skills.enabled", "gateway.nodes.allowSkills", "2026.8.2"),
    _row("cron.failureDestination", "cron.failureAlert", "2026.8.2"),
    _row("browser.ssrfPolicy.hostnameAllowlist", "browser.ssrfPolicy.allowedHostnames", "2026.8.2"),
    _row("tools.experimental.planTool", "tools.updatePlan", "2026.8.2"),
    _row("web.enabled", "channels.whatsapp.enabled", "2026.8.2"),
    _row("env.*", "env.vars.*", "2026.8.2"),
    _row("models.providers.openai-codex", "models.providers.openai", "2026.6.11"),
    _row("plugins.entries.openai-codex", "plugins.entries.openai", "2026.6.11"),
    _row("mcp.servers.*.type", "mcp.servers.*.transport", "2026.4.29"),
    _row("tools.web.x_search.apiKey", "plugins.entries.xai.config.webSearch.apiKey", "2026.4.29"),
    _row("tools.web.search.apiKey", "plugins.entries.brave.config.webSearch.apiKey", "2026.4.29"),
    _row("tools.exec.timeoutSec", "tools.exec.timeoutSeconds", "2026.8.2"),
    _row("channels.*.streamMode", "channels.*.streaming.mode", "2026.8.2"),
    _row("diagnostics.memoryPressureBundle", "diagnostics.memoryPressureSnapshot", "2026.6.11"),
)

# Taken out, or turned into something else, by a doctor that says so; the first stands in every config that
# onboarding wrote up to 2026.6.11.
RETIRED: tuple[Rename, ...] = (
    _row("audio.transcription", "tools.media.models", "2026.4.29"),
    _row("gateway.tailscale.resetOnExit", "", "2026.8.2"),
    _row("agents.defaults.sandbox.perSession", "", "2026.4.29"),
    _row("agents.list.*.sandbox.perSession", "", "2026.4.29"),
    _row("agents.list.*.default", "", "2026.9.6"),
    _row("agents.entries.*.default", "", "2026.9.6"),
    _row("agents.defaults.memorySearch.provider", "", "2026.6.11"),
    _row("session.maintenance.rotateBytes", "", "2026.4.29"),
    _row("session.parentForkMaxTokens", "", "2026.6.11"),
)


def retired_in(path: Steps) -> str | None:
    """The release whose doctor was seen to retire the path, or None."""
    return next((row.seen_in for row in RETIRED if _matched(path, row.old) is not None), None)


def new_places(path: Steps) -> tuple[tuple[Steps, Rename], ...]:
    """Where a value at `path` may be found after some doctor, the most exact rows first."""
    found = []
    for rename in RENAMES:
        if (stars := _matched(path, rename.old)) is not None:
            filled = iter(stars)
            new = tuple(next(filled, "*") if step == "*" else step for step in rename.new)
            found.append(((*new, *path[len(rename.old) :]), rename))
    return tuple(sorted(found, key=lambda place: -len(place[1].old)))


def _matched(path: Steps, pattern: Steps) -> list[str | int] | None:
    """What the stars of a pattern stand for, when the path begins with it."""
    if len(path) < len(pattern):
        return None
    stars = []
    for step, wanted in zip(path, pattern, strict=False):
        if wanted == "*":
            stars.append(step)
        elif step != wanted:
            return None
    return stars
