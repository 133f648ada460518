"""A host whose gateway is made ill, and what diagnose says of it."""

from __future__ import annotations

import re
import sqlite3
import time
from contextlib import closing
from dataclasses import dataclass

from drive import Result, clawupgrade
from lab.facts import tree_digest
from lab.host import Host

UNIT = ".config/systemd/user/openclaw-gateway.service"
VERSIONS = ["2026.2.12", "2026.4.29", "2026.6.11", "2026.9.6"]
AUTH = re.compile(r'"auth": \{\s*"mode": "token",\s*"token": ("[^"]*")\s*\},')
OTHER = "another-secret-of-the-lab-0123456789"


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
        self.host.config_path().write_text(AUTH.sub(lambda _: auth.replace("%s", self.token), self.config, count=1))
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
    assert AUTH.search(config), "the lab's config is not as this test knows it"
    return Patient(host, config, host.path(UNIT).read_text(), host.token())


def diagnose(host: Host, *words: str, settled: bool = True) -> Result:
    """Diagnose; while the gateway still starts, a little later again."""
    end = time.monotonic() + 240
    while True:
        result = clawupgrade(host, "diagnose", *words)
        if not settled or result.rc != 75 or time.monotonic() > end:
            return result
        time.sleep(2)


def cause(result: Result) -> str:
    """The root cause that was named."""
    return str(result.document["diagnosis"]["cause"])


def require_mended(host: Host, named: str) -> None:
    """The cause is named, `--fix` mends it in one run, and the next look finds nothing."""
    result = diagnose(host)
    assert (cause(result), result.rc) == (named, 2), result.document
    result = diagnose(host, "--fix")
    assert result.rc == 0, (result.document, result.err)
    assert [run["outcome"] for run in result.document["runs"]] == ["mended"]
    assert diagnose(host).rc == 0


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
