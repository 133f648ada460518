"""Where an installation comes to lie when the target moves it: config, state, service and credentials. Pure."""

from __future__ import annotations

import posixpath

from msgspec.structs import replace

from clawupgrade.model import CredentialRef, Install
from clawupgrade.openclaw.paths import CONFIG_NAMES


def landing_of(install: Install) -> Install | None:
    """The installation as the target will serve it; None where nothing moves.

    Seen with clawdbot 2026.1.24-3 → 2026.9.6: `~/.clawdbot/clawdbot.json` → `~/.openclaw/openclaw.json`,
    `clawdbot-gateway.service` → `openclaw-gateway.service`, and the unit's `CLAWDBOT_*` → `OPENCLAW_*`.
    """
    if not install.moves:
        return None
    moved = replace(
        install,
        state_dir=_moved(install, install.state_dir),
        config_path=_renamed(_moved(install, install.config_path)),
        service=replace(
            install.service,
            name=posixpath.basename(_moved(install, f"{_folder(install)}/{install.service.name}")),
            files=tuple(_moved(install, path) for path in install.service.files),
        ),
        credentials=tuple(_credential(install, ref) for ref in install.credentials),
        moves=(),
    )
    chosen = install.credential
    return replace(moved, credential=_credential(install, chosen) if chosen is not None else None)


def _moved(install: Install, path: str) -> str:
    for source, target in install.moves:
        if path == source:
            return target
        if path.startswith(f"{source}/"):
            return target + path.removeprefix(source)
    return path


def _folder(install: Install) -> str:
    return posixpath.dirname(install.service.files[0]) if install.service.files else ""


def _renamed(config_path: str) -> str:
    folder, name = posixpath.split(config_path)
    return f"{folder}/{CONFIG_NAMES[0]}" if name in CONFIG_NAMES else config_path


def _credential(install: Install, ref: CredentialRef) -> CredentialRef:
    if ref.source == "config" and ref.place == install.config_path:
        return replace(ref, place=_renamed(_moved(install, ref.place)))
    key = ref.key.replace("CLAWDBOT_", "OPENCLAW_", 1) if ref.source == "unit" else ref.key
    return replace(ref, place=_moved(install, ref.place), key=key)
