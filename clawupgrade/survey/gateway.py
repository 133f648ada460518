"""Where the gateway listens, from the service's own words, the environment and the config."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping

from clawupgrade.gateway.address import Address
from clawupgrade.openclaw.paths import Paths
from clawupgrade.openclaw.units import Unit
from clawupgrade.ports import Host
from clawupgrade.survey.config import Config

DEFAULT_PORT = 18789
_DEV_PORT = 19001
_PEM = re.compile(rb"-----BEGIN CERTIFICATE-----(.+?)-----END CERTIFICATE-----", re.DOTALL)


def find_address(
    host: Host, config: Config, unit: Unit, env: Mapping[str, str], prefixes: tuple[str, ...], paths: Paths
) -> Address:
    """The address under which this machine reaches the gateway.

    Port: `--port` in the unit, the port variable (the unit's, then the shell's), `gateway.port`,
    18789, as every release looked at has it. `OPENCLAW_GATEWAY_PORT` in the shell counts only where
    there is no service: a service does not see it.
    """
    return Address(
        host=_host_of(config),
        port=unit.port or _port_variable(unit, env, prefixes) or _port_in(config) or _default_port(paths),
        tls=(tls := config.get("gateway.tls.enabled") is True),
        fingerprint=_fingerprint(host, config, paths) if tls else None,
    )


def _host_of(config: Config) -> str:
    """The loopback serves every bind mode since 2026.9; before, `custom` listened on its one address only."""
    custom = config.get("gateway.customBindHost")
    if config.get("gateway.bind") == "custom" and isinstance(custom, str) and custom.strip() not in ("", "0.0.0.0"):
        return custom.strip()
    return "127.0.0.1"


def _port_variable(unit: Unit, env: Mapping[str, str], prefixes: tuple[str, ...]) -> int | None:
    for prefix in prefixes:
        name = f"{prefix}_GATEWAY_PORT"
        stated = unit.value(name) if unit.argv else env.get(name)
        if stated and stated.strip().isdecimal() and 0 < int(stated) < 65536:
            return int(stated)
    return None


def _port_in(config: Config) -> int | None:
    stated = config.get("gateway.port")
    return stated if isinstance(stated, int) and not isinstance(stated, bool) and 0 < stated < 65536 else None


def _default_port(paths: Paths) -> int:
    return _DEV_PORT if paths.profile == "dev" else DEFAULT_PORT


def _fingerprint(host: Host, config: Config, paths: Paths) -> str | None:
    """SHA-256 of the gateway's own certificate, so that a self-signed one is known again."""
    stated = config.get("gateway.tls.certPath")
    path = stated if isinstance(stated, str) and stated else f"{paths.state_dir}/gateway/tls/gateway-cert.pem"
    path = paths.home + path[1:] if path.startswith("~/") else path
    found = _PEM.search(host.files.read(path) or b"")
    return hashlib.sha256(base64.b64decode(found.group(1))).hexdigest() if found else None
