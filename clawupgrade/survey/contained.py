"""Gathers what a diagnosis needs of a container beyond the survey; reads only."""

from __future__ import annotations

from clawupgrade.diagnose.contained import Contained
from clawupgrade.errors import Refused
from clawupgrade.gateway.credential import digest_of
from clawupgrade.model import Install
from clawupgrade.openclaw.document import Document
from clawupgrade.ports import Host

_PINS = ("OPENCLAW_GATEWAY_TOKEN", "OPENCLAW_GATEWAY_PASSWORD")


def find_contained(host: Host, install: Install) -> Contained | None:
    """None where the gateway runs in no container."""
    found = install.service.composed
    if found is None:
        return None
    seen = host.containers.look(found)
    volume = found.outside(found.state)
    around = host.containers.surroundings(found)
    user = found.user.partition(":")[0]
    pinned = next((name for name in _PINS if name in install.service.environment), "")
    return Contained(
        service=found.service,
        state=found.state,
        on_volume=volume is not None,
        onboarded=around.config is not None,
        same_token=_same(host, install, around.config),
        sharing=around.sharing,
        user=int(user) if user.isdecimal() else None,
        owner=around.owner,
        builds=found.build,
        pinned=pinned,
        read_only=seen is not None and seen.read_only,
    )


def token_of_image(host: Host, config: bytes | None) -> str | None:
    """The digest of the token in a config that an image holds; None where there is none, or it cannot be read."""
    try:
        value = Document.parse(config or b"{}").get("gateway.auth.token")
    except Refused:
        return None
    return digest_of(host.secrets.key(), value) if isinstance(value, str) and value else None


def _same(host: Host, install: Install, config: bytes | None) -> bool | None:
    there = token_of_image(host, config)
    if there is None or install.credential is None:
        return None
    return there == install.credential.digest
