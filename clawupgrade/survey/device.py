"""This machine's own device, as OpenClaw's files and database have it: its cached token, and a request that waits."""

from __future__ import annotations

import hmac
import json
from collections.abc import Iterator, Mapping
from typing import Any

from clawupgrade.model import Install
from clawupgrade.ports import Host

IDENTITY, CACHE = "identity/device.json", "identity/device-auth.json"
PAIRED, PENDING = "devices/paired.json", "devices/pending.json"
DATABASE = "state/openclaw.sqlite"
"""2026.9 keeps devices here, in tables that are named `device_identities` and `device_pairing_…`."""


def cached_device(host: Host, install: Install) -> str:
    """ "agrees" or "differs": the cached operator token against the gateway's own list; "" where either is missing."""
    device = _read(host, install, IDENTITY).get("deviceId", "")
    cached = _token(_read(host, install, CACHE))
    known = _token(_read(host, install, PAIRED).get(device))
    if not device or not cached or not known:
        return ""
    return "agrees" if hmac.compare_digest(cached.encode(), known.encode()) else "differs"


def pending_device(host: Host, install: Install) -> str:
    """The id of our own device's request that waits for a person, or ""."""
    own = _own(host, install)
    return next((request for request, device in _waiting(host, install) if device in own), "")


def is_known(host: Host, install: Install) -> bool:
    """Whether the gateway has approved our own device for anything: else it lets that in for nothing, either."""
    approved: set[object] = {*_read(host, install, PAIRED)}
    approved |= {row.get("device_id") for row in _rows(host, install, "device_pairing_paired")}
    return not approved.isdisjoint(_own(host, install))


def _own(host: Host, install: Install) -> frozenset[object]:
    """By what ids this machine's own device is known; it has at most one in each place."""
    found = [_read(host, install, IDENTITY).get("deviceId")]
    found += [row.get("device_id") for row in _rows(host, install, "device_identities")]
    return frozenset(each for each in found if each)


def _waiting(host: Host, install: Install) -> Iterator[tuple[str, object]]:
    """Each request that waits with the device that made it."""
    for request, asked in _read(host, install, PENDING).items():
        if isinstance(asked, dict):
            yield str(asked.get("requestId") or request), asked.get("deviceId")
    for row in _rows(host, install, "device_pairing_pending"):
        yield str(row.get("request_id", "")), row.get("device_id")


def _rows(host: Host, install: Install, table: str) -> tuple[Mapping[str, Any], ...]:
    """A table of the gateway's own; no rows where it is not to be had: that says nothing about a device."""
    try:
        return host.databases.rows(f"{install.state_dir}/{DATABASE}", table) or ()
    except OSError:
        return ()


def _read(host: Host, install: Install, name: str) -> dict[str, Any]:
    """One of the files; empty where there is none, or it is torn."""
    try:
        found = json.loads(host.files.read(f"{install.state_dir}/{name}") or b"{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _token(holder: Any) -> str:
    tokens = holder.get("tokens") if isinstance(holder, dict) else None
    operator = tokens.get("operator") if isinstance(tokens, dict) else None
    found = operator.get("token") if isinstance(operator, dict) else None
    return found if isinstance(found, str) else ""
