"""Reads the LaunchAgent of a gateway on macOS, as the releases write it: what is run, with which variables."""

from __future__ import annotations

from clawupgrade.openclaw.units import Unit

_PRODUCTS = ("ai.openclaw", "com.clawdbot", "bot.molt")
"""Label prefixes, today's first: openclaw since 2026.1.29, clawdbot, moltbot."""


def agent_paths(home: str, profile: str) -> tuple[str, ...]:
    """Where a profile's LaunchAgent may lie.

    >>> agent_paths("/Users/claw", "")[0]
    '/Users/claw/Library/LaunchAgents/ai.openclaw.gateway.plist'
    """
    return tuple(f"{home}/Library/LaunchAgents/{product}.{profile or 'gateway'}.plist" for product in _PRODUCTS)


def read_agent(content: bytes) -> Unit | None:
    """What launchd runs, in the words of a unit; None for what is no property list."""
    import plistlib  # and expat with it: only where there is one
    from xml.parsers.expat import ExpatError

    try:
        stated = plistlib.loads(content)
    except (plistlib.InvalidFileException, ExpatError, ValueError, TypeError, IndexError, OverflowError):
        return None
    if not isinstance(stated, dict):
        return None
    variables, words = stated.get("EnvironmentVariables"), stated.get("ProgramArguments")
    return Unit(
        argv=tuple(str(word) for word in words) if isinstance(words, list) else (),
        environment=tuple((str(k), str(v)) for k, v in variables.items()) if isinstance(variables, dict) else (),
    )
