"""Where one OpenClaw installation keeps its config and state, by the rules of the releases themselves."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Mapping

from msgspec import Struct

from clawupgrade.errors import Refused

CONFIG_NAMES = ("openclaw.json", "clawdbot.json", "moltbot.json", "moldbot.json")
"""Config file names, newest first. 2026.1.29 reads all four; from 2026.4.29 on only the first two."""

_LEGACY_HOMES = (".clawdbot", ".moltbot", ".moldbot")
_PROFILE = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}", re.IGNORECASE)


class Paths(Struct, frozen=True):
    """Absolute paths of one installation.

    home:      the folder that `~` means to OpenClaw (`OPENCLAW_HOME`, else the account's)
    profile:   "" for the default one
    workspace: where the main agent works unless the config says otherwise
    dotenv:    the `.env` files that a gateway loads by itself, first one wins
    explicit:  whether the environment, not a convention, said where state or config are
    """

    home: str
    profile: str
    state_dir: str
    config_path: str
    workspace: str
    dotenv: tuple[str, ...]
    explicit: bool


def resolve_paths(
    home: str,
    env: Mapping[str, str],
    profile: str,
    exists: Callable[[str], bool],
    prefixes: tuple[str, ...] = ("OPENCLAW", "CLAWDBOT"),
) -> Paths:
    """Where the installation of `profile` is; `dev` is what `--dev` means.

    prefixes: environment prefixes that the installed release reads, strongest first: `CLAWDBOT` for
    clawdbot, both for openclaw up to 2026.2, `OPENCLAW` alone by 2026.4.29.

    >>> resolve_paths("/home/claw", {}, "work", lambda path: False).config_path
    '/home/claw/.openclaw-work/openclaw.json'

    Raises:
        Refused: the profile's name is none that OpenClaw takes.
    """
    named = _named(profile or _first(env, prefixes, "PROFILE"))
    base = _own_home(home, env)
    state_override = _first(env, prefixes, "STATE_DIR")
    config_override = _first(env, prefixes, "CONFIG_PATH")
    if state_override:
        state_dir = _expand(state_override, base)
    elif named:
        state_dir = _existing(base, [f"{name}-{named}" for name in _homes(prefixes)], exists)
    else:
        state_dir = _existing(base, list(_homes(prefixes)), exists)
    if config_override:
        config_path = _expand(config_override, base)
    else:
        config_path = _existing(state_dir, list(_config_names(prefixes)), exists)
    return Paths(
        home=base,
        profile=named,
        state_dir=state_dir,
        config_path=config_path,
        workspace=_workspace(base, named, state_dir, exists),
        dotenv=(f"{state_dir}/.env", f"{base}/.config/openclaw/gateway.env"),
        explicit=bool(state_override or config_override or base != home),
    )


def prefixes_of(package: str, version: str) -> tuple[str, ...]:
    """The environment prefixes that a release reads, strongest first.

    Looked up in the releases' own code: clawdbot 2026.1.24-3 reads `CLAWDBOT_` only, 2026.1.29 and
    2026.2.12 both, 2026.4.29 `OPENCLAW_` only (users lost their token to that, #14298).
    """
    if package == "clawdbot":
        return ("CLAWDBOT",)
    return ("OPENCLAW", "CLAWDBOT") if version.startswith(("2026.1.", "2026.2.")) else ("OPENCLAW",)


def _named(profile: str) -> str:
    if profile.lower() in ("", "default"):
        return ""
    if not _PROFILE.fullmatch(profile):
        raise Refused(
            f"“{profile}” is no profile name of OpenClaw",
            "use letters, digits, “_” and “-” only, at most 64 of them",
        )
    return profile


def _own_home(home: str, env: Mapping[str, str]) -> str:
    stated = env.get("OPENCLAW_HOME", "").strip()
    return _expand(stated, home) if stated not in ("", "undefined", "null") else home


def _expand(path: str, home: str) -> str:
    if path == "~" or path.startswith("~/"):
        path = home + path[1:]
    return posixpath.normpath(path)


def _first(env: Mapping[str, str], prefixes: tuple[str, ...], name: str) -> str:
    return next((found for prefix in prefixes if (found := env.get(f"{prefix}_{name}", "").strip())), "")


def _homes(prefixes: tuple[str, ...]) -> tuple[str, ...]:
    return (".clawdbot",) if prefixes == ("CLAWDBOT",) else (".openclaw", *_LEGACY_HOMES)


def _config_names(prefixes: tuple[str, ...]) -> tuple[str, ...]:
    return ("clawdbot.json",) if prefixes == ("CLAWDBOT",) else CONFIG_NAMES


def _existing(folder: str, names: list[str], exists: Callable[[str], bool]) -> str:
    paths = [f"{folder}/{name}" for name in names]
    return next((path for path in paths if exists(path)), paths[0])


def _workspace(base: str, profile: str, state_dir: str, exists: Callable[[str], bool]) -> str:
    # Up to 2026.6.11 a profile's workspace was ~/.openclaw/workspace-NAME; 2026.9.6 has it in the state.
    old = f"{base}/.openclaw/workspace-{profile}"
    return old if profile and exists(old) else f"{state_dir}/workspace"
