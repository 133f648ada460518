"""One look at an installation: what stands where on which release, and what could not be told."""

from __future__ import annotations

import pytest

from clawupgrade.conservation.thing import Thing
from clawupgrade.openclaw.document import DocumentError
from clawupgrade.steps.stock import ask_accounts, has_channels, path_of, seat, take_stock
from clawupgrade.testing.machine import Machine, born
from steps.taking import NEW, OLD, reached


def stated(**config: object) -> Machine:
    return born([OLD, NEW], running=False, config=config)


def test_an_early_release_s_jobs_are_read_from_the_file_and_a_later_one_s_from_the_table() -> None:
    machine, _ = reached("doctor")
    assert set(take_stock(machine.host(), machine.install()).of("cron") or {}) == {"a", "b"}
    machine, _ = reached("start")
    assert machine.world.disk.at(machine.world.layout.legacy_path) is None
    assert set(take_stock(machine.host(), machine.install()).of("cron") or {}) == {"a", "b"}


def test_what_is_torn_is_unknown_and_the_rest_is_told() -> None:
    machine = stated()
    machine.world.disk.put_text(machine.world.layout.legacy_path, '{"jobs": [')
    found = take_stock(machine.host(), machine.install())
    assert found.of("cron") is None
    assert found.of("channels") == {"telegram": Thing(on=True)}
    machine = stated()
    machine.world.disk.put_text(machine.world.layout.database_path, "user_version=half")
    assert take_stock(machine.host(), machine.install()).of("devices") is None


def test_includes_count_with_their_modes() -> None:
    machine = stated(mcp={"$include": "mcp.json5"})
    path = f"{machine.world.layout.state_dir}/mcp.json5"
    with pytest.raises(DocumentError, match=r"mcp.json5, which is included here, does not exist"):
        take_stock(machine.host(), machine.install())
    machine.world.disk.put_text(path, "{servers: {notes: {env: {KEY: '${KEY}'}}}}", 0o640)
    found = take_stock(machine.host(), machine.install())
    assert set(found.of("mcp") or {}) == {"notes"}
    assert (found.of("references") or {})["mcp.servers.notes.env.KEY"].value == "${KEY}"
    modes = found.of("modes") or {}
    assert (modes["mcp.json5"].value, modes["config"].value) == ("0640", "0600")
    assert path_of(machine.install(), "mcp.json5") == path
    assert path_of(machine.install(), "config") == machine.world.layout.config_path
    assert path_of(machine.install(), "/srv/x") == "/srv/x"
    assert path_of(machine.install(), "state") == machine.world.layout.state_dir


def test_accounts_are_asked_of_a_serving_gateway_with_channels() -> None:
    machine = born([OLD, NEW])
    install, host = machine.install(), machine.host()
    assert has_channels(host, install)
    assert ask_accounts(host, install, install.package.root) == {
        "telegram": [{"accountId": "default", "running": True}]
    }
    machine = stated(channels={})
    assert not has_channels(machine.host(), machine.install())
    assert ask_accounts(machine.host(), machine.install(), install.package.root) is None


def test_the_installation_sits_where_its_config_is() -> None:
    machine, plan = reached("conserve")
    assert seat(machine.host(), plan) is plan.landing
