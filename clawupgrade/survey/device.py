"""This machine's own device, as OpenClaw's files have it: its cached token, and a request that waits."""

from __future__ import annotations

import hmac
import json
from typing import Any

from clawupgrade.model import Install
from clawupgrade.ports import Host

IDENTITY, CACHE = "identity/device.json", "identity/device-auth.json"
PAIRED, PENDING = "devices/paired.json", "devices/pending.json"


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
    device = _read(host, install, IDENTITY).get("deviceId", "")
    for request, asked in _read(host, install, PENDING).items():
        if device and isinstance(asked, dict) and asked.get("deviceId") == device:
            return str(asked.get("requestId") or request)
    return ""


def _read(host: Host, install: Install, name: str) -> dict[str, Any]:
    """One of the files; empty where there is none (2026.9 keeps some in its database), or it is torn."""
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
