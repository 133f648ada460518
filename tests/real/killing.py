"""Kills a run, or its whole host, at a chosen record; what must then be true with nobody typing."""

from __future__ import annotations

import os
import signal
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from drive import require_kept
from kept_stage import keep_stage
from lab.entry import Running
from lab.facts import Facts, read_state
from lab.host import Host
from lab.instance import open_host
from lab.releases import release_of
from lab.root import Lab
from lab.watcher import UP, Watcher, await_hello
from test_signals import records

OLD, NEW = "2026.6.11", "2026.9.6"
WITHIN = 120.0
"""Seconds after the kill within which a gateway has to serve."""

STEPS = (
    "stage", "judge", "rehearse", "snapshot", "arm", "inventory", "quiesce", "switch", "migrate", "doctor", "mend",
    "start", "handshake", "conserve", "confirm",
)  # fmt: skip
AHEAD = ("stage", "judge", "rehearse")
"""The steps that `clawupgrade stage` does ahead of time; a run that finds them done only looks at the result."""

_BEFORE_ARMED = ("stage", "judge", "rehearse", "snapshot", "arm")


@dataclass(frozen=True, slots=True)
class Blow:
    """Where a run is hit: `moment` waits for it, `armed` says whether somebody watches by then.

    `around` is what else is going on on the host meanwhile; `words`, what is said to the run besides.
    """

    name: str
    moment: Callable[[Host, Running], None]
    armed: bool
    around: Callable[[Host], AbstractContextManager[None]] = lambda _: nullcontext()
    words: tuple[str, ...] = ()


def at(kind: str, step: str, *words: str) -> Blow:
    """Right after a record was written down: "began" or "done", and the step's name without its version."""
    armed = step not in _BEFORE_ARMED or (kind, step) == ("done", "arm")
    return Blow(f"{kind} {step}", lambda host, run: await_step(host, run, kind, step), armed, words=words)


def await_step(host: Host, run: Running, kind: str, step: str, limit: float = 900) -> None:
    """Wait until the run has begun, or done, a step. Raises AssertionError once it never will."""
    end = time.monotonic() + limit
    while True:
        has_ended = run.popen.poll() is not None or time.monotonic() > end
        seen = _history(host)
        if any(k == f"step.{kind}" and str(name).partition(":")[0] == step for k, name in seen):
            return
        if has_ended:
            raise AssertionError(f"the run did not come to {kind} {step}: {seen}")
        time.sleep(0.01)


@dataclass(slots=True)
class Ground:
    """The host that the cases share; a new one after a case that failed, or that ended all new.

    npm_once: what npm installed for the first case is linked into place for the others. staged: each run finds
    what `clawupgrade stage` has built and rehearsed before, and comes to its steps in seconds.
    """

    lab: Lab
    venv: Path
    npm_once: bool = False
    staged: bool = False
    host: Host | None = None
    before: Facts | None = None
    _stage: Path | None = None
    _open: ExitStack = field(default_factory=ExitStack)

    def stand(self) -> tuple[Host, Facts]:
        """A serving host of the old release, and what was true on it before any run."""
        if self.host is None or self.before is None:
            self.host = self._open.enter_context(open_host(self.lab, release_of(OLD), venv=self.venv))
            self.before = read_state(self.host)
        if self.npm_once:
            keep_stage(self.host)
        if self.staged and not self._is_staged(self.host):
            self.host.run(["clawupgrade", "stage", "--to", NEW], timeout=900, check=True)
            self._stage = self.host.path(str(records(self.host)[0]["data"]["hops"][0]["stage"]))  # type: ignore[index]
        return self.host, self.before

    def _is_staged(self, host: Host) -> bool:
        """Whether the stage still stands: a run that is undone leaves it there."""
        return self._stage is not None and self._stage.is_relative_to(host.home) and self._stage.exists()

    def clear(self) -> None:
        """Throw the host away."""
        self.host = self.before = None
        self._open.close()


@contextmanager
def ground(lab: Lab, venv: Path, *, npm_once: bool = False, staged: bool = False) -> Iterator[Ground]:
    """A ground whose last host is thrown away at the end."""
    opened = Ground(lab, venv, npm_once, staged)
    try:
        yield opened
    finally:
        opened.clear()


def meet(opened: Ground, how: str, blow: Blow) -> None:
    """One blow on a host that the next one finds as good as new: after a failure it gets another."""
    try:
        host, before = opened.stand()
        with blow.around(host):
            version = strike(host, before, how, blow)
        if version != OLD:
            opened.clear()
    except Exception:
        print(f"{how} {blow.name}: FAILED\n{_evidence(opened.host)}", flush=True)
        opened.clear()
        raise


def strike(host: Host, before: Facts, how: str, blow: Blow) -> str:
    """One run, one blow, and what must be true afterwards. Returns the version that serves."""
    earlier, were = _journals(host), schemas(host)
    with Watcher(host.gateway_port, host.token()) as watcher:
        with _said(host).open("w") as said:
            run = host.spawn(["clawupgrade", "run", "--to", NEW, "--verbose", *blow.words], stderr=said)
        _await_new_journal(host, earlier, run.popen.poll)
        blow.moment(host, run)
        killed = time.monotonic()
        if how == "power":
            host.power_cycle()
        else:
            # The group that a terminal's end takes along. npm and doctor have groups of their own, and
            # stay behind as orphans: they are the recovery's to end.
            os.killpg(run.popen.pid, signal.SIGKILL)
        run.finish(60)
        await_hello(host.gateway_port, host.token(), patience=WITHIN)
        if not blow.armed:
            host.run(["clawupgrade", "recover"], timeout=300)
        _await_closed(host)
        version = await_hello(host.gateway_port, host.token(), patience=WITHIN)
        time.sleep(1.0)
    assert {str(step).partition(":")[0] for _, step in _history(host) if step} <= set(STEPS)
    last = watcher.changes[-1]
    assert last.state == UP, f"the gateway went away again: {last}"
    seconds = max(0.0, last.at - killed)
    after = read_state(host)
    print(f"{how} {blow.name}: {after.version} serves after {seconds:.1f} s", flush=True)
    assert seconds <= WITHIN
    assert version == after.version
    require_one_version(host, before, after)
    if after.version == before.version:
        assert schemas(host) == were
    require_nothing_left(host)
    return after.version


def require_one_version(host: Host, before: Facts, after: Facts) -> None:
    """Package, unit, config and databases are of one version, and nothing that must be kept is lost."""
    require_kept(before, after)
    assert after.token_sha256 == before.token_sha256
    if after.version == before.version:
        assert after.package_sha256 == before.package_sha256
        assert after.config_sha256 == before.config_sha256
        assert after.unit_sha256 == before.unit_sha256
        assert after.jobs == before.jobs
        assert after.agents == before.agents
        return
    assert after.version == NEW
    assert OLD not in stamps(host)


def stamps(host: Host) -> str:
    """What the config and the service definition say of who wrote them."""
    units = (host.home / ".config/systemd/user").glob("*-gateway.service")
    return "\n".join([str(host.config().get("meta")), *(unit.read_text() for unit in units)])


def schemas(host: Host) -> dict[str, int]:
    """Path → `PRAGMA user_version` of every database in the state folder."""
    found = {}
    for place in sorted(host.config_path().parent.rglob("*.sqlite")):
        with closing(sqlite3.connect(f"file:{place}?mode=ro", uri=True, timeout=10)) as opened:
            ((version,),) = opened.execute("PRAGMA user_version")
            found[str(place.relative_to(host.home))] = int(version)
    return found


def require_nothing_left(host: Host) -> None:
    """The journal is closed, nothing waits for the next boot, and no child of the dead run lives."""
    again = host.run(["clawupgrade", "recover"], timeout=120)
    assert "nothing to recover" in again.out, again
    assert not list((host.home / ".config/systemd/user").rglob("clawupgrade-*"))
    marked = host.shell("grep -lsz '^CLAWUPGRADE_CHILD=' /proc/[0-9]*/environ || true", user="root")
    assert not marked.out, marked.out


def _await_closed(host: Host, limit: float = 300) -> None:
    end = time.monotonic() + limit
    while records(host)[-1]["kind"] != "run.closed":
        if time.monotonic() > end:
            raise AssertionError(f"the journal is still open: {_history(host)}")
        time.sleep(0.2)


def _await_new_journal(host: Host, earlier: set[str], ended: Callable[[], Any], limit: float = 300) -> None:
    end = time.monotonic() + limit
    while _journals(host) <= earlier:
        if ended() is not None or time.monotonic() > end:
            raise AssertionError("the run did not begin")
        time.sleep(0.01)


def _journals(host: Host) -> set[str]:
    return {str(place) for place in (host.home / ".local/state/clawupgrade/default/runs").glob("*/journal")}


def _history(host: Host) -> list[tuple[object, object]]:
    return [(record["kind"], record["step"]) for record in records(host)]


def _said(host: Host) -> Path:
    """Where the run's own words go: the host's folder on this machine, thrown away with it."""
    return host.machine.folder / "said"


def _evidence(host: Host | None) -> str:
    """What the host said, for whoever has to find out; it is thrown away next."""
    if host is None:
        return "(no host)"
    try:
        units = host.run(["journalctl", "--no-pager", "--output=short-precise", "--lines=120"], user="root").out
        last = [(r["at"], r["kind"], r["step"], r["data"]) for r in records(host)[1:]]
        return "\n".join([*map(str, last), _said(host).read_text()[-6000:], units])
    except Exception as error:  # it is only evidence
        return f"(nothing could be read: {error!r})"
