"""Rehearsed on a clone, then switched: what real releases do there, and what it costs the gateway."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from drive import Result, clawupgrade, require_as_before, require_upgraded
from lab.birth import write_npmrc
from lab.breaks import CANNOT_SERVE, DOCTOR_FAILS, DROPS_CHANNEL, FORGETS_DEVICES, HANGS_UP, Break
from lab.device import make_device
from lab.facts import read_state
from lab.host import Host
from lab.registry import Registry
from lab.root import Lab
from lab.telegram import join_telegram, telegram
from lab.watcher import Watcher, await_hello

pytestmark = pytest.mark.real

UNIT = ".config/systemd/user/openclaw-gateway.service"


@pytest.fixture
def registry(lab: Lab) -> Iterator[Registry]:
    """A registry of our own, with room for bad releases."""
    with Registry(lab) as opened:
        yield opened


def test_what_was_done_on_the_clone_is_adopted(host: Host, watch: Callable[[Host], Watcher]) -> None:
    before = read_state(host)
    watcher = watch(host)

    result = clawupgrade(host, "run", "--to", "2026.9.6", "--rehearse")

    print([(step["name"], step["seconds"]) for step in result.document["steps"]], watcher.outages())
    require_upgraded(host, result, before, read_state(host), "2026.9.6")
    adopted = evidence(result, "doctor:2026.9.6")
    assert (adopted.get("adopted"), adopted.get("service")) == (True, True), adopted
    assert len(watcher.outages()) == 1, watcher.changes
    written = host.path(UNIT).read_text()
    host.run(["openclaw", "gateway", "install", "--force", "--port", str(host.gateway_port)], timeout=600, check=True)
    assert written == host.path(UNIT).read_text(), "on the clone another service definition is written than here"


FAULTS = [
    pytest.param(CANNOT_SERVE, "the gateway table is not readable", id="cannot-serve"),
    pytest.param(DOCTOR_FAILS, "doctor cannot migrate the agents table", id="doctor-fails", marks=pytest.mark.full),
    pytest.param(DROPS_CHANNEL, "telegram", id="drops-channel", marks=pytest.mark.full),
    pytest.param(FORGETS_DEVICES, "device", id="forgets-devices", marks=pytest.mark.full),
    pytest.param(HANGS_UP, "does not serve on a clone", id="hangs-up", marks=pytest.mark.full),
]


@pytest.mark.parametrize(("bad", "words"), FAULTS)
def test_what_fails_on_the_clone_costs_nothing(
    bad: Break, words: str, host: Host, registry: Registry, watch: Callable[[Host], Watcher]
) -> None:
    if bad is DROPS_CHANNEL:
        add_channel(host)
    if bad is FORGETS_DEVICES:
        make_device(host, approved=True)
    registry.publish("2026.9.7", bad)
    write_npmrc(host.home, registry.url)
    before, processes = read_state(host), gateway_pid(host)
    watcher = watch(host)

    result = clawupgrade(host, "run", "--to", "2026.9.7", "--rehearse")

    assert (result.rc, result.document["outcome"]) == (1, "failed-clean"), result.explain()
    assert words in result.document["message"]
    assert (watcher.outages(), gateway_pid(host)) == ([], processes)
    require_as_before(host, before, read_state(host))
    assert not leftovers(host)


@pytest.mark.full
def test_what_was_staged_by_day_is_switched_to_at_night(host: Host, watch: Callable[[Host], Watcher]) -> None:
    before, process = read_state(host), gateway_pid(host)
    watcher = watch(host)

    staged = clawupgrade(host, "stage", "--to", "2026.9.6", "--rehearse")

    assert (staged.rc, staged.document["outcome"], staged.document["changed"]) == (0, "staged", False), staged.explain()
    assert (watcher.outages(), gateway_pid(host)) == ([], process)
    require_as_before(host, before, read_state(host))

    result = clawupgrade(host, "run", "--to", "2026.9.6", "--rehearse")

    print([(step["name"], step["seconds"]) for step in result.document["steps"]], watcher.outages())
    require_upgraded(host, result, before, read_state(host), "2026.9.6")
    assert evidence(result, "rehearse:2026.9.6")["prepared"] == staged.document["run_id"], result.err
    assert evidence(result, "doctor:2026.9.6").get("adopted") is True
    assert len(watcher.outages()) == 1, watcher.changes


# What AppArmor lets Ubuntu's `unshare` do for an ordinary user.
DENIED = """
cat >/usr/local/bin/unshare <<'END'
#!/bin/sh
echo "unshare: write failed /proc/self/uid_map: Operation not permitted" >&2
exit 1
END
chmod 755 /usr/local/bin/unshare
"""


@pytest.mark.full
def test_where_namespaces_are_denied_bubblewrap_shows_a_whole_copy(
    host: Host, watch: Callable[[Host], Watcher]
) -> None:
    host.shell(DENIED, user="root")
    before = read_state(host)
    watcher = watch(host)

    result = clawupgrade(host, "run", "--to", "2026.9.6", "--rehearse")

    print([(step["name"], step["seconds"]) for step in result.document["steps"]], watcher.outages())
    assert "uid_map: Operation not permitted" in " ".join(result.document["notes"]), result.document["notes"]
    require_upgraded(host, result, before, read_state(host), "2026.9.6")
    assert evidence(result, "rehearse:2026.9.6")["way"] == "bubblewrap"
    adopted = evidence(result, "doctor:2026.9.6")
    assert (adopted.get("adopted"), adopted.get("service")) == (True, True), adopted
    assert len(watcher.outages()) == 1, watcher.changes
    assert not leftovers(host)


@pytest.mark.full
def test_no_channel_is_reached_from_the_clone(host: Host, registry: Registry) -> None:
    registry.publish("2026.9.7", FORGETS_DEVICES)
    make_device(host, approved=True)
    write_npmrc(host.home, registry.url)
    with telegram() as api:
        join_telegram(host, api)
        await_hello(host.gateway_port, host.token())
        until = time.monotonic() + 600
        while "getUpdates" not in api.calls:
            assert time.monotonic() < until, host.journal()
            time.sleep(1)
        at_start, already = set(api.calls) - {"getUpdates"}, len(api.calls)
        assert at_start, "a gateway that starts asks for nothing that one that serves does not"

        result = clawupgrade(host, "run", "--to", "2026.9.7", "--rehearse")

        # Devices are compared only after a canary has served.
        assert (result.rc, "device" in result.document["message"]) == (1, True), result.explain()
        assert set(api.calls[already:]) == {"getUpdates"}, "a second gateway has asked for the bot"


HOPS = [
    pytest.param("2026.4.29", "2026.6.11", id="4.29-to-6.11"),
    pytest.param("2026.2.12", "2026.9.6", id="2.12-to-9.6"),
    pytest.param("2026.4.29", "2026.9.6", id="4.29-to-9.6"),
    pytest.param("2026.7.1", "2026.9.6", id="7.1-to-9.6"),
    pytest.param("2026.8.2", "2026.9.6", id="8.2-to-9.6"),
    pytest.param("2026.9.3", "2026.9.4", id="9.3-to-9.4"),
    pytest.param("2026.9.5", "2026.9.6", id="9.5-to-9.6"),
]


@pytest.mark.full
@pytest.mark.parametrize(("old", "new"), HOPS)
def test_other_hops_are_rehearsed_and_adopted(
    old: str, new: str, host_factory: Callable[..., Host], watch: Callable[[Host], Watcher]
) -> None:
    host = host_factory(old)
    before = read_state(host)
    watcher = watch(host)

    result = clawupgrade(host, "run", "--to", new, "--rehearse")

    print(old, new, [(step["name"], step["seconds"]) for step in result.document["steps"]])
    require_upgraded(host, result, before, read_state(host), new)
    assert evidence(result, f"doctor:{new}").get("adopted") is True
    assert len(watcher.outages()) == 1, watcher.changes


@pytest.mark.full
def test_a_target_whose_doctor_needs_the_network_is_upgraded_to_without_a_rehearsal(
    host_factory: Callable[..., Host],
) -> None:
    host = host_factory("2026.2.12")
    before = read_state(host)

    result = clawupgrade(host, "run", "--to", "2026.4.29", "--rehearse")

    assert "has npm install libraries, and a clone has no network" in " ".join(result.document["notes"])
    require_upgraded(host, result, before, read_state(host), "2026.4.29")


def evidence(result: Result, step: str) -> dict[str, Any]:
    """What the report says that a step found out."""
    found: dict[str, Any] = next(each for each in result.document["steps"] if each["name"] == step)["evidence"]
    return found


def add_channel(host: Host) -> None:
    """A channel that is configured and switched off: nothing of it leaves the machine."""
    channel = {"enabled": False, "botToken": "1:not-a-real-token"}
    words = ["config", "set", "channels.telegram", json.dumps(channel), "--json"]
    host.run(["openclaw", *words], timeout=300, check=True)


def gateway_pid(host: Host) -> str:
    """The main process of the gateway's unit."""
    return host.systemctl_user("show", "-P", "MainPID", "openclaw-gateway").out.strip()


def leftovers(host: Host) -> list[str]:
    """What lies beside the package and the runs that should be gone."""
    folders = (".npm-global/lib", ".npm-global/lib/node_modules", ".npm-global")
    return [path.name for folder in folders for path in host.path(folder).glob(".clawupgrade-*")]
