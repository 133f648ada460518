"""The clean environment of children."""

from __future__ import annotations

from pathlib import Path

import pytest

from clawupgrade.host.environment import child_environment
from clawupgrade.model import Account

CLAW = Account("claw", 54321, 54321, "/home/claw")


@pytest.mark.parametrize(
    "name",
    [
        "OPENCLAW_GATEWAY_TOKEN",
        "CLAWDBOT_GATEWAY_TOKEN",
        "MOLTBOT_X",
        "NODE_OPTIONS",
        "AWS_SECRET_ACCESS_KEY",
    ],
)
def test_nothing_that_could_decide_or_leak_comes_from_the_callers_shell(name: str) -> None:
    assert name not in child_environment({name: "x", "PATH": "/bin"}, CLAW, is_own=True)


def test_what_npm_needs_to_reach_its_registry_passes() -> None:
    caller = {
        "NPM_CONFIG_REGISTRY": "https://r",
        "npm_config_cafile": "/ca",
        "HTTPS_PROXY": "http://p:1",
        "NODE_EXTRA_CA_CERTS": "/ca",
        "SSL_CERT_FILE": "/ca",
    }
    env = child_environment(caller, CLAW, is_own=True)
    assert caller.items() <= env.items()


def test_loopback_never_goes_through_a_proxy() -> None:
    """#147920: proxies break a rehearsal on loopback."""
    env = child_environment({"NO_PROXY": "corp.example,localhost"}, CLAW, is_own=True)
    assert env["NO_PROXY"] == "corp.example,localhost,127.0.0.1,::1"
    assert env["no_proxy"] == "localhost,127.0.0.1,::1"


def test_home_and_name_are_the_accounts_and_not_the_callers() -> None:
    env = child_environment({"HOME": "/root", "USER": "root"}, CLAW, is_own=False)
    assert (env["HOME"], env["USER"], env["LOGNAME"]) == ("/home/claw", "claw", "claw")


def test_crons_short_path_is_completed_and_relative_folders_are_dropped() -> None:
    path = child_environment({"PATH": "/opt/node/bin:.::/usr/bin"}, CLAW, is_own=True)["PATH"].split(":")
    assert path[0] == "/opt/node/bin"
    assert "." not in path
    assert "" not in path
    assert {"/usr/local/bin", "/bin", "/usr/sbin"} <= set(path)
    assert path.count("/usr/bin") == 1


def test_the_callers_bus_is_kept_for_the_own_account_only() -> None:
    caller = {"XDG_RUNTIME_DIR": "/run/mine", "DBUS_SESSION_BUS_ADDRESS": "unix:path=/run/mine/bus"}
    assert child_environment(caller, CLAW, is_own=True)["XDG_RUNTIME_DIR"] == "/run/mine"
    assert "XDG_RUNTIME_DIR" not in child_environment(caller, CLAW, is_own=False)
    assert "DBUS_SESSION_BUS_ADDRESS" not in child_environment(caller, CLAW, is_own=False)


def test_a_missing_bus_address_is_filled_in(tmp_path: Path) -> None:
    """cron and ssh give none (#11805, #58129)."""
    (tmp_path / "bus").touch()
    env = child_environment({"XDG_RUNTIME_DIR": str(tmp_path)}, CLAW, is_own=True)
    assert env["DBUS_SESSION_BUS_ADDRESS"] == f"unix:path={tmp_path}/bus"
