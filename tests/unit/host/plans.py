"""A plan to open journals with."""

from __future__ import annotations

from clawupgrade.gateway.address import Address
from clawupgrade.model import PLAN_FORMAT, Account, Engine, Hop, Install, Node, Owner, Package, Plan, Service

RUN_ID = "20261123T060000Z-ab12"


def a_plan(folder: str = "", run_id: str = RUN_ID) -> Plan:
    """2026.6.11 → 2026.9.6 on a host that does not exist."""
    prefix = "/home/claw/.npm-global"
    root = f"{prefix}/lib/node_modules/openclaw"
    return Plan(
        format=PLAN_FORMAT,
        run_id=run_id,
        created_at="2026-11-23T06:00:00+00:00",
        install=Install(
            key="default",
            account=Account("claw", 1500, 1500, "/home/claw"),
            package=Package("openclaw", "2026.6.11", root, prefix, f"{prefix}/bin"),
            node=Node("/usr/bin/node", "24.19.0", ("/usr/bin/node", "/usr/lib/node_modules/npm/bin/npm-cli.js")),
            state_dir="/home/claw/.openclaw",
            config_path="/home/claw/.openclaw/openclaw.json",
            profile="",
            service=Service(Owner.SYSTEMD_USER, "openclaw-gateway.service"),
            address=Address("127.0.0.1", 18789),
        ),
        target="2026.9.6",
        engine=Engine.CLONE,
        engine_reason="a test",
        hops=(Hop("2026.9.6", "openclaw", "openclaw@2026.9.6", f"{prefix}/s", f"{prefix}/s/o", root),),
        snapshot=run_id,
        sources=(("state", "/home/claw/.openclaw", ("logs",)),),
        serve_after=True,
        folder=folder,
    )
