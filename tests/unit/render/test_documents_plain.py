"""What `status` prints without msgspec is what msgspec would have made of it."""

from __future__ import annotations

import json
from dataclasses import replace

import msgspec

from clawupgrade.gateway.address import Address
from clawupgrade.gateway.verdict import Baseline, Was
from clawupgrade.model import (
    Account,
    CredentialRef,
    Install,
    Node,
    Outcome,
    Owner,
    Package,
    Report,
    Service,
    StepReport,
)
from clawupgrade.render.documents import plain

INSTALL = Install(
    key="claw-1",
    account=Account("claw", 1500, 1500, "/home/claw"),
    package=Package("openclaw", "2026.6.11", "/p/lib/node_modules/openclaw", "/p", "/p/bin"),
    node=Node("/n/bin/node", "24.19.0", ("/n/bin/node", "/n/npm-cli.js"), "11.17.0"),
    state_dir="/home/claw/.openclaw",
    config_path="/home/claw/.openclaw/openclaw.json",
    profile="",
    service=Service(Owner.SYSTEMD_USER, "openclaw-gateway.service", ("/u",), active=True, main_pid=7),
    address=Address("127.0.0.1", 18789),
    credentials=(CredentialRef("config", "/c", "gateway.auth.token", "token", "ab"),),
    baseline=Baseline(Was.READY),
    state_bytes=5,
    environment=(("A", "1"),),
    obstacles=(("x", "y"),),
)


def test_an_installation() -> None:
    full = replace(INSTALL, credential=INSTALL.credentials[0], moves=(("a", "b"),))
    for each in (INSTALL, full):
        assert json.dumps(plain(each)) == json.dumps(msgspec.to_builtins(each))


def test_a_report() -> None:
    steps = (StepReport("stage", "done", 1.5, {"files": 3, "paths": ["a"], "deep": {"x": None}}),)
    report = Report(Outcome.UPGRADED, 0, "r1", away=3.1, steps=steps, notes=("n",))
    assert json.dumps(plain(report)) == json.dumps(msgspec.to_builtins(report))
