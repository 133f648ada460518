"""The watch after an upgrade, on real hosts: each trouble takes it back, by the timer's service; so does silence."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from drive import clawupgrade, require_kept
from lab.breaks import TURNS
from lab.facts import read_state
from lab.host import Host
from lab.mailbox import Mailbox, mailbox
from lab.network import use_registry
from lab.registry import Registry
from lab.root import Lab
from lab.telegram import join_telegram, runs_account, telegram
from lab.watcher import REFUSED, await_hello, look

pytestmark = [pytest.mark.real, pytest.mark.full]

OLD, TURNED = "2026.9.6", "2026.9.7"
SIGN = ".lab-trouble"
TEND = "clawupgrade-tend.service"


@pytest.fixture
def registry(lab: Lab) -> Iterator[Registry]:
    with Registry(lab) as opened:
        opened.publish(TURNED, TURNS, base=OLD, latest=True)
        yield opened


@pytest.fixture
def host(host_factory: Callable[..., Host], registry: Registry) -> Host:
    """A serving 2026.9.6 that will be offered a release which may turn bad later."""
    found = host_factory(OLD)
    use_registry(found, registry)
    return found


def tell(host: Host, box: Mailbox) -> None:
    """clawupgrade.toml: who hears of it."""
    host.shell(
        "umask 077; mkdir -p ~/.config/clawupgrade\n"
        f"cat > ~/.config/clawupgrade/clawupgrade.toml <<'E'\n[notice]\nurls = [{box.urls}]\nwhen = \"failure\"\nE\n"
    )


def upgraded(host: Host, *words: str) -> None:
    """The release is in, proven, and watched by a timer of the user's."""
    result = clawupgrade(host, "run", "--yes", *words)
    assert result.rc == 0, result.explain()
    assert await_hello(host.gateway_port, host.token()) == TURNED
    assert host.systemctl_user("is-active", "clawupgrade-tend.timer").out.strip() == "active"


def soak(host: Host) -> dict[str, object]:
    """What is written down of the watch; {} when it is over."""
    found: dict[str, object] = json.loads(host.path(".local/state/clawupgrade/default/soak.json").read_text())
    return found


def looks(host: Host) -> None:
    """One look, as the timer takes it: its very service, in its manager; back when it has ended."""
    host.run(["systemctl", "--user", "start", TEND], timeout=1200)


def require_taken_back(host: Host, box: Mailbox, words: str) -> None:
    """All old and proven, in quarantine, told once by each way; the timer has gone."""
    last = json.loads(host.path(".local/state/clawupgrade/default/last-result.json").read_text())
    assert (last["outcome"], last["exit_code"]) == ("rolled-back", 3), last
    assert words in last["message"]
    assert await_hello(host.gateway_port, host.token()) == OLD
    assert (len(box.calls), len(box.mails)) == (1, 1)
    assert words in box.calls[0][1]
    assert soak(host) == {}
    assert [each["version"] for each in clawupgrade(host, "quarantine", "list").document["entries"]] == [TURNED]
    assert not host.path(".config/systemd/user/clawupgrade-tend.timer").exists()


@pytest.mark.parametrize(
    ("trouble", "most", "words"),
    [
        ("crashes", 12, "since the upgrade"),
        ("config", 3, "ended with 78"),
        ("refuses", 4, "refuses the credentials"),
    ],
)
def test_a_trouble_that_comes_later_takes_the_upgrade_back(trouble: str, most: int, words: str, host: Host) -> None:
    before = read_state(host)
    with mailbox() as box:
        tell(host, box)
        upgraded(host, "--soak", "2h")
        looks(host)
        assert soak(host)["trouble"] == ""
        host.shell(f"echo {trouble} > ~/{SIGN}")
        if trouble == "refuses":
            until = time.monotonic() + 300
            while look(host.gateway_port, host.token()).state != REFUSED:
                assert time.monotonic() < until, host.journal()
                time.sleep(3)
        else:
            time.sleep(10)  # a few starts of a manager that waits five seconds between them
        for _ in range(most):
            looks(host)
            if not soak(host):
                break
        require_taken_back(host, box, words)
    require_kept(before, read_state(host))


def test_a_channel_that_is_lost_takes_the_upgrade_back(host: Host) -> None:
    with ExitStack() as opened:
        box, api = opened.enter_context(mailbox()), opened.enter_context(telegram())
        tell(host, box)
        join_telegram(host, api)
        await_hello(host.gateway_port, host.token())
        until = time.monotonic() + 300
        while not runs_account(host):
            assert time.monotonic() < until, host.journal()
            time.sleep(2)
        upgraded(host, "--soak", "2h")
        looks(host)
        assert soak(host)["trouble"] == "", soak(host)
        api.knows_bot = False
        host.systemctl_user("restart", "openclaw-gateway.service")
        await_hello(host.gateway_port, host.token())
        for _ in range(8):
            looks(host)
            if not soak(host):
                break
        require_taken_back(host, box, "channel account telegram/default does not run any more")


def test_silence_takes_it_back_also_over_a_reboot_and_by_the_timer_alone(host: Host) -> None:
    before = read_state(host)
    with mailbox() as box:
        tell(host, box)
        upgraded(host, "--soak", "1m", "--confirm-by", "3m")
        skipped = clawupgrade(host, "run", "--yes").document
        assert (skipped["outcome"], skipped["reason"]) == ("skipped", "unconfirmed")
        host.power_cycle()
        assert host.systemctl_user("is-active", "clawupgrade-tend.timer").out.strip() == "active"
        until = time.monotonic() + 900
        while soak(host):
            assert time.monotonic() < until, host.journal()
            time.sleep(2)
        until = time.monotonic() + 120
        while host.path(".config/systemd/user/clawupgrade-tend.timer").exists():
            assert time.monotonic() < until, host.journal()
            time.sleep(1)
        require_taken_back(host, box, "nobody confirmed")
    require_kept(before, read_state(host))
