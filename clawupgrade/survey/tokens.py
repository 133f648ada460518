"""Every place of a gateway credential with its role, for a diagnosis; compared by hash, never shown."""

from __future__ import annotations

from collections.abc import Iterator

from clawupgrade.diagnose.facts import Role, Source, short
from clawupgrade.model import CredentialRef, Install
from clawupgrade.openclaw.paths import prefixes_of
from clawupgrade.openclaw.variables import UNREAD
from clawupgrade.survey.config import Config
from clawupgrade.survey.credentials import CONFIG_KEYS, leads

_OF_CONFIG = {"gateway.token": Role.LEGACY, "gateway.remote.token": Role.REMOTE, "gateway.remote.password": Role.REMOTE}
_OF_SOURCE = {
    "argv": Role.UNIT,
    "unit": Role.UNIT,
    "plist": Role.UNIT,
    "compose": Role.COMPOSE,
    "envfile": Role.PINNED,
    "dotenv": Role.PINNED,
    "container": Role.PINNED,
    "process": Role.PROCESS,
    "environment": Role.SHELL,
}


def find_sources(config: Config, install: Install) -> tuple[Source, ...]:
    """The sources of an installation that was surveyed, the config's first."""
    home = install.account.home
    prefixes = prefixes_of(install.package.name, install.package.version)
    led = leads(config)
    rest = (
        Source(_role(ref, prefixes), ref, home)
        for ref in install.credentials
        if ref.source != "config" and ref.key not in led
    )
    return (*_in_config(config, install.credentials, home), *rest)


def _in_config(config: Config, refs: tuple[CredentialRef, ...], home: str) -> Iterator[Source]:
    """Each key that is set; a reference stands with the digest of what it leads to, "" where nobody can tell."""
    names = {(key, kind): name for name, (key, kind) in leads(config).items()}
    for key, kind in CONFIG_KEYS:
        found = config.find(key)
        if found is None or found.value in (None, ""):
            continue
        role = _OF_CONFIG.get(key, Role.CONFIG)
        place = f"{key} in {short(found.file, home)}"
        name = names.get((key, kind), "")
        led_to = [ref for ref in refs if ref.key == name]
        own = [ref for ref in refs if (ref.source, ref.place, ref.key) == ("config", found.file, found.key)]
        bare = CredentialRef("config", found.file, found.key, kind, "")
        yield Source(role, (led_to or own or [bare])[0], home, f"{place} (through {name})" if name else place)


def _role(ref: CredentialRef, prefixes: tuple[str, ...]) -> Role:
    if ref.key == UNREAD and ref.source != "compose":
        return Role.UNREAD
    stated = ref.key.partition("_")[0]
    if ref.source in ("unit", "plist", "envfile", "dotenv", "container", "process") and stated not in prefixes:
        return Role.OLD_NAME
    return _OF_SOURCE[ref.source]
