"""Every place where a gateway credential may stand, and which of them opens the gateway. Hashes only."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from msgspec.structs import replace

from clawupgrade.model import CredentialRef
from clawupgrade.openclaw.paths import Paths
from clawupgrade.openclaw.references import Source, reference_in
from clawupgrade.openclaw.variables import UNREAD
from clawupgrade.ports import Host
from clawupgrade.survey.config import Config
from clawupgrade.survey.elsewhere import in_agents, in_compose
from clawupgrade.survey.service import Defined

CONFIG_KEYS = (
    ("gateway.auth.token", "token"),
    ("gateway.auth.password", "password"),
    ("gateway.token", "token"),
    ("gateway.remote.token", "token"),
    ("gateway.remote.password", "password"),
)
_PREFIXES = ("OPENCLAW", "CLAWDBOT", "MOLTBOT")
_OLD_PREFIXES = ("CLAWDBOT_", "MOLTBOT_")

_NOT_THE_GATEWAYS = ("gateway.token", "gateway.remote.token", "gateway.remote.password")
_OF_THE_SERVICE = ("unit", "plist", "envfile", "dotenv", "container")
_ORDER = ("config", "argv", "unit", "plist", "envfile", "dotenv", "container", "process", "environment")
_MARKS = ("$", "secretref-env:", "__env__:")
_FLAGS = (("--token", "token"), ("--password", "password"))


def gather(
    host: Host, config: Config, defined: Defined, env: Mapping[str, str], paths: Paths
) -> tuple[CredentialRef, ...]:
    """All credentials that exist, with their digests; what stands there is read behind the port."""
    candidates = dict.fromkeys(
        (
            *_led_to(config, defined, paths),
            *_in_config(config),
            *_in_unit(defined),
            *_in_files(defined, paths),
            *in_agents(host, paths),
            *in_compose(host, paths),
            *_in_processes(defined, env),
        )
    )
    found = ((ref, host.secrets.digest(ref)) for ref in candidates)
    return tuple(replace(ref, digest=digest) for ref, digest in found if digest)


def choose(config: Config, refs: Iterable[CredentialRef]) -> CredentialRef | None:
    """The credential to knock with; None where the gateway asks for none, or none was found.

    The config's own goes before what the service was given: clients take theirs from the config, so
    that is the one that has to work after an upgrade. Where it is a reference, what the running
    gateway was given for it goes before all.
    """
    mode = config.get("gateway.auth.mode")
    if mode in ("none", "trusted-proxy"):
        return None
    usable = [ref for ref in refs if _opens(config, ref)]
    kind = "password" if mode == "password" else "token"
    wanted = [ref for ref in usable if ref.kind == kind] or (usable if mode is None else [])
    led = leads(config)
    own = [ref for ref in wanted if led.get(ref.key, ("", ""))[0].startswith("gateway.auth.")]
    return own[0] if own else min(wanted, key=lambda ref: _ORDER.index(ref.source), default=None)


def leads(config: Config) -> dict[str, tuple[str, str]]:
    """The variables that credentials in the config stand for: name → (config key, kind)."""
    found: dict[str, tuple[str, str]] = {}
    for key, kind in CONFIG_KEYS:
        value = config.get(key)
        reference = reference_in(value)
        if reference is None or reference.source is not Source.ENV:
            continue
        name = reference.names[0]
        if isinstance(value, dict) or value.strip() in (f"${{{name}}}", *(f"{mark}{name}" for mark in _MARKS)):
            found.setdefault(name, (key, kind))
    return found


def warn(config: Config, refs: tuple[CredentialRef, ...]) -> Iterator[str]:
    """What a person should know of the credentials before an upgrade. Names places, never values."""
    for ref in refs:
        if ref.key == UNREAD:
            yield f"{ref.place} sets {UNREAD}, which no release of OpenClaw reads: it protects nothing"
        elif _stands_at(config, ref, "gateway.token"):
            yield "the token stands at gateway.token, which OpenClaw ignores; its place is gateway.auth.token"
        elif ref.source in _OF_THE_SERVICE and ref.key.startswith(_OLD_PREFIXES):
            yield f"{ref.place} sets {ref.key}, a name that releases from 2026.4 on do not read (#14298)"
    tokens = [ref for ref in refs if ref.kind == "token" and ref.source != "environment" and _opens(config, ref)]
    if config.get("gateway.auth.mode") != "password" and len({ref.digest for ref in tokens}) > 1:
        places = ", ".join(dict.fromkeys(f"{ref.key} in {ref.place}" for ref in tokens))
        yield f"the gateway's token is not the same everywhere: {places}"


def _opens(config: Config, ref: CredentialRef) -> bool:
    if ref.source == "compose":
        return False  # that opens a gateway in a container, if there is one
    return ref.key != UNREAD and not any(_stands_at(config, ref, key) for key in _NOT_THE_GATEWAYS)


def _stands_at(config: Config, ref: CredentialRef, key: str) -> bool:
    found = config.find(key) if ref.source == "config" else None
    return found is not None and (found.file, found.key) == (ref.place, ref.key)


def _in_config(config: Config) -> Iterator[CredentialRef]:
    for key, kind in CONFIG_KEYS:
        if found := config.find(key):
            yield CredentialRef("config", found.file, found.key, kind, "")


def _names() -> Iterator[tuple[str, str]]:
    for prefix in _PREFIXES:
        yield f"{prefix}_GATEWAY_TOKEN", "token"
        yield f"{prefix}_GATEWAY_PASSWORD", "password"
    yield UNREAD, "token"


def _led_to(config: Config, defined: Defined, paths: Paths) -> Iterator[CredentialRef]:
    """Where the value of a `${VAR}` may come from, as the gateway sees it: its environment, then its `.env` files."""
    for name, (_, kind) in leads(config).items():
        if defined.service.main_pid is not None:
            yield CredentialRef("process", str(defined.service.main_pid), name, kind, "")
        for path, _ in defined.merged.environment_files:
            yield CredentialRef("envfile", path, name, kind, "")
        if (place := _setting(defined, name)) is not None:
            yield CredentialRef("unit", place, name, kind, "")
        for path in paths.dotenv:
            yield CredentialRef("dotenv", path, name, kind, "")


def _setting(defined: Defined, name: str) -> str | None:
    """The file in which the merged unit's value of a variable stands; None where it sets none."""
    if defined.merged.value(name) is None:
        return None
    setting = [path for path, part in defined.parts if part.value(name) is not None]
    return setting[-1] if setting else defined.service.name


def _in_unit(defined: Defined) -> Iterator[CredentialRef]:
    for flag, kind in _FLAGS:
        for path, part in defined.parts:
            if any(word.partition("=")[0] == flag for word in part.argv):
                yield CredentialRef("argv", path, flag, kind, "")
    for name, kind in _names():
        if (place := _setting(defined, name)) is not None:
            yield CredentialRef("unit", place, name, kind, "")


def _in_files(defined: Defined, paths: Paths) -> Iterator[CredentialRef]:
    places = [("envfile", path) for path, _ in defined.merged.environment_files]
    for source, place in (*places, *(("dotenv", path) for path in paths.dotenv)):
        for name, kind in _names():
            yield CredentialRef(source, place, name, kind, "")


def _in_processes(defined: Defined, env: Mapping[str, str]) -> Iterator[CredentialRef]:
    for name, kind in _names():
        if defined.service.main_pid is not None:
            yield CredentialRef("process", str(defined.service.main_pid), name, kind, "")
        if name in env:
            yield CredentialRef("environment", "the shell", name, kind, "")
