"""Where an installation comes to lie once the target has moved it, and what a snapshot must know of that."""

from __future__ import annotations

from msgspec.structs import replace

from clawupgrade.gateway.address import Address
from clawupgrade.landing import landing_of
from clawupgrade.model import (
    Account,
    CredentialRef,
    Install,
    Node,
    Owner,
    Package,
    Plan,
    Request,
    Service,
    Target,
    plan_from_json,
    plan_to_json,
)
from clawupgrade.openclaw.hops import Way
from clawupgrade.planning import make_plan, make_rollback

UNITS = "/home/claw/.config/systemd/user"
OLD_UNIT, NEW_UNIT = f"{UNITS}/clawdbot-gateway.service", f"{UNITS}/openclaw-gateway.service"
CONFIG = "/home/claw/.clawdbot/clawdbot.json"
IN_CONFIG = CredentialRef("config", CONFIG, "gateway.auth.token", "token", "d")
IN_UNIT = CredentialRef("unit", OLD_UNIT, "CLAWDBOT_GATEWAY_TOKEN", "token", "d")
IN_DOTENV = CredentialRef("dotenv", "/home/claw/.clawdbot/.env", "CLAWDBOT_GATEWAY_TOKEN", "token", "d")
INSTALL = Install(
    key="abc",
    account=Account("claw", 1500, 1500, "/home/claw"),
    package=Package("clawdbot", "2026.1.24-3", "/p/lib/node_modules/clawdbot", "/p", "/p/bin"),
    node=Node("/n/bin/node", "v24.19.0", ("/n/bin/node", "/n/npm-cli.js")),
    state_dir="/home/claw/.clawdbot",
    config_path=CONFIG,
    profile="",
    service=Service(Owner.SYSTEMD_USER, "clawdbot-gateway.service", (OLD_UNIT,), active=True, enabled=True, main_pid=7),
    address=Address("127.0.0.1", 18789),
    credentials=(IN_CONFIG, IN_UNIT, IN_DOTENV),
    credential=IN_CONFIG,
    moves=(("/home/claw/.clawdbot", "/home/claw/.openclaw"), (OLD_UNIT, NEW_UNIT)),
)


def _plan() -> Plan:
    return make_plan(
        Request(environ=(), account=INSTALL.account),
        INSTALL,
        Target("2026.9.6", "openclaw", "openclaw@2026.9.6"),
        Way((), "clone", "a reason"),
        run_id="r1",
        created_at="2026-01-01T00:00:00+00:00",
        migrations={},
    )


def test_what_does_not_move_lands_where_it_is() -> None:
    still = replace(INSTALL, moves=())
    assert landing_of(still) is None
    plan = replace(_plan(), install=still, after=None)
    assert plan.landing == still
    assert plan.services == (still.service,)


def test_state_config_unit_and_credentials_move_together() -> None:
    after = landing_of(INSTALL)
    assert after is not None
    assert after.state_dir == "/home/claw/.openclaw"
    assert after.config_path == "/home/claw/.openclaw/openclaw.json"
    assert (after.service.name, after.service.files) == ("openclaw-gateway.service", (NEW_UNIT,))
    assert [(ref.place, ref.key) for ref in after.credentials] == [
        ("/home/claw/.openclaw/openclaw.json", "gateway.auth.token"),
        (NEW_UNIT, "OPENCLAW_GATEWAY_TOKEN"),
        ("/home/claw/.openclaw/.env", "CLAWDBOT_GATEWAY_TOKEN"),
    ]
    assert after.credential == after.credentials[0]


def test_the_plan_names_both_services_and_survives_its_journal() -> None:
    plan = _plan()
    assert [service.name for service in plan.services] == ["clawdbot-gateway.service", "openclaw-gateway.service"]
    assert plan_from_json(plan_to_json(plan)) == plan


def test_the_snapshot_knows_that_the_new_places_are_empty() -> None:
    paths = [path for _, path, _ in _plan().sources]
    assert len(paths) == len(set(paths))
    assert set(paths) >= {
        "/home/claw/.clawdbot",
        OLD_UNIT,
        f"{UNITS}/default.target.wants/clawdbot-gateway.service",
        "/home/claw/.openclaw",
        NEW_UNIT,
        f"{UNITS}/default.target.wants/openclaw-gateway.service",
    }


def test_a_rollback_lands_where_the_upgrade_began() -> None:
    service = Service(Owner.SYSTEMD_USER, "openclaw-gateway.service", (NEW_UNIT,), active=True, enabled=True)
    now = replace(
        INSTALL,
        package=Package("openclaw", "2026.9.6", "/p/lib/node_modules/openclaw", "/p", "/p/bin"),
        state_dir="/home/claw/.openclaw",
        config_path="/home/claw/.openclaw/openclaw.json",
        service=service,
        moves=(),
    )
    back = make_rollback(
        now,
        _plan(),
        run_id="r2",
        created_at="2026-01-02T00:00:00+00:00",
        restore_from="r1",
        restore_names=("config", "state"),
        serve_after=True,
    )
    assert back.landing.state_dir == "/home/claw/.clawdbot"
    assert [each.name for each in back.services] == ["openclaw-gateway.service", "clawdbot-gateway.service"]
    paths = [path for _, path, _ in back.sources]
    assert set(paths) >= {"/home/claw/.openclaw", "/home/claw/.clawdbot", OLD_UNIT, NEW_UNIT}
