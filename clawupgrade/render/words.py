"""What each step does, in the words of somebody who has never read the code."""

from __future__ import annotations

_WORDS = {
    "stage": "build {version} beside the live one",
    "keep": "keep a copy of the package for the way back",
    "judge": "ask {version} what it thinks of the config",
    "rehearse": "try everything on a clone first",
    "snapshot": "copy state, config and service, read it back",
    "arm": "set the watcher that takes over if this dies",
    "inventory": "count what must not get lost",
    "quiesce": "stop the gateway, catch up with the copy",
    "switch": "put {version} in place, by one rename",
    "update": "let OpenClaw's own updater put {version} in",
    "migrate": "carry the config over",
    "doctor": "let {version}'s doctor migrate the state",
    "mend": "put back what doctor took away",
    "start": "start the gateway of {version}",
    "handshake": "shake hands, as a client does",
    "pause": "stop it again for the next version",
    "conserve": "count again: nothing may be missing",
    "verify": "your own checks",
    "restore": "put config and state back",
    "confirm": "shake hands once more, from a new process",
    "kept": "keep what there is",
    "served": "see that clients are let in",
    "hooks": "your own hooks",
}


def words_for(step: str) -> str:
    """A short phrase for a step's name such as `stage:2026.9.6`; "" where there is none."""
    kind, _, version = step.partition(":")
    return _WORDS.get(kind, "").format(version=version or "the release")


def span(seconds: float) -> str:
    """A time that one reads at a glance: `3.1 s`, `48 s`, `2 min 05 s`."""
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    if seconds < 99.5:
        return f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02d} s"


def amount(size: int) -> str:
    """Bytes in the unit that fits: `640 MB`, `3.1 MB`, `12 kB`."""
    for unit, scale in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if size >= scale:
            value = size / scale
            return f"{value:.1f} {unit}" if value < 10 else f"{value:.0f} {unit}"
    return f"{size} bytes"
