"""The clean environment that every child starts from, so that a cron job and a login shell get the same."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from clawupgrade.model import Account

_KEPT = (
    "LANG",
    "TZ",
    "TMPDIR",
    "NODE_EXTRA_CA_CERTS",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "ALL_PROXY",
    "NO_PROXY",
    "http_proxy",
    "https_proxy",
    "all_proxy",
    "no_proxy",
)
_KEPT_PREFIXES = ("LC_", "NPM_CONFIG_", "npm_config_")
_SEARCHED = ("/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin")
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


def child_environment(caller: Mapping[str, str], account: Account, *, is_own: bool) -> dict[str, str]:
    """The base environment of a child that runs as `account`.

    Only what is listed here passes: a token in the caller's shell (`OPENCLAW_*`, `CLAWDBOT_*`,
    `MOLTBOT_*`) must not decide what a child of ours sees. cron and ssh give no user bus address
    (openclaw #11805, #58129), so it is filled in. `is_own`: the account is the caller's.
    """
    env = {name: value for name, value in caller.items() if name in _KEPT or name.startswith(_KEPT_PREFIXES)}
    env.setdefault("LANG", "C.UTF-8")
    env["PATH"] = ":".join(dict.fromkeys([*_absolute(caller.get("PATH", "")), *_SEARCHED]))
    env["HOME"] = account.home
    env["USER"] = env["LOGNAME"] = account.name
    env["TERM"] = "dumb"
    env["NO_COLOR"] = "1"
    for name in ("NO_PROXY", "no_proxy"):
        env[name] = ",".join(dict.fromkeys([*filter(None, env.get(name, "").split(",")), *_LOOPBACK]))
    env.update(_bus(caller, account, is_own=is_own))
    return env


def _absolute(path: str) -> list[str]:
    return [folder for folder in path.split(":") if folder.startswith("/")]


def _bus(caller: Mapping[str, str], account: Account, *, is_own: bool) -> dict[str, str]:
    usual = f"/run/user/{account.uid}"
    runtime = caller.get("XDG_RUNTIME_DIR") if is_own else None
    if runtime is None and Path(usual).is_dir():
        runtime = usual
    if runtime is None:
        return {}
    found = {"XDG_RUNTIME_DIR": runtime}
    address = caller.get("DBUS_SESSION_BUS_ADDRESS") if is_own else None
    if address is None and Path(runtime, "bus").exists():
        address = f"unix:path={runtime}/bus"
    if address is not None:
        found["DBUS_SESSION_BUS_ADDRESS"] = address
    return found
