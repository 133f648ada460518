"""The ladder on real hosts: stale definitions and device tokens, what does not help, what is not a secret of ours."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from lab.breaks import REFUSES_TOKEN
from lab.guises import wear
from lab.host import Host
from lab.watcher import await_hello
from patient import OTHER, UNIT, VERSIONS, cause, diagnose, marks, require_mended, well

pytestmark = [pytest.mark.real, pytest.mark.full]


@pytest.mark.parametrize("version", VERSIONS)
def test_old_definitions_and_old_processes_are_named(version: str, host_factory: Callable[..., Host]) -> None:
    patient = well(host_factory(version))
    host, unit = patient.host, patient.host.path(UNIT)
    auth, given = '"auth": {"mode": "token", "token": "%s"},', f"OPENCLAW_GATEWAY_TOKEN={OTHER}"

    # The unit is another release's, and carries another token.
    patient.make(auth, given)
    patient.stop()
    unit.write_text(age(unit.read_text(), version))
    patient.start()
    require_mended(host, "stale-unit")
    assert OTHER not in unit.read_text()
    assert unit.read_text().replace(version, "V") != age(unit.read_text(), version)

    # The unit is right, and neither its manager nor the process has read it since.
    patient.forget()
    patient.make(auth, given)
    await_hello(host.gateway_port, patient.token)
    unit.write_text(unit.read_text().replace(f"Environment={given}\n", ""))
    require_mended(host, "stale-unit")

    # Somebody has pinned another one in a file of his own.
    patient.make(auth, "")
    patient.stop()
    unit.write_text(unit.read_text().replace("[Install]", "EnvironmentFile=%h/gateway.env\n[Install]"))
    host.path("gateway.env").write_text(f"OPENCLAW_GATEWAY_TOKEN={OTHER}\n")
    patient.start()
    for words in ((), ("--fix",)):
        result = diagnose(host, *words)
        assert (cause(result), result.rc) == ("rebuild-made-a-new-one", 5), result.document
        assert "OPENCLAW_GATEWAY_TOKEN" in result.document["diagnosis"]["cure"]
        assert "gateway.env" in result.document["diagnosis"]["cure"]
        assert result.document["runs"] == []


def age(text: str, version: str) -> str:
    """The unit as a release before 2026.9 would have left it: with its version in it."""
    old = text.replace(version, "2026.1.29")
    marked = "Environment=OPENCLAW_SERVICE_VERSION=2026.1.29"
    return old if "2026.1.29" in old else old.replace("[Install]", f"{marked}\n[Install]")


def test_a_definition_that_is_not_written_is_noticed(host_factory: Callable[..., Host]) -> None:
    patient = well(host_factory("2026.2.12"))
    host, unit = patient.host, patient.host.path(UNIT)
    patient.make('"auth": {"mode": "token", "token": "%s"},', f"OPENCLAW_GATEWAY_TOKEN={OTHER}")
    before = unit.read_bytes()
    # Its own words say that it wrote: that is why nobody may believe them.
    assert host.run(["openclaw", "gateway", "install", "--force"]).rc == 0
    assert unit.read_bytes() == before
    require_mended(host, "mismatch-after-edit")
    assert OTHER not in unit.read_text()


@pytest.mark.parametrize("version", VERSIONS)
def test_what_does_not_help_is_taken_back(version: str, host_factory: Callable[..., Host]) -> None:
    host = host_factory(version)
    token = host.token()
    wear(host, REFUSES_TOKEN)
    result = diagnose(host)
    assert (cause(result), result.rc) == ("mismatch-after-edit", 2), result.document
    before = (host.config_path().read_bytes(), host.path(UNIT).read_bytes(), marks(host))
    result = diagnose(host, "--fix")
    assert result.rc == 3, result.document
    assert [run["outcome"] for run in result.document["runs"]] == ["rolled-back"] * 2, result.document
    assert (host.config_path().read_bytes(), host.path(UNIT).read_bytes(), marks(host)) == before
    assert host.systemctl_user("is-active", "openclaw-gateway").out.strip() == "active"
    wear(host, None)
    assert await_hello(host.gateway_port, token)


@pytest.mark.parametrize("version", VERSIONS[:3])
def test_a_stale_device_token_is_cleared_here_and_nowhere_else(version: str, host_factory: Callable[..., Host]) -> None:
    host = host_factory(version)
    state = host.config_path().parent
    host.shell("openclaw devices list")
    cache, paired = state / "identity/device-auth.json", state / "devices/paired.json"
    held = json.loads(cache.read_text())
    held["tokens"]["operator"]["token"] = OTHER
    cache.write_text(json.dumps(held))
    devices = paired.read_bytes()
    require_mended(host, "device-or-pairing")
    assert not cache.exists()
    assert paired.read_bytes() == devices
    host.shell("openclaw devices list")  # gets a new one for the shared token
