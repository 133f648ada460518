"""What a real gateway says is read for what it means: a person's matter, a slow start, no gateway at all."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator

import pytest
from drive import Result, clawupgrade
from lab.birth import write_npmrc
from lab.breaks import Break
from lab.device import approve_on_the_dashboard, ask_to_be_paired, make_device, take_own_device
from lab.facts import read_state
from lab.guises import (
    AS_A_NODE,
    AS_A_STRANGER,
    FROM_A_BROWSER,
    HANGS_UP_LATER,
    SPEAKS_HTTP,
    STARTS_LATE,
    WITH_A_SPOILT_KEY,
    WITH_MORE_SCOPES,
    WITHOUT_A_KEY,
    wear,
)
from lab.host import Host
from lab.registry import Registry
from lab.root import Lab
from lab.watcher import await_hello

pytestmark = [pytest.mark.real, pytest.mark.full]

VERSIONS = ["2026.2.12", "2026.4.29", "2026.6.11", "2026.9.6"]
BAD = "2026.9.7"
_REQUEST = re.compile(r"approve request (\S+)")
_APPROVE = re.compile(r"openclaw devices approve \S+[\w-]")


_MORE_SCOPES = "pairing required: device is asking for more scopes than currently approved"
SCOPES_REFUSED = {
    "2026.2.12": "pairing required",
    "2026.4.29": _MORE_SCOPES,
    "2026.6.11": _MORE_SCOPES,
    "2026.9.6": _MORE_SCOPES,
}
"""What each says to a device that asks for more than it was given; 2026.2.12 has one sentence for all pairing."""


def diagnose(host: Host, *words: str) -> Result:
    """Diagnose a gateway that was just started, once it has come so far that it answers."""
    end = time.monotonic() + 240
    while True:
        result = clawupgrade(host, "diagnose", *words)
        if result.rc != 75 or time.monotonic() > end:
            return result
        time.sleep(2)


def evidence(result: Result, check: str) -> str:
    """What a line of the checklist rests on."""
    return " ".join(line["evidence"] for line in result.document["diagnosis"]["lines"] if line["check"] == check)


def require_a_persons_matter(result: Result, words: str, command: str) -> None:
    """Exit 5, the gateway's own words, and what the person has to do; nothing was tried."""
    found = result.document["diagnosis"]
    assert (found["cause"], result.rc) == ("device-or-pairing", 5), found
    assert words in evidence(result, "answer"), found
    assert command in found["cure"], found
    assert result.document["runs"] == []


def trust_the_proxy_here(host: Host) -> None:
    """2026.9.6 takes nobody's word for where they come from, unless the proxy that says so is known."""
    text = host.config_path().read_text()
    host.config_path().write_text(text.replace('"auth": {', '"trustedProxies": ["127.0.0.1"], "auth": {', 1))


@pytest.mark.parametrize("version", VERSIONS)
def test_what_a_person_has_to_decide_is_said_and_left_alone(version: str, host_factory: Callable[..., Host]) -> None:
    host = host_factory(version)
    make_device(host, approved=True)
    if version == "2026.9.6":
        trust_the_proxy_here(host)
    asked = [
        (FROM_A_BROWSER, "origin not allowed", "openclaw config set gateway.controlUi.allowedOrigins"),
        (WITHOUT_A_KEY, "device identity required", "openclaw devices list"),
        (WITH_A_SPOILT_KEY, "device signature invalid", "clock"),
        (WITH_MORE_SCOPES, SCOPES_REFUSED[version], "openclaw devices approve "),
    ]
    for guise, words, command in asked:
        wear(host, guise)
        require_a_persons_matter(diagnose(host), words, command)
        require_a_persons_matter(diagnose(host, "--fix"), words, command)
    wear(host, None)
    assert diagnose(host).rc == 0


@pytest.mark.parametrize("version", VERSIONS)
def test_the_command_for_a_pairing_is_the_one_that_helps(version: str, host_factory: Callable[..., Host]) -> None:
    host = host_factory(version)
    is_new, is_barred = version == "2026.9.6", version == "2026.4.29"
    if is_barred:
        # No disguise: its own command asks for `operator.pairing` alone, and its gateway wants what the device wants.
        done = host.run(["openclaw", "devices", "approve", ask_to_be_paired(host)])
        assert done.rc != 0
        assert "missing scope: operator.read" in done.out + done.err
    make_device(host, approved=is_new)
    wear(host, AS_A_NODE if is_new else AS_A_STRANGER)
    result = diagnose(host)
    require_a_persons_matter(result, "pairing required", "openclaw devices approve ")
    command = _APPROVE.search(result.document["diagnosis"]["cure"])
    assert command, result.document
    assert "REQUEST" not in command[0]
    if is_barred:
        tried = host.shell(command[0], check=False)
        assert "missing scope" in tried.out + tried.err
        assert "openclaw dashboard" in result.document["diagnosis"]["cure"]
        assert approve_on_the_dashboard(host, command[0].split()[-1])["ok"]
    else:
        host.shell(command[0])
    assert diagnose(host).rc == 0


@pytest.mark.parametrize("version", VERSIONS[:3])
def test_our_own_device_that_was_forgotten_is_approved_on_the_page(
    version: str, host_factory: Callable[..., Host]
) -> None:
    """As long as a request of it waits, the release's own command, which is that device, is not let in either."""
    host = host_factory(version)
    host.shell("openclaw devices list")  # its first use makes the key
    take_own_device(host)
    paired = host.config_path().parent / "devices/paired.json"
    paired.unlink(missing_ok=True)
    wear(host, AS_A_STRANGER)
    for choice in ((), ("--fix",), ("--fix", "--pair")):
        result = diagnose(host, *choice)
        require_a_persons_matter(result, "pairing required", "on the page that `openclaw dashboard` opens")
    assert not paired.exists() or json.loads(paired.read_text()) == {}
    request = _REQUEST.search(result.document["diagnosis"]["cure"])
    assert request, result.document
    assert host.run(["openclaw", "devices", "approve", request[1]]).rc != 0, "the command is let in after all"
    waiting = diagnose(host).document["diagnosis"]["cure"]  # to have been asked may have made another one of it
    assert approve_on_the_dashboard(host, _REQUEST.search(waiting)[1])["ok"]
    assert diagnose(host, "--fix").rc == 0, "only what was cached of the pairing before may be wrong now"
    assert diagnose(host).rc == 0


def test_our_own_device_gets_another_role_where_the_person_allows_it(host_factory: Callable[..., Host]) -> None:
    host = host_factory("2026.6.11")
    host.shell("openclaw devices list")
    take_own_device(host)
    wear(host, AS_A_NODE)
    require_a_persons_matter(diagnose(host), "pairing required", "clawupgrade diagnose --fix --pair")
    require_a_persons_matter(diagnose(host, "--fix"), "pairing required", "clawupgrade diagnose --fix --pair")
    result = diagnose(host, "--fix", "--pair")
    assert result.rc == 0, result.document
    assert [run["outcome"] for run in result.document["runs"]] == ["mended"]
    assert diagnose(host).rc == 0


@pytest.mark.parametrize("version", VERSIONS)
def test_what_is_no_gateway_is_named_and_what_starts_late_is_waited_for(
    version: str, host_factory: Callable[..., Host]
) -> None:
    host = host_factory(version)
    for guise, words in ((SPEAKS_HTTP, "does not speak the gateway protocol"), (HANGS_UP_LATER, "hangs up")):
        wear(host, guise)
        for choice in ((), ("--fix",)):
            result = diagnose(host, *choice)
            assert (result.document["diagnosis"]["cause"], result.rc) == ("not-a-token-problem", 4), result.document
            assert words in evidence(result, "answer"), result.document
            assert result.document["runs"] == []
    wear(host, STARTS_LATE)
    began = time.monotonic()
    assert clawupgrade(host, "diagnose").rc == 75
    result = clawupgrade(host, "diagnose", "--fix")
    assert result.rc == 0, result.document
    assert [run["outcome"] for run in result.document["runs"]] == ["mended"]
    assert time.monotonic() - began > 60
    assert await_hello(host.gateway_port, host.token(), patience=10)


@pytest.fixture
def registry(lab: Lab) -> Iterator[Registry]:
    """A registry of our own, with room for bad releases."""
    with Registry(lab) as opened:
        yield opened


@pytest.fixture
def offered(host_factory: Callable[..., Host], registry: Registry) -> Callable[[Break], Host]:
    """A host of 2026.6.11 to which 2026.9.6 in this guise is offered."""

    def offer(guise: Break) -> Host:
        host = host_factory("2026.6.11")
        registry.publish(BAD, guise)
        write_npmrc(host.home, registry.url)
        return host

    return offer


@pytest.mark.parametrize(
    ("guise", "words", "command", "how"),
    [
        (FROM_A_BROWSER, "origin not allowed", "openclaw config set gateway.controlUi.allowedOrigins", "--no-rehearse"),
        (WITHOUT_A_KEY, "device identity required", "openclaw devices list", "--no-rehearse"),
        (AS_A_NODE, "pairing required", "openclaw devices approve ", "--rehearse"),
        (WITH_A_SPOILT_KEY, "device signature invalid", "clock", "--no-rehearse"),
    ],
    ids=lambda value: value.name if isinstance(value, Break) else "",
)
def test_an_upgrade_that_only_a_person_can_finish_is_not_rolled_back(
    guise: Break, words: str, command: str, how: str, offered: Callable[[Break], Host]
) -> None:
    host = offered(guise)
    make_device(host, approved=True)
    result = clawupgrade(host, "run", "--to", BAD, how)
    assert (result.rc, result.document["outcome"]) == (5, "needs-person"), result.explain()
    assert words in result.document["message"]
    told = " ".join([result.document["message"], result.document["hint"], *result.document["notes"]])
    assert command in told, told
    assert read_state(host).version == BAD
    assert host.systemctl_user("is-active", "openclaw-gateway", check=False).out.strip() == "active"


def test_an_upgrade_waits_for_a_gateway_that_starts_late(offered: Callable[[Break], Host]) -> None:
    host = offered(STARTS_LATE)
    result = clawupgrade(host, "run", "--to", BAD, "--no-rehearse")
    assert (result.rc, result.document["outcome"]) == (0, "upgraded"), result.explain()
    assert await_hello(host.gateway_port, host.token(), patience=10) == BAD


@pytest.mark.parametrize(
    ("guise", "words"),
    [(HANGS_UP_LATER, "hangs up"), (SPEAKS_HTTP, "does not speak the gateway protocol")],
    ids=lambda value: value.name if isinstance(value, Break) else "",
)
def test_an_upgrade_to_what_is_no_gateway_is_rolled_back(
    guise: Break, words: str, offered: Callable[[Break], Host]
) -> None:
    host = offered(guise)
    before = read_state(host)
    result = clawupgrade(host, "run", "--to", BAD, "--no-rehearse")
    assert (result.rc, result.document["outcome"]) == (3, "rolled-back"), result.explain()
    assert words in result.document["message"]
    assert read_state(host) == before
    assert await_hello(host.gateway_port, host.token()) == "2026.6.11"


def test_a_refusal_from_before_the_run_is_told_and_not_blamed(host_factory: Callable[..., Host]) -> None:
    host = host_factory("2026.4.29")
    host.systemctl_user("stop", "openclaw-gateway")
    text = re.sub(
        r'"auth": \{[^}]*\}',
        '"auth": {"mode": "trusted-proxy", "trustedProxy": {"userHeader": "x-user"}}, "trustedProxies": ["127.0.0.1"]',
        host.config_path().read_text(),
        count=1,
    )
    host.config_path().write_text(text)
    host.systemctl_user("start", "openclaw-gateway")
    assert diagnose(host).rc == 0
    result = clawupgrade(host, "run", "--to", "2026.6.11")
    assert (result.rc, result.document["outcome"]) == (0, "upgraded"), result.explain()
    told = " ".join([result.document["message"], *result.document["notes"]])
    assert "before the run" in told, told
    assert json.loads((host.package_path() / "package.json").read_text())["version"] == "2026.6.11"


def test_an_upgrade_of_a_gateway_under_tls(host_factory: Callable[..., Host]) -> None:
    host = host_factory("2026.6.11")
    host.systemctl_user("stop", "openclaw-gateway")
    text = host.config_path().read_text()
    host.config_path().write_text(text.replace('"auth": {', '"tls": {"enabled": true}, "auth": {', 1))
    host.systemctl_user("start", "openclaw-gateway")
    assert diagnose(host).rc == 0
    result = clawupgrade(host, "run", "--to", "2026.9.6")
    assert (result.rc, result.document["outcome"]) == (0, "upgraded"), result.explain()
    after = diagnose(host)
    assert after.rc == 0, after.document
    assert after.document["gateway"].startswith("wss://")
    assert "hello-ok from the gateway 2026.9.6" in evidence(after, "answer")
