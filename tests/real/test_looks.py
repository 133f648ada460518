"""What a look costs a real gateway: time, traces, attempts; and how it gets in over TLS and IPv6."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from drive import clawupgrade
from lab.host import Host
from lab.watcher import await_hello, look
from patient import OTHER, VERSIONS, await_calm, cause, diagnose, marks, tree_names, well

from clawupgrade.gateway.address import Address
from clawupgrade.gateway.answer import AnswerKind
from clawupgrade.gateway.credential import Credential
from clawupgrade.host.dial import Dial

pytestmark = [pytest.mark.real, pytest.mark.full]

# A gateway that does not watch its config holds the old token after an edit: the classic 1008.
_DEAF = '"reload": {"mode": "off"}, '
# Ten failures within a minute shut the door for five; by default not for loopback, so that is said.
_STRICT = _DEAF + '"auth": {"mode": "token", "token": "%s", "rateLimit": {"exemptLoopback": false}},'
# 2026.2.12 has no rate limit, and knows no such key.
_LIMITED = VERSIONS[1:]


@pytest.mark.parametrize("version", VERSIONS)
def test_a_healthy_host_keeps_no_trace_of_five_looks(version: str, host_factory: Callable[..., Host]) -> None:
    host = host_factory(version)
    await_calm(host)
    before, took = marks(host), list[float]()
    state = tree_names(host)
    for _ in range(5):
        began = time.monotonic()
        result = clawupgrade(host, "diagnose")
        took.append(time.monotonic() - began)
        assert (cause(result), result.rc) == ("none", 0), result.document
    print(f"five looks: {min(took):.2f} to {max(took):.2f} s")
    # It runs no command of the release, so that all of it is its own; the quickest was the least disturbed.
    assert min(took) < 2
    assert sum(took) < 60
    assert marks(host) == before
    assert tree_names(host) <= state
    assert await_hello(host.gateway_port, host.token())
    # Every release looked at listens on both loopbacks, where the machine has both.
    six = Dial().ask(Address("::1", host.gateway_port), Credential("token", str(host.token())))
    assert six.kind is AnswerKind.HELLO, six


@pytest.mark.parametrize("version", VERSIONS)
def test_five_looks_with_a_wrong_secret_lock_nobody_out(version: str, host_factory: Callable[..., Host]) -> None:
    patient = well(host_factory(version))
    host = patient.host
    patient.make(_STRICT if version in _LIMITED else _DEAF + '"auth": {"mode": "token", "token": "%s"},', "")
    assert await_hello(host.gateway_port, patient.token)
    edited = host.config_path().read_text().replace(patient.token, OTHER)
    host.config_path().write_text(edited)
    began = time.monotonic()
    for _ in range(5):
        result = clawupgrade(host, "diagnose")
        assert (cause(result), result.rc) == ("mismatch-after-edit", 2), result.document
    print(f"five looks within {time.monotonic() - began:.0f} s")
    assert time.monotonic() - began < 60
    assert await_hello(host.gateway_port, patient.token, patience=30)
    result = diagnose(host, "--fix")
    assert result.rc == 0, result.document
    assert await_hello(host.gateway_port, OTHER)
    if version in _LIMITED:
        # The limit was in force all the time: some more knocks, and nobody comes in any more.
        shut_the_door(host, OTHER)
        result = clawupgrade(host, "diagnose")
        assert (cause(result), result.rc) == ("rate-limit", 75), result.document


def shut_the_door(host: Host, token: str) -> None:
    """Knock with a wrong secret until the gateway refuses the right one as well."""
    for _ in range(12):
        look(host.gateway_port, "no-secret-of-anybody")
    said = look(host.gateway_port, token).detail
    assert "too many failed authentication attempts" in said, said


def test_a_shut_door_is_waited_for(host_factory: Callable[..., Host]) -> None:
    patient = well(host_factory("2026.6.11"))
    host = patient.host
    patient.make(_STRICT, "")
    await_hello(host.gateway_port, patient.token)
    shut_the_door(host, patient.token)
    result = clawupgrade(host, "diagnose", "--fix")
    assert result.rc == 0, result.document
    assert [run["outcome"] for run in result.document["runs"]] == ["mended"]
    assert await_hello(host.gateway_port, patient.token, patience=30)


@pytest.mark.parametrize("version", VERSIONS)
def test_a_gateway_under_tls_is_known_by_its_own_certificate(version: str, host_factory: Callable[..., Host]) -> None:
    patient = well(host_factory(version))
    host, auth = patient.host, '"auth": {"mode": "token", "token": "%s"},'
    # The one that it makes for itself.
    patient.make(f'"tls": {{"enabled": true}}, {auth}', "")
    require_hello_under_tls(host)
    # One that a person has made for it.
    make = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 9 -subj /CN={0} "
    make += "-keyout {0}.key -out {0}.pem 2>/dev/null\n"
    host.shell(make.format("own") + make.format("other"))
    named = '"certPath": "/home/claw/{0}.pem", "keyPath": "/home/claw/{0}.key"'
    patient.make(f'"tls": {{"enabled": true, {named.format("own")}}}, {_DEAF}{auth}', "")
    require_hello_under_tls(host)
    # The config names another than the one that is served: nothing is sent to whoever that is.
    host.config_path().write_text(host.config_path().read_text().replace("/own.", "/other."))
    result = diagnose(host)
    assert (cause(result), result.rc) == ("not-a-token-problem", 5), result.document
    assert "certificate" in result.document["diagnosis"]["why"]


def require_hello_under_tls(host: Host) -> None:
    """A look comes in, over wss."""
    result = diagnose(host)
    assert (cause(result), result.rc) == ("none", 0), result.document
    assert result.document["gateway"] == f"wss://127.0.0.1:{host.gateway_port}"
    said = next(line for line in result.document["diagnosis"]["lines"] if line["check"] == "answer")
    assert "hello-ok" in said["evidence"]
