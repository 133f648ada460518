"""Three real hosts, each with its own network and sshd, under a real ansible-playbook."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "fleet"))

from drive import clawupgrade, require_kept
from ground import ControlNode, finish
from lab.birth import write_npmrc
from lab.breaks import CANNOT_SERVE
from lab.facts import read_state
from lab.host import Host
from lab.instance import await_gateway, open_host
from lab.mirror import Mirror
from lab.registry import Registry
from lab.releases import release_of
from lab.root import Lab
from lab.segment import Place, Segment, open_segment
from lab.ssh import await_door, make_key, open_door
from test_signals import await_record

pytestmark = [pytest.mark.real, pytest.mark.full]

OLD, GOOD, BAD = "2026.6.11", "2026.9.6", "2026.9.7"
QUICK = {
    "openclaw_serial": [1, "100%"],
    "openclaw_soak": 5,
    "upgrade_rehearse": False,
    "upgrade_settings": {"soak.for": "0"},
}
SSH = "-F /dev/null -o ServerAliveInterval=3 -o ServerAliveCountMax=3 -o ConnectTimeout=10"


@dataclass(slots=True)
class Fleet:
    """The control node, the hosts it sees, and what lies between."""

    control: ControlNode
    segment: Segment
    mirror: Mirror
    registry: Registry
    hosts: list[Host]
    places: list[Place]
    bundle: Path | None = None


@pytest.fixture(scope="module")
def fleet(lab: Lab, checkout_venv: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    """Three serving hosts of 2026.6.11, whose npm asks a mirror in their own network. The tests below share them."""
    with ExitStack() as opened:
        segment = opened.enter_context(open_segment())
        registry = opened.enter_context(Registry(lab))
        mirror = opened.enter_context(Mirror(segment, registry, lab.root / "mirror"))
        control = ControlNode(tmp_path_factory.mktemp("fleet") / "control", enter=segment.enter)
        public, known = make_key(control.folder / "key"), control.folder / "known_hosts"
        places = [segment.add(number) for number in range(3)]
        opening = [open_host(lab, release_of(OLD), venv=checkout_venv, network=place.path) for place in places]
        with ThreadPoolExecutor() as pool:
            hosts = list(pool.map(lambda each: each.__enter__(), opening))
        for each in opening:
            opened.push(each.__exit__)
        for number, (host, place) in enumerate(zip(hosts, places, strict=True)):
            write_npmrc(host.home, mirror.url)
            with known.open("a") as file:
                file.write(open_door(host, place.address, public, control.folder))
            await_door(host)
            control.hosts[f"host{number}"] = {"ansible_host": place.address, "ansible_user": "claw"}
        control.ssh_args = f"{SSH} -i {control.folder / 'key'} -o UserKnownHostsFile={known}"
        yield Fleet(control, segment, mirror, registry, hosts, places)


def owned(host: Host) -> str:
    """One hash over what is the operator's: config, package, units, and all of clawupgrade's but its own key."""
    found = sha256(repr(read_state(host)).encode())
    for top in (".config", ".local/state", ".npm-global/bin", ".npm-global/lib/.clawupgrade"):
        for path in sorted(host.path(top).rglob("*")):
            if path.is_symlink() or (path.is_file() and path.name != "digest.key"):
                content = b"" if path.is_symlink() else path.read_bytes()
                found.update(f"{path.relative_to(host.home)} {path.lstat().st_mode:o} ".encode() + content)
    return found.hexdigest()


def main_pid(host: Host) -> str:
    return host.systemctl_user("show", "-P", "MainPID", "openclaw-gateway").out.strip()


def runs_of(host: Host) -> list[str]:
    folder = host.path(".local/state/clawupgrade/default/runs")
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def versions(hosts: list[Host]) -> list[str]:
    return [read_state(host).version for host in hosts]


def test_check_mode_touches_nothing_and_a_bad_release_stops_at_the_canary(fleet: Fleet) -> None:
    control, hosts = fleet.control, fleet.hosts
    before = read_state(hosts[0])
    owned_before, pids = [owned(host) for host in hosts], [main_pid(host) for host in hosts]
    foretold = control.play("canary", "--check", "--diff", upgrade_version=GOOD, **QUICK)
    assert foretold.rc == 0, foretold.out
    assert {name: counts[1] for name, counts in foretold.recap.items()} == dict.fromkeys(control.hosts, 1)
    assert f"openclaw {OLD} -> {GOOD}" in foretold.out
    assert [owned(host) for host in hosts] == owned_before
    assert [main_pid(host) for host in hosts] == pids

    fleet.registry.publish(BAD, CANNOT_SERVE)
    bad = control.play("canary", upgrade_version=BAD, **QUICK)
    assert bad.rc == 2, bad.out
    assert list(bad.recap) == ["host0"], bad.out
    assert "rolled-back, rolled back to 2026.6.11" in bad.out
    assert read_state(hosts[0]) == before
    assert await_gateway(hosts[0]) in (OLD, "dev")
    assert [main_pid(host) for host in hosts[1:]] == pids[1:], "the others were touched"
    assert [runs_of(host) for host in hosts[1:]] == [[], []]
    assert versions(hosts) == [OLD] * 3
    for host in hosts[1:]:
        (entry,) = json.loads(host.run(["clawupgrade", "quarantine", "list", "--json"]).out)["entries"]
        assert (entry["version"], entry["cause"][:19]) == (BAD, "host0: rolled back ")


def test_a_bundle_reaches_all_with_the_registry_cut_also_the_host_whose_connection_is_lost(fleet: Fleet) -> None:
    control, hosts = fleet.control, fleet.hosts
    bundle = carried(fleet)
    fleet.mirror.stop()
    # npm takes what it has kept of a registry that it does not reach.
    view = ["npm", "view", "openclaw@2026.9.5", "version", "--fetch-retries=0", "--cache=/tmp/kept-nothing"]
    assert [host.run(view, timeout=300).rc == 0 for host in hosts] == [False] * 3, "there is a registry"
    before = [read_state(host) for host in hosts]
    owned_before, pids = [owned(host) for host in hosts], [main_pid(host) for host in hosts]
    staged = control.play("stage", openclaw_bundle=str(bundle))
    assert staged.rc == 0, staged.out
    assert staged.out.count(f'"{OLD} -> {GOOD} is pending"') == 3, staged.out
    assert [owned(host) for host in hosts] == owned_before
    assert [main_pid(host) for host in hosts] == pids

    play = control.begin("switch", "--diff", openclaw_bundle=str(bundle), **QUICK)
    try:
        await_record(hosts[2], "step.began", "quiesce")
        fleet.places[2].pull_cable()
        await_record(hosts[2], "run.closed", "")
        fleet.places[2].put_cable_back()
        good = finish(play)
    finally:
        play.kill()
    assert good.rc == 0, good.out
    assert versions(hosts) == [GOOD] * 3
    said = " ".join(good.out.split())
    assert "host2 lost its connection in the middle and brought the run to its end by itself: upgraded" in said
    assert [counts[1] for counts in good.recap.values()] == [1, 1, 1]
    for host, old in zip(hosts, before, strict=True):
        require_kept(old, read_state(host))
        assert await_gateway(host) in (GOOD, "dev")
    assert len({read_state(host).package_sha256 for host in hosts}) == 1
    for host in hosts:
        (report,) = clawupgrade(host, "show").document["runs"]
        print({step["name"]: step["seconds"] for step in report["steps"]}, f"away {report['away']} s")

    again = control.play("switch", openclaw_bundle=str(bundle), **QUICK)
    assert again.rc == 0, again.out
    assert [counts[1] for counts in again.recap.values()] == [0, 0, 0]


def carried(fleet: Fleet) -> Path:
    """A bundle made on the first host, once, signed, and brought to the control node; the hosts know the key."""
    if fleet.bundle is not None:
        return fleet.bundle  # there may be no registry any more
    folder = fleet.control.folder
    public = make_key(folder / "bundle-key")
    for host in fleet.hosts:
        host.shell(f"mkdir -p ~/.config/clawupgrade && echo '{public}' > ~/.config/clawupgrade/bundle-keys")
    host, private = fleet.hosts[0], (folder / "bundle-key").read_text()
    host.shell(f"install -m 0600 /dev/stdin bundle-key <<'END'\n{private}END\n")
    made = clawupgrade(host, "bundle", "--to", GOOD, "--sign-with", "bundle-key")
    assert made.rc == 0, made.explain()
    fleet.bundle = bundle = folder / Path(made.document["path"]).name
    shutil.copyfile(host.path(made.document["path"]), bundle)
    print(f"bundle: {made.document['size'] / 1e6:.0f} MB, {made.document['manifest']}")
    print(f"mirror: {fleet.mirror.fetched / 1e6:.0f} MB fetched, {fleet.mirror.served / 1e6:.0f} MB served")
    return bundle


def test_the_batch_goes_back_and_a_second_play_changes_nothing(fleet: Fleet) -> None:
    """After the test above."""
    control, hosts = fleet.control, fleet.hosts
    back = control.play("rollback", openclaw_from_version=GOOD, openclaw_accept_loss=True)
    assert back.rc == 0, back.out
    assert [counts[1] for counts in back.recap.values()] == [1, 1, 1], "there was nothing to go back from"
    assert versions(hosts) == [OLD] * 3
    assert [await_gateway(host) in (OLD, "dev") for host in hosts] == [True] * 3
    again = control.play("rollback", openclaw_from_version=GOOD)
    assert [counts[1] for counts in again.recap.values()] == [0, 0, 0]


def test_a_host_that_loses_power_in_the_middle_is_found_again_by_the_play(fleet: Fleet) -> None:
    control, host = fleet.control, fleet.hosts[0]
    before = read_state(host)
    bundle = carried(fleet)
    play = control.begin("canary", "--limit", "host0", upgrade_bundle=f"/home/claw/{bundle.name}", **QUICK)
    try:
        await_record(host, "step.began", f"doctor:{GOOD}")
        host.kill()
        host.boot()
        host.shell("systemctl start ssh.service", user="root")
        lost = finish(play)
    finally:
        play.kill()
    said = " ".join(lost.out.split())
    assert lost.rc == 2, lost.out
    assert "rolled-back, rolled back to 2026.6.11" in said
    assert versions([host]) == [OLD]
    require_kept(before, read_state(host))
    assert await_gateway(host) in (OLD, "dev")
