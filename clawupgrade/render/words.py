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

_BRIEF = {
    "stage": "build it beside",
    "keep": "keep the old package",
    "judge": "ask it about the config",
    "rehearse": "try all on a clone",
    "snapshot": "copy everything",
    "arm": "set a watcher",
    "inventory": "count what must stay",
    "quiesce": "stop",
    "switch": "exchange the packages",
    "update": "openclaw update",
    "migrate": "carry the config over",
    "mend": "put back what it took away",
    "handshake": "shake hands",
    "pause": "stop again",
    "conserve": "count again",
    "verify": "your own checks",
    "restore": "put all of it back",
    "confirm": "shake hands once more",
    "kept": "keep what there is",
    "served": "see clients let in",
    "hooks": "your own hooks",
}

ENGINES = {
    "clone": "built beside the live one, then exchanged",
    "inplace": "by OpenClaw's own updater, in place",
    "image": "by another container image",
}
OWNERS = {
    "systemd-user": "systemd --user",
    "systemd-system": "a unit of the system",
    "process": "started by hand",
    "compose": "Docker Compose",
    "none": "no service",
}


def brief_for(step: str) -> str:
    """What a step does, in two or three words."""
    kind = step.partition(":")[0]
    return _BRIEF.get(kind, kind)


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
