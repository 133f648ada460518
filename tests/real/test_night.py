"""Nights on real hosts: the timer does it, a bad release is told once and passed over, silence is none of ours."""

from __future__ import annotations

import fcntl
import json
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest
from drive import clawupgrade, require_as_before, require_kept
from lab.birth import write_npmrc
from lab.breaks import CANNOT_SERVE, REFUSES_LIVE, SOUND
from lab.facts import read_state
from lab.host import Host
from lab.mailbox import Mailbox, mailbox
from lab.network import use_registry, without_registry
from lab.registry import Registry
from lab.root import Lab
from lab.watcher import Watcher, await_hello

pytestmark = [pytest.mark.real, pytest.mark.full]

BAD, GOOD = "2026.9.7", "2026.9.8"
SOON = "[Timer]\nOnCalendar=\nOnActiveSec=3\nRandomizedDelaySec=0\n"


@pytest.fixture
def registry(lab: Lab) -> Iterator[Registry]:
    with Registry(lab) as opened:
        yield opened


def configure(host: Host, box: Mailbox, soak: str = "0") -> None:
    """clawupgrade.toml and the units, as an operator would."""
    file = host.path(".config/clawupgrade/clawupgrade.toml")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f'[notice]\nurls = [{box.urls}]\n[soak]\nfor = "{soak}"\n')
    host.run(["chown", "-R", "claw:", "/home/claw/.config"], user="root", check=True)
    assert clawupgrade(host, "init", "--units", "--yes").rc == 0


def night(host: Host) -> str:
    """The timer goes off; how its service ended: `exit-code N`, `success 0`."""
    dropin = host.path(".config/systemd/user/clawupgrade.timer.d/soon.conf")
    if not dropin.exists():
        host.shell(f"mkdir -p ~/.config/systemd/user/clawupgrade.timer.d; cat > {dropin_inside()} <<'E'\n{SOON}E\n")
        host.systemctl_user("daemon-reload")
    before = ended(host)
    host.systemctl_user("restart", "clawupgrade.timer")
    until = time.monotonic() + 1200
    while ended(host) == before or host.systemctl_user("is-active", "clawupgrade.service", check=False).out.strip() in (
        "activating",
        "deactivating",
    ):
        assert time.monotonic() < until, host.journal()
        time.sleep(1)
    shown = host.systemctl_user("show", "--property=Result,ExecMainStatus", "clawupgrade.service").out
    return " ".join(line.partition("=")[2] for line in sorted(shown.split(), reverse=True))


def dropin_inside() -> str:
    return "~/.config/systemd/user/clawupgrade.timer.d/soon.conf"


def ended(host: Host) -> str:
    return host.systemctl_user("show", "--property=ExecMainExitTimestampMonotonic", "clawupgrade.service").out


def result(host: Host) -> dict[str, object]:
    """What monitors read."""
    found: dict[str, object] = json.loads(host.path(".local/state/clawupgrade/default/last-result.json").read_text())
    return found


def test_a_bad_release_is_told_once_and_not_tried_again_and_the_newer_good_one_is_taken_and_watched(
    host_factory: Callable[..., Host], registry: Registry
) -> None:
    host = host_factory("2026.6.11")
    use_registry(host, registry)
    registry.publish(BAD, REFUSES_LIVE, latest=True)
    with mailbox() as box:
        configure(host, box, soak="2m")
        three_nights(host, box, "exit-code 3", "rolled-back")

        before = read_state(host)
        registry.publish(GOOD, SOUND, latest=True)
        assert night(host) == "success 0"
        assert await_hello(host.gateway_port, host.token()) == GOOD
        require_kept(before, read_state(host))
        assert (len(box.calls), len(box.mails)) == (2, 2)

        # The watch: a timer of the user's, which outlives a reboot and goes by itself.
        soak = host.path(".local/state/clawupgrade/default/soak.json")
        assert json.loads(soak.read_text())["version"] == GOOD
        host.power_cycle()
        assert host.systemctl_user("is-active", "clawupgrade-tend.timer").out.strip() == "active"
        until = time.monotonic() + 400
        while json.loads(soak.read_text()):
            assert time.monotonic() < until, host.journal()
            time.sleep(2)
        time.sleep(5)
        assert not host.path(".config/systemd/user/clawupgrade-tend.timer").exists()
        assert await_hello(host.gateway_port, host.token()) == GOOD
        assert (len(box.calls), len(box.mails)) == (2, 2)


def test_a_release_that_fails_on_the_clone_is_told_once_and_costs_nothing(
    host_factory: Callable[..., Host], registry: Registry, watch: Callable[[Host], Watcher]
) -> None:
    host = host_factory("2026.6.11")
    use_registry(host, registry)
    registry.publish(BAD, CANNOT_SERVE, latest=True)
    with mailbox() as box:
        configure(host, box)
        watcher = watch(host)
        three_nights(host, box, "exit-code 1", "failed-clean")
    assert watcher.outages() == []


def three_nights(host: Host, box: Mailbox, ends: str, outcome: str) -> None:
    """The bad release is tried in the first, told of once by each way, and passed over in the next two."""
    before = read_state(host)
    assert night(host) == ends
    require_as_before(host, before, read_state(host))
    assert result(host)["outcome"] == outcome
    for _ in range(2):
        assert night(host) == "success 0"
        assert (result(host)["outcome"], result(host)["reason"]) == ("skipped", "quarantined")
    assert (len(box.calls), len(box.mails)) == (1, 1)
    assert outcome.replace("-", " ") in box.calls[0][0]
    assert "Next: " in box.calls[0][1]
    assert "clawupgrade " in box.calls[0][1].partition("Next: ")[2]
    assert str(host.token()) not in str(box.calls) + str(box.mails)


def pass_minutes(host: Host, minutes: int) -> None:
    """What waits has been waiting that much longer, and the timer's own service is called: only the clock is ours."""
    folder = host.path(".local/state/clawupgrade/default")
    with (folder / "outbox.lock").open("r+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # as whoever sends holds it
        found = json.loads((folder / "outbox.json").read_text())
        for each in found["waiting"]:
            for key in ("created", "next_at"):
                each[key] = (datetime.fromisoformat(each[key]) - timedelta(minutes=minutes)).isoformat()
        (folder / "outbox.json").write_text(json.dumps(found))  # in place: owner and mode stay
    host.run(["systemctl", "--user", "start", "clawupgrade-tend.service"], timeout=600)


def test_a_network_that_is_away_for_the_run_and_the_next_hour_is_told_exactly_once(
    host_factory: Callable[..., Host], registry: Registry
) -> None:
    host = host_factory("2026.9.6")
    use_registry(host, registry)
    with mailbox() as box:
        configure(host, box)
    with without_registry(host):
        assert night(host) == "exit-code 75" or night(host) == "success 75"
        assert result(host)["outcome"] == "busy"
        night(host)
        tried = [each["tries"] for each in clawupgrade(host, "notice", "list").document["waiting"]]
        assert len(tried) == 1
        for minutes in (2, 5, 10, 30, 60):
            pass_minutes(host, minutes)
        (waits,) = clawupgrade(host, "notice", "list").document["waiting"]
        assert waits["tries"] > tried[0] + 3
    assert box.calls == box.mails == []
    with mailbox(box):
        for _ in range(4):
            pass_minutes(host, 61)
        night(host)
        assert (len(box.calls), len(box.mails)) == (1, 1)
        assert "registry" in box.calls[0][1]
    assert clawupgrade(host, "notice", "list").document["waiting"] == []
    assert not host.path(".config/systemd/user/clawupgrade-tend.timer").exists()


def test_with_crons_environment_it_works_or_refuses_before_anything_stops(
    host_factory: Callable[..., Host], watch: Callable[[Host], Watcher]
) -> None:
    host = host_factory("2026.6.11")
    before = read_state(host)
    watcher = watch(host)
    line = ["env", "-i", "HOME=/home/claw", "LOGNAME=claw", "SHELL=/bin/sh", "PATH=/usr/bin:/bin"]
    done = host.run([*line, "/opt/clawupgrade/bin/clawupgrade", "run", "--yes", "--json", "--soak", "0"], timeout=1500)
    document = json.loads(done.out)
    assert done.rc in (0, 6), done.err[-3000:]
    if done.rc == 6:
        require_as_before(host, before, read_state(host))
    else:
        assert document["outcome"] == "upgraded"
        require_kept(before, read_state(host))
    assert watcher is not None


def test_the_notice_goes_though_the_gateway_is_down(host_factory: Callable[..., Host], registry: Registry) -> None:
    host = host_factory("2026.9.6")
    write_npmrc(host.home, registry.url)
    host.systemctl_user("stop", "openclaw-gateway.service")
    with mailbox() as box:
        configure(host, box)
        assert clawupgrade(host, "run", "--to", "2026.1.1", "--yes").rc == 6
        assert (len(box.calls), len(box.mails)) == (1, 1)
