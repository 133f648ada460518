"""Credentials are found by reference, and their values go nowhere."""

from __future__ import annotations

import json
import os
import plistlib
import subprocess
import sys
from pathlib import Path

import pytest

from clawupgrade.host.scrub import Scrub
from clawupgrade.host.secrets import LocalSecrets
from clawupgrade.model import Account, CredentialRef
from clawupgrade.openclaw.assignments import read_assignments
from clawupgrade.ports import Command, Completed

TOKEN = "a-token-of-the-test"


class Systemctl:
    """Answers `systemctl show` as the user manager does."""

    def run(self, command: Command, on_line: object = None) -> Completed:
        said = f'Environment=HOME=/h "OPENCLAW_GATEWAY_TOKEN={TOKEN}" X=y\n' if "--user" in command.argv else ""
        return Completed(0 if said else 1, said, "", 0.0)


@pytest.fixture
def scrub() -> Scrub:
    return Scrub()


@pytest.fixture
def secrets(folder: Path, scrub: Scrub) -> LocalSecrets:
    account = Account("claw", os.getuid(), os.getgid(), str(folder))
    return LocalSecrets(folder / "ours", commands=Systemctl(), account=account, caller={"T": TOKEN}, scrub=scrub)


def _ref(source: str, place: object, key: str, kind: str = "token") -> CredentialRef:
    return CredentialRef(source, str(place), key, kind, "")


def _config(folder: Path, token: object) -> CredentialRef:
    path = folder / "openclaw.json"
    path.write_text("// ours\n" + json.dumps({"gateway": {"auth": {"token": token}}}))
    return _ref("config", path, "gateway.auth.token")


def test_every_source_leads_to_the_same_digest(secrets: LocalSecrets, folder: Path) -> None:
    unit = folder / "gw.service"
    unit.write_text(f"[Service]\nEnvironment=OPENCLAW_GATEWAY_TOKEN={TOKEN}\n")
    dotenv = folder / "some.env"
    dotenv.write_text(f"export OPENCLAW_GATEWAY_TOKEN='{TOKEN}' # old\n")
    agent, compose = folder / "ai.openclaw.gateway.plist", folder / "compose.yaml"
    agent.write_bytes(plistlib.dumps({"EnvironmentVariables": {"OPENCLAW_GATEWAY_TOKEN": TOKEN}}))
    compose.write_text("    environment:\n      OPENCLAW_GATEWAY_TOKEN: ${PINNED:-unset}\n")
    (folder / ".env").write_text(f"PINNED={TOKEN}\n")
    refs = [
        _config(folder, TOKEN),
        _ref("plist", agent, "OPENCLAW_GATEWAY_TOKEN"),
        _ref("compose", compose, "OPENCLAW_GATEWAY_TOKEN"),
        _ref("unit", unit, "OPENCLAW_GATEWAY_TOKEN"),
        _ref("unit", "openclaw-gateway.service", "OPENCLAW_GATEWAY_TOKEN"),
        _ref("envfile", dotenv, "OPENCLAW_GATEWAY_TOKEN"),
        _ref("dotenv", dotenv, "OPENCLAW_GATEWAY_TOKEN"),
        _ref("environment", "", "T"),
    ]
    digests = {secrets.digest(ref) for ref in refs}
    assert len(digests) == 1
    digest = digests.pop()
    assert digest is not None
    assert len(digest) == 16
    assert all(secrets.credential(ref).value == TOKEN for ref in refs)


def test_the_environment_of_a_running_process(secrets: LocalSecrets) -> None:
    child = subprocess.Popen(
        [sys.executable, "-c", "print(flush=True); input()"],
        env={"OPENCLAW_GATEWAY_TOKEN": TOKEN},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert child.stdout is not None
    child.stdout.readline()
    found = secrets.credential(_ref("process", child.pid, "OPENCLAW_GATEWAY_TOKEN"))
    child.kill()
    child.wait()
    assert found is not None
    assert found.value == TOKEN
    assert secrets.digest(_ref("process", child.pid, "OPENCLAW_GATEWAY_TOKEN")) is None


@pytest.mark.parametrize("token", ["${THE_TOKEN}", {"source": "env", "provider": "default", "id": "THE_TOKEN"}])
def test_a_reference_is_resolved_from_the_env_file_beside_the_config(
    secrets: LocalSecrets, folder: Path, token: object
) -> None:
    ref = _config(folder, token)
    assert secrets.digest(ref) is None
    (folder / ".env").write_text(f"THE_TOKEN={TOKEN}\n")
    assert secrets.digest(ref) == secrets.digest(_ref("environment", "", "T"))


@pytest.mark.parametrize("token", ["", "half-${NOT_SET}", None, 5, ["x"], {"source": "exec", "id": "vault"}])
def test_what_cannot_be_resolved_is_none(secrets: LocalSecrets, folder: Path, token: object) -> None:
    assert secrets.digest(_config(folder, token)) is None


@pytest.mark.parametrize(
    "ref",
    [
        _ref("config", "/no/where.json", "gateway.auth.token"),
        _ref("unit", "/no/where.service", "X"),
        _ref("dotenv", "/no/where", "X"),
        _ref("process", 2**22 + 1, "X"),
        _ref("environment", "", "NOT_SET"),
        _ref("crystal ball", "", "X"),
    ],
)
def test_a_place_that_may_not_be_read_is_none(secrets: LocalSecrets, ref: CredentialRef) -> None:
    assert secrets.digest(ref) is None


def test_a_config_that_does_not_parse_is_none(secrets: LocalSecrets, folder: Path) -> None:
    (folder / "openclaw.json").write_text("{ gateway: ")
    assert secrets.digest(_ref("config", folder / "openclaw.json", "gateway.auth.token")) is None


def test_digests_are_keyed_per_installation(secrets: LocalSecrets, folder: Path, scrub: Scrub) -> None:
    account = Account("claw", os.getuid(), os.getgid(), str(folder))
    make = lambda name: LocalSecrets(  # noqa: E731
        folder / name, commands=Systemctl(), account=account, caller={"T": TOKEN}, scrub=scrub
    )
    ref = _ref("environment", "", "T")
    assert make("ours").digest(ref) == secrets.digest(ref)
    assert make("theirs").digest(ref) != secrets.digest(ref)
    assert (folder / "ours/digest.key").stat().st_mode & 0o777 == 0o600


def test_what_was_fetched_is_scrubbed_from_then_on(secrets: LocalSecrets, scrub: Scrub) -> None:
    line = f"said {TOKEN}"
    assert scrub.line(line) == line
    secrets.digest(_ref("environment", "", "T"))
    assert scrub.line(line) == "said ***"


def test_a_password_stays_one_and_does_not_print(secrets: LocalSecrets) -> None:
    found = secrets.credential(_ref("environment", "", "T", kind="password"))
    assert found is not None
    assert (found.kind, str(found), repr(found)) == ("password", "***", "***")


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("A=plain", "plain"),
        ("export A = spaced ", "spaced"),
        ("A='single # kept'", "single # kept"),
        ('A="double" # comment', "double"),
        ("A=with#hash", "with#hash"),
        ("A=with # comment", "with"),
        ("A=a=b==", "a=b=="),
        ("A=", ""),
    ],
)
def test_assignments(line: str, value: str) -> None:
    assert read_assignments(f"# A=commented\n{line}\n; A=too\n") == {"A": value}
