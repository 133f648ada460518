"""Each root cause of a 1008 is made on a real gateway, named rightly, and mended or left to a person."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from drive import Result, clawupgrade
from lab.host import Host
from lab.watcher import await_hello
from patient import OTHER, UNIT, VERSIONS, Patient, cause, diagnose, well

pytestmark = pytest.mark.real

FULL = [pytest.param(version, marks=pytest.mark.full) for version in VERSIONS]
OF_EVERY_LANDING = [
    version if version == "2026.6.11" else pytest.param(version, marks=pytest.mark.full) for version in VERSIONS
]


@dataclass(frozen=True, slots=True)
class Case:
    """How a gateway is made ill: what stands for `gateway.auth` (%s is the token), and a line of the unit.

    cause: what has to be named, by whichever of these. token: what opens it once it is mended: "kept", "new",
    or the very one.
    """

    name: str
    auth: str
    unit: str
    causes: tuple[str, ...]
    token: str = "kept"


CASES = (
    Case("edited", f'"auth": {{"mode": "token", "token": "{OTHER}"}},', "OPENCLAW_GATEWAY_TOKEN=%s",
         ("mismatch-after-edit",), OTHER),
    Case("legacy-alone", '"token": "%s",', "", ("upgrade-changed-format-or-place",)),
    Case("both-keys", f'"token": "{OTHER}", "auth": {{"mode": "token", "token": "%s"}},', "",
         ("upgrade-changed-format-or-place",)),
    Case("guides-name", '"auth": {"mode": "token", "token": "%s"},', f"OPENCLAW_GATEWAY_AUTH_TOKEN={OTHER}",
         ("upgrade-changed-format-or-place",)),
    Case("guides-name-alone", "", "OPENCLAW_GATEWAY_AUTH_TOKEN=%s", ("upgrade-changed-format-or-place",)),
    Case("wrong-password", f'"auth": {{"mode": "password", "password": "{OTHER}"}},',
         "OPENCLAW_GATEWAY_PASSWORD=wrong-password-of-the-lab", ("mismatch-after-edit",), "password"),
)  # fmt: skip


@contextmanager
def secrets_unseen(patient: Patient, results: list[Result]) -> Iterator[None]:
    """No result may show a secret."""
    yield
    for result in results:
        for secret in (patient.token, OTHER):
            assert secret not in json.dumps(result.document)
            assert secret not in result.err


@pytest.mark.parametrize("version", OF_EVERY_LANDING)
def test_token_faults_are_named_and_mended(version: str, host_factory: Callable[..., Host]) -> None:
    patient = well(host_factory(version))
    host, seen = patient.host, list[Result]()
    with secrets_unseen(patient, seen):
        for case in CASES:
            patient.forget()
            patient.make(case.auth, case.unit)
            seen.append(result := diagnose(host))
            assert (case.name, cause(result)) in [(case.name, each) for each in case.causes], result.document
            assert result.rc == 2, (case.name, result.document)
            seen.append(result := diagnose(host, "--fix"))
            assert result.rc == 0, (case.name, result.document, result.err)
            assert [run["outcome"] for run in result.document["runs"]] == ["mended"], case.name
            if case.token != "password":
                assert await_hello(host.gateway_port, patient.token if case.token == "kept" else case.token)
            assert diagnose(host).rc == 0, case.name


@pytest.mark.parametrize("version", FULL)
def test_no_token_anywhere_is_made_or_put_back(version: str, host_factory: Callable[..., Host]) -> None:
    patient = well(host_factory(version))
    host = patient.host
    patient.make("", "")
    result = diagnose(host)
    assert (cause(result), result.rc) == ("none-generated", 2), result.document
    result = diagnose(host, "--fix")
    assert result.rc == 0, result.document
    made = host.token()
    assert made != patient.token
    assert await_hello(host.gateway_port, made)
    host.shell("clawupgrade snapshot create --quiet")
    patient.stop()
    text = host.config_path().read_text()
    host.config_path().write_text(text.replace(f'"{made}"', '""'))
    patient.start()
    result = diagnose(host, "--fix")
    assert result.rc == 0, result.document
    assert host.token() == made


@pytest.mark.parametrize("version", FULL)
def test_what_is_no_token_problem_is_not_treated_as_one(version: str, host_factory: Callable[..., Host]) -> None:
    patient = well(host_factory(version))
    host = patient.host
    patient.stop()
    result = diagnose(host)
    assert (cause(result), result.rc) == ("not-a-token-problem", 4), result.document
    stranger = f"import http.server as h; h.HTTPServer(('127.0.0.1', {host.gateway_port}), h.BaseHTTPRequestHandler)"
    running = host.spawn(["python3", "-c", stranger + ".serve_forever()"])
    time.sleep(1)
    result = diagnose(host)
    assert (cause(result), result.rc) == ("not-a-token-problem", 4), result.document
    port = next(line for line in result.document["diagnosis"]["lines"] if line["check"] == "port")
    assert "python3" in port["evidence"], port
    assert clawupgrade(host, "diagnose", "--fix").rc == 4
    running.send(signal.SIGTERM)
    running.finish(10)
    patient.start()
    assert diagnose(host).rc == 0
    dropped = Path(f"{UNIT}.d/mine.conf")
    host.path(dropped).parent.mkdir()
    host.path(dropped).write_text(f"[Service]\nEnvironment=OPENCLAW_GATEWAY_TOKEN={OTHER}\n")
    host.shell("chmod -R a+rX ~claw/.config/systemd/user", user="root")
    patient.stop()
    patient.start()
    result = diagnose(host)
    assert (cause(result), result.rc) == ("mismatch-after-edit", 5), result.document
    assert "mine.conf" in result.document["diagnosis"]["cure"]
