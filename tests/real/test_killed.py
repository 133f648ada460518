"""SIGKILL of everything, and power cuts, at each step: all old or all new, with nobody typing."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from killing import AHEAD, NEW, OLD, STEPS, Blow, Ground, at, await_step, ground, meet, schemas, strike
from lab.entry import Running
from lab.host import Host
from lab.root import Lab
from test_signals import records

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def walked(lab: Lab, checkout_venv: Path) -> Iterator[Ground]:
    """One host for every case of a session, as long as it stays good."""
    with ground(lab, checkout_venv, npm_once=True) as opened:
        yield opened


@pytest.fixture(scope="module")
def staged(lab: Lab, checkout_venv: Path) -> Iterator[Ground]:
    """The same, with the release built and rehearsed ahead of time: each run takes that over."""
    with ground(lab, checkout_venv, npm_once=True, staged=True) as opened:
        yield opened


@pytest.mark.full
@pytest.mark.parametrize("kind", ["began", "done"])
@pytest.mark.parametrize("step", AHEAD)
@pytest.mark.parametrize("how", ["kill", "power"])
def test_while_it_is_built_and_rehearsed_the_old_gateway_serves_on(
    how: str, step: str, kind: str, walked: Ground
) -> None:
    meet(walked, how, at(kind, step, "--rehearse"))


@pytest.mark.full
@pytest.mark.parametrize("kind", ["began", "done"])
@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("how", ["kill", "power"])
def test_at_every_step_a_gateway_serves_again_by_itself(how: str, step: str, kind: str, staged: Ground) -> None:
    """Kill: the dead-man recovers. Power: the boot units do."""
    meet(staged, how, at(kind, step, "--rehearse"))


@pytest.mark.parametrize(("how", "kind", "step"), [("kill", "began", "doctor"), ("power", "done", "switch")])
def test_in_the_middle_of_it_the_old_gateway_comes_back(
    how: str, kind: str, step: str, lab: Lab, checkout_venv: Path
) -> None:
    with ground(lab, checkout_venv) as opened:
        host, before = opened.stand()
        assert strike(host, before, how, at(kind, step)) == OLD


@pytest.mark.full
@pytest.mark.parametrize("how", ["kill", "power"])
def test_in_the_middle_of_npm(how: str, lab: Lab, checkout_venv: Path) -> None:
    with ground(lab, checkout_venv) as opened:
        meet(opened, how, Blow("during npm", _npm, armed=False))


@pytest.mark.full
@pytest.mark.parametrize("how", ["kill", "power"])
def test_in_the_middle_of_the_backup(how: str, walked: Ground) -> None:
    meet(walked, how, Blow("during the backup", _backup, armed=False, around=large_database))


@pytest.mark.full
@pytest.mark.parametrize("how", ["kill", "power"])
def test_in_the_middle_of_doctor(how: str, walked: Ground) -> None:
    meet(walked, how, Blow("during doctor", _doctor, armed=True))


def _npm(host: Host, run: Running) -> None:
    """npm has unpacked a part of the package's 640 dependencies."""
    await_step(host, run, "began", "stage")
    stage = host.path(str(records(host)[0]["data"]["hops"][0]["stage"]))  # type: ignore[index]
    _await(host, f"stage:{NEW}", lambda: sum(1 for _ in stage.glob("lib/node_modules/openclaw/node_modules/*")) > 100)


def _backup(host: Host, run: Running) -> None:
    """The run has the large database open: SQLite's online backup is at it."""
    await_step(host, run, "began", "snapshot")
    folder = Path(f"/proc/{run.pid}/fd")
    _await(host, "snapshot", lambda: any(_leads_to(each, "large.sqlite") for each in folder.iterdir()))


def _doctor(host: Host, run: Running) -> None:
    """Doctor has begun to write: a database has a new schema, or the config new bytes."""
    await_step(host, run, "done", "migrate")
    before, config = schemas(host), host.config_path().read_bytes()
    _await(host, f"doctor:{NEW}", lambda: schemas(host) != before or host.config_path().read_bytes() != config)


def _await(host: Host, step: str, is_so: Callable[[], bool], limit: float = 300) -> None:
    end = time.monotonic() + limit
    while not is_so():
        late = any((record["kind"], record["step"]) == ("step.done", step) for record in records(host))
        if late or time.monotonic() > end:
            raise AssertionError(f"{step} was not caught in the middle")


def _leads_to(link: Path, name: str) -> bool:
    try:
        return link.readlink().name == name
    except FileNotFoundError:
        return False  # closed meanwhile


@contextmanager
def large_database(host: Host, megabytes: int = 256) -> Iterator[None]:
    """A large database in the state folder with a live log, as a gateway that has been lived with has it."""
    place = host.config_path().parent / "large.sqlite"
    place.touch()
    owner = host.config_path().stat()
    os.chown(place, owner.st_uid, owner.st_gid)
    try:
        with closing(sqlite3.connect(place)) as opened:
            opened.execute("PRAGMA journal_mode=WAL")
            opened.execute("CREATE TABLE large (content BLOB)")
            for _ in range(megabytes):
                opened.execute("INSERT INTO large VALUES (randomblob(1048576))")
            opened.commit()
            yield
    finally:
        for left in place.parent.glob(f"{place.name}*"):
            left.unlink()
