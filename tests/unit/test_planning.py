"""planning: what was found and asked for becomes a complete plan."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from clawupgrade.errors import JournalDamaged
from clawupgrade.gateway.address import Address
from clawupgrade.model import (
    Account,
    Engine,
    Install,
    Node,
    Owner,
    Package,
    Request,
    Service,
    Target,
    plan_from_json,
    plan_to_json,
)
from clawupgrade.openclaw.hops import Way
from clawupgrade.planning import limits_for, make_plan, make_rollback, sources_of
from clawupgrade.steps import steps_of

ME = Account("claw", 1500, 1500, "/home/claw")
INSTALL = Install(
    key="abc",
    account=ME,
    package=Package("openclaw", "2026.6.11", "/p/lib/node_modules/openclaw", "/p", "/p/bin"),
    node=Node("/n/bin/node", "v24.19.0", ("/n/bin/node", "/n/npm-cli.js")),
    state_dir="/home/claw/.openclaw",
    config_path="/home/claw/.openclaw/openclaw.json",
    profile="",
    service=Service(
        Owner.SYSTEMD_USER,
        "openclaw-gateway.service",
        ("/home/claw/.config/systemd/user/openclaw-gateway.service",),
        active=True,
        enabled=True,
        main_pid=7,
    ),
    address=Address("127.0.0.1", 18789),
)
REQUEST = Request(environ=(), account=ME)
TARGET = Target("2026.9.6", "openclaw", "openclaw@2026.9.6")


def plan_over(*waypoints: str, engine: Engine | None = None) -> object:
    way = Way(waypoints, Engine.CLONE, "a reason")
    return make_plan(
        replace(REQUEST, engine=engine),
        INSTALL,
        TARGET,
        way,
        run_id="r1",
        created_at="2026-01-01T00:00:00+00:00",
        migrations={},
    )


def test_one_jump_has_each_step_once_and_stops_the_gateway_late() -> None:
    names = [step.name for step in steps_of(plan_over())]
    assert names[:5] == ["stage:2026.9.6", "judge:2026.9.6", "snapshot", "arm", "inventory"]
    live = [step.live for step in steps_of(plan_over())]
    assert live == sorted(live), "a step that touches nothing stands after one that does"
    assert names[-3:] == ["handshake:2026.9.6", "conserve", "confirm"]


def test_waypoints_are_staged_first_and_each_is_proven() -> None:
    names = [step.name for step in steps_of(plan_over("2026.4.29", "2026.7.1"))]
    stops = names.index("quiesce")
    assert {"stage:2026.4.29", "stage:2026.7.1", "stage:2026.9.6"} <= set(names[:stops])
    proofs = [name for name in names if name.startswith("handshake:")]
    assert proofs == ["handshake:2026.4.29", "handshake:2026.7.1", "handshake:2026.9.6"]
    assert names.index("pause:2026.4.29") == names.index("handshake:2026.4.29") + 1
    assert len(set(names)) == len(names)


def test_the_engine_asked_for_wins_over_the_table() -> None:
    plan = plan_over(engine=Engine.INPLACE)
    assert plan.engine is Engine.INPLACE
    assert "asked for" in plan.engine_reason
    assert any(step.name == "update:2026.9.6" for step in steps_of(plan))


def test_stage_and_kept_tree_lie_on_the_package_file_system() -> None:
    (hop,) = plan_over().hops
    assert hop.stage.startswith("/p/lib/.clawupgrade/r1/")
    assert hop.tree == f"{hop.stage}/lib/node_modules/openclaw"
    assert hop.live == "/p/lib/node_modules/openclaw"


def test_the_plan_survives_its_own_json() -> None:
    plan = plan_over("2026.4.29")
    assert plan_from_json(plan_to_json(plan)) == plan


@pytest.mark.parametrize("spoil", [{"format": 2}, {"hops": "none"}, {"engine": "magic"}])
def test_a_plan_that_cannot_be_read_is_damage(spoil: dict[str, object]) -> None:
    with pytest.raises(JournalDamaged):
        plan_from_json(plan_to_json(plan_over()) | spoil)


def test_the_snapshot_takes_a_config_outside_the_state_and_every_service_file_once() -> None:
    install = replace(INSTALL, config_path="/etc/openclaw.json")
    names = {name: path for name, path, _ in sources_of(install)}
    assert names["config"] == "/etc/openclaw.json"
    paths = list(names.values())
    assert len(paths) == len(set(paths))
    assert "/home/claw/.config/systemd/user/default.target.wants/openclaw-gateway.service" in paths


def test_patience_grows_with_the_state() -> None:
    assert limits_for(replace(INSTALL, state_bytes=10**9)).settle > limits_for(INSTALL).settle


def test_a_rollback_goes_back_to_the_kept_tree_without_npm() -> None:
    upgrade = plan_over()
    now = replace(INSTALL, package=replace(INSTALL.package, version="2026.9.6"))
    back = make_rollback(
        now,
        upgrade,
        run_id="r2",
        created_at="2026-01-02T00:00:00+00:00",
        restore_from="r1",
        restore_names=("state",),
        serve_after=True,
    )
    assert back.target == "2026.6.11"
    assert back.hops[0].tree == upgrade.hops[0].tree
    assert not any(step.name.startswith("stage") for step in steps_of(back))
