"""Each root cause of a 1008 is made on a real gateway, named rightly, and mended or left to a person."""

from __future__ import annotations

import json
import re
import signal
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from drive import Result, clawupgrade
from lab.breaks import REFUSES_TOKEN
from lab.facts import tree_digest
from lab.guises import wear
from lab.host import Host
from lab.watcher import await_hello, look

from clawupgrade.gateway.address import Address
from clawupgrade.gateway.answer import AnswerKind
from clawupgrade.gateway.credential import Credential
from clawupgrade.host.dial import Dial

pytestmark = [pytest.mark.real, pytest.mark.full]

UNIT = ".config/systemd/user/openclaw-gateway.service"
VERSIONS = ["2026.2.12", "2026.4.29", "2026.6.11", "2026.9.6"]
_AUTH = re.compile(r'"auth": \{\s*"mode": "token",\s*"token": ("[^"]*")\s*\},')
_OTHER = "another-secret-of-the-lab-0123456789"


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
    Case("edited", f'"auth": {{"mode": "token", "token": "{_OTHER}"}},', "OPENCLAW_GATEWAY_TOKEN=%s",
         ("mismatch-after-edit",), _OTHER),
    Case("legacy-alone", '"token": "%s",', "", ("upgrade-changed-format-or-place",)),
    Case("both-keys", f'"token": "{_OTHER}", "auth": {{"mode": "token", "token": "%s"}},', "",
         ("upgrade-changed-format-or-place",)),
    Case("guides-name", '"auth": {"mode": "token", "token": "%s"},', f"OPENCLAW_GATEWAY_AUTH_TOKEN={_OTHER}",
         ("upgrade-changed-format-or-place",)),
    Case("guides-name-alone", "", "OPENCLAW_GATEWAY_AUTH_TOKEN=%s", ("upgrade-changed-format-or-place",)),
    Case("wrong-password", f'"auth": {{"mode": "password", "password": "{_OTHER}"}},',
         "OPENCLAW_GATEWAY_PASSWORD=wrong-password-of-the-lab", ("mismatch-after-edit",), "password"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Patient:
    """One host, and how its config and unit were when it was well."""

    host: Host
    config: str
    unit: str
    token: str

    def make(self, auth: str, unit: str) -> None:
        """Make it ill and start it; what was there before is as if it had never been."""
        self.stop()
        self.host.config_path().write_text(_AUTH.sub(lambda _: auth.replace("%s", self.token), self.config, count=1))
        kept = [line for line in self.unit.splitlines() if not re.search(r"OPENCLAW_GATEWAY_(AUTH_)?TOKEN=", line)]
        line = f"Environment={unit.replace('%s', self.token)}\n" if unit else ""
        self.host.path(UNIT).write_text("\n".join(kept).replace("[Install]", f"{line}\n[Install]") + "\n")
        self.start()

    def heal(self) -> None:
        """As it was."""
        self.stop()
        self.host.config_path().write_text(self.config)
        self.host.path(UNIT).write_text(self.unit)
        self.start()

    def stop(self) -> None:
        """Stopped, whatever state it was in."""
        self.host.systemctl_user("stop", "openclaw-gateway")

    def start(self) -> None:
        """Started on what lies on the disk, however often it has failed before."""
        self.host.systemctl_user("daemon-reload")
        self.host.systemctl_user("reset-failed", "openclaw-gateway", check=False)
        self.host.systemctl_user("start", "openclaw-gateway")

    def forget(self) -> None:
        """No run, and with it no snapshot, ever was."""
        self.host.shell("rm -rf ~/.local/state/clawupgrade")


def well(host: Host) -> Patient:
    """The host as it was born."""
    config = host.config_path().read_text()
    assert _AUTH.search(config), "the lab's config is not as this test knows it"
    return Patient(host, config, host.path(UNIT).read_text(), host.token())


def diagnose(host: Host, *words: str, settled: bool = True) -> Result:
    """Diagnose; while the gateway still starts, a little later again."""
    end = time.monotonic() + 240
    while True:
        result = clawupgrade(host, "diagnose", *words)
        if not settled or result.rc != 75 or time.monotonic() > end:
            return result
        time.sleep(2)


def await_calm(host: Host) -> None:
    """Let a gateway that has just started finish what it does to its state by itself."""
    seen = tree_names(host)
    for _ in range(30):
        time.sleep(2)
        if (now := tree_names(host)) == seen:
            return
        seen = now
    raise AssertionError("the gateway goes on making files")


def tree_names(host: Host) -> set[str]:
    """Every path of the state but its logs."""
    state = host.config_path().parent
    found = {str(path.relative_to(state)) for path in state.rglob("*")}
    return {path for path in found if not path.startswith("logs") and not path.endswith(("-wal", "-shm"))}


def cause(result: Result) -> str:
    """The root cause that was named."""
    return str(result.document["diagnosis"]["cause"])


@contextmanager
def secrets_unseen(patient: Patient, results: list[Result]) -> Iterator[None]:
    """No result may show a secret."""
    yield
    for result in results:
        for secret in (patient.token, _OTHER):
            assert secret not in json.dumps(result.document)
            assert secret not in result.err


@pytest.mark.parametrize("version", VERSIONS)
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


@pytest.mark.parametrize("version", VERSIONS)
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


def marks(host: Host) -> list[str]:
    """Where a client that knocks might leave a trace: the config, its device files, the lists of paired ones."""
    state = host.config_path().parent
    found = [host.config_path().read_text()]
    found += [tree_digest(state / name) for name in ("devices", "identity", "credentials")]
    database = state / "state/openclaw.sqlite"
    if database.exists():
        with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=10)) as opened:
            tables = opened.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE '%pairing%'")
            found += [f"{name}: {opened.execute(f'SELECT * FROM {name}').fetchall()}" for (name,) in tables.fetchall()]
    return found


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


# A gateway that does not watch its config holds the old token after an edit: the classic 1008.
_DEAF = '"reload": {"mode": "off"}, '
# Ten failures within a minute shut the door for five; by default not for loopback, so that is said.
_STRICT = _DEAF + '"auth": {"mode": "token", "token": "%s", "rateLimit": {"exemptLoopback": false}},'
# 2026.2.12 has no rate limit, and knows no such key.
_LIMITED = VERSIONS[1:]


@pytest.mark.parametrize("version", VERSIONS)
def test_five_looks_with_a_wrong_secret_lock_nobody_out(version: str, host_factory: Callable[..., Host]) -> None:
    patient = well(host_factory(version))
    host = patient.host
    patient.make(_STRICT if version in _LIMITED else _DEAF + '"auth": {"mode": "token", "token": "%s"},', "")
    assert await_hello(host.gateway_port, patient.token)
    edited = host.config_path().read_text().replace(patient.token, _OTHER)
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
    assert await_hello(host.gateway_port, _OTHER)
    if version in _LIMITED:
        # The limit was in force all the time: some more knocks, and nobody comes in any more.
        shut_the_door(host, _OTHER)
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
def test_old_definitions_and_old_processes_are_named(version: str, host_factory: Callable[..., Host]) -> None:
    patient = well(host_factory(version))
    host, unit = patient.host, patient.host.path(UNIT)
    auth, given = '"auth": {"mode": "token", "token": "%s"},', f"OPENCLAW_GATEWAY_TOKEN={_OTHER}"

    # The unit is another release's, and carries another token.
    patient.make(auth, given)
    patient.stop()
    unit.write_text(age(unit.read_text(), version))
    patient.start()
    require_mended(host, "stale-unit")
    assert _OTHER not in unit.read_text()
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
    host.path("gateway.env").write_text(f"OPENCLAW_GATEWAY_TOKEN={_OTHER}\n")
    patient.start()
    for words in ((), ("--fix",)):
        result = diagnose(host, *words)
        assert (cause(result), result.rc) == ("rebuild-made-a-new-one", 5), result.document
        assert "OPENCLAW_GATEWAY_TOKEN" in result.document["diagnosis"]["cure"]
        assert "gateway.env" in result.document["diagnosis"]["cure"]
        assert result.document["runs"] == []


def require_mended(host: Host, named: str) -> None:
    """The cause is named, `--fix` mends it in one run, and the next look finds nothing."""
    result = diagnose(host)
    assert (cause(result), result.rc) == (named, 2), result.document
    result = diagnose(host, "--fix")
    assert result.rc == 0, (result.document, result.err)
    assert [run["outcome"] for run in result.document["runs"]] == ["mended"]
    assert diagnose(host).rc == 0


def age(text: str, version: str) -> str:
    """The unit as a release before 2026.9 would have left it: with its version in it."""
    old = text.replace(version, "2026.1.29")
    marked = "Environment=OPENCLAW_SERVICE_VERSION=2026.1.29"
    return old if "2026.1.29" in old else old.replace("[Install]", f"{marked}\n[Install]")


def test_a_definition_that_is_not_written_is_noticed(host_factory: Callable[..., Host]) -> None:
    patient = well(host_factory("2026.2.12"))
    host, unit = patient.host, patient.host.path(UNIT)
    patient.make('"auth": {"mode": "token", "token": "%s"},', f"OPENCLAW_GATEWAY_TOKEN={_OTHER}")
    before = unit.read_bytes()
    # Its own words say that it wrote: that is why nobody may believe them.
    assert host.run(["openclaw", "gateway", "install", "--force"]).rc == 0
    assert unit.read_bytes() == before
    require_mended(host, "mismatch-after-edit")
    assert _OTHER not in unit.read_text()


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
    held["tokens"]["operator"]["token"] = _OTHER
    cache.write_text(json.dumps(held))
    devices = paired.read_bytes()
    require_mended(host, "device-or-pairing")
    assert not cache.exists()
    assert paired.read_bytes() == devices
    host.shell("openclaw devices list")  # gets a new one for the shared token


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


@pytest.mark.parametrize("version", VERSIONS)
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
    host.path(dropped).write_text(f"[Service]\nEnvironment=OPENCLAW_GATEWAY_TOKEN={_OTHER}\n")
    host.shell("chmod -R a+rX ~claw/.config/systemd/user", user="root")
    patient.stop()
    patient.start()
    result = diagnose(host)
    assert (cause(result), result.rc) == ("mismatch-after-edit", 5), result.document
    assert "mine.conf" in result.document["diagnosis"]["cure"]
