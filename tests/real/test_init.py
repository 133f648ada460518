"""`init --units` on real managers: systemd takes the units, they work in a bare session, and go without a trace."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from drive import clawupgrade
from lab.host import Host

pytestmark = [pytest.mark.real, pytest.mark.full]

BOOT = ("clawupgrade-before-gateway.service", "clawupgrade-after-gateway.service")


@pytest.mark.parametrize("owner", ["systemd-user", "systemd-system"])
def test_the_units_come_work_and_go(owner: str, host_factory: Callable[..., Host]) -> None:
    host = host_factory("2026.9.6", owner=owner)
    scope, who = ("--user", "claw") if owner == "systemd-user" else ("--system", "root")
    folder = "/home/claw/.config/systemd/user" if owner == "systemd-user" else "/etc/systemd/system"
    home = {"HOME": "/root"} if who == "root" else {}
    before = _below(host, folder)

    for written in (5, 0):
        done = clawupgrade(host, "init", "--units", "--yes", user=who, env=home)
        assert done.rc == 0, done.explain()
        assert len(done.document["written"]) == written

    def systemctl(*words: str) -> str:
        return host.run(["systemctl", scope, "--no-pager", *words], user=who, check=True, timeout=300).out

    assert "clawupgrade.timer" in systemctl("list-timers")
    paths = [
        f"{folder}/{name}" for name in (*BOOT, "clawupgrade.service", "clawupgrade.timer", "clawupgrade-failed.service")
    ]
    verified = host.run(["systemd-analyze", scope, "verify", *paths], user=who)
    assert "clawupgrade" not in verified.err, verified.err
    systemctl("start", *BOOT)
    systemctl("start", "clawupgrade.service")  # it finds what the gateway's unit tells, without a shell's PATH
    host.power_cycle()
    assert systemctl("is-enabled", *BOOT, "clawupgrade.timer").split() == ["enabled"] * 3
    for unit in BOOT:
        said = systemctl("show", "--property=Result,ExecMainStatus", unit)
        assert said.split() == ["Result=success", "ExecMainStatus=0"]

    done = clawupgrade(host, "init", "--units", "--remove", user=who, env=home)
    assert done.rc == 0, done.explain()
    assert len(done.document["removed"]) == 5
    assert _below(host, folder) == before
    assert "clawupgrade" not in systemctl("list-unit-files")
    assert clawupgrade(host, "init", "--units", "--remove", user=who, env=home).document["removed"] == []


def _below(host: Host, folder: str) -> str:
    return host.run(["find", folder, "-print"], user="root").out
