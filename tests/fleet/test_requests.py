"""A request is begun at most once, outlives whoever began it, and is found again."""

from __future__ import annotations

import importlib.util
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from ground import CHECKOUT, ControlNode, finish
from stub.place import OLD, PATIENCE, Stub

SOURCE = CHECKOUT / "ansible/plugins/module_utils/requests.py"
BEGIN = """
import importlib.util, sys
spec = importlib.util.spec_from_file_location("requests_of_ours", sys.argv[1])
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
module.Request(sys.argv[2], "r1").begin([sys.executable, "-c", sys.argv[3]], dict(PATH="/usr/bin:/bin"))
"""
SLOW = """
import json, sys, time
from pathlib import Path
events = Path(sys.argv[sys.argv.index("--events") + 1])
events.write_text(json.dumps({"run": ""}) + "\\n" + json.dumps({"run": "20261128T000000Z-abcd"}) + "\\n")
time.sleep(1.5)
print(json.dumps({"outcome": "upgraded"}))
"""


@pytest.fixture(scope="module")
def requests() -> ModuleType:
    spec = importlib.util.spec_from_file_location("requests_of_ours", SOURCE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def begin(folder: Path, script: str) -> subprocess.Popen[bytes]:
    """A process that begins the request `r1` and waits for it, as a module does; leader of its session."""
    line = [sys.executable, "-c", BEGIN, str(SOURCE), str(folder), script]
    begun = subprocess.Popen(line, start_new_session=True)
    until = time.monotonic() + PATIENCE
    while not (folder / "r1/begun.json").exists():
        assert time.monotonic() < until
        time.sleep(0.02)
    return begun


@pytest.mark.parametrize("how", [signal.SIGHUP, signal.SIGKILL])
def test_what_was_begun_goes_on_when_whoever_began_it_is_ended(how: int, tmp_path: Path, requests: ModuleType) -> None:
    begun = begin(tmp_path, SLOW)
    os.killpg(begun.pid, how)
    assert begun.wait() == -how
    request = requests.Request(str(tmp_path), "r1")
    assert request.exists
    assert request.document() is None
    request.wait()
    assert request.document() == {"outcome": "upgraded"}
    assert request.run_id() == "20261128T000000Z-abcd"
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "r1").glob("[!e]*")} == {0o600}


def test_an_earlier_boot_is_not_waited_for(tmp_path: Path, requests: ModuleType) -> None:
    begun = begin(tmp_path, "import time; time.sleep(30)")
    file = tmp_path / "r1/begun.json"
    said = json.loads(file.read_text())
    try:
        file.write_text(json.dumps(said | {"boot": "another"}))
        requests.Request(str(tmp_path), "r1").wait()
        assert requests.Request(str(tmp_path), "r1").document() is None
    finally:
        os.kill(said["pid"], signal.SIGKILL)
        begun.wait()


def test_old_requests_go_and_names_cannot_lead_elsewhere(tmp_path: Path, requests: ModuleType) -> None:
    for number in range(requests.KEPT + 5):
        (tmp_path / f"r{number}").mkdir()
    request = requests.Request(str(tmp_path), "newest")
    request.begin([sys.executable, "-c", "print('{}')"], {"PATH": "/usr/bin"})
    assert len(list(tmp_path.iterdir())) == requests.KEPT
    assert request.document() == {}
    for name in ("", ".", "..", "a/b", "-rf", "x" * 101):
        assert not requests.is_name(name)


def test_a_run_whose_driver_was_killed_is_told_by_its_journal(
    fleet: Callable[[int], list[Stub]], control: ControlNode, tmp_path: Path
) -> None:
    (stub,) = fleet(1)
    stub.publish("2026.9.7", slow=8)
    book = tmp_path / "play.yml"
    arguments: dict[str, Any] = {"version": "2026.9.7", "request_id": "r1"}
    task = {"name": "upgrade", "clawupgrade.openclaw.openclaw_upgrade": arguments}
    book.write_text(json.dumps([{"hosts": "all", "gather_facts": False, "tasks": [task]}]))
    play = control.begin(str(book))
    try:
        await_doctor(stub)
        begun = json.loads((stub.home / ".local/state/clawupgrade-ansible/r1/begun.json").read_text())
        os.kill(begun["pid"], signal.SIGKILL)  # the stub's shell has become clawupgrade
        told = finish(play, 300)
    finally:
        play.kill()
    assert told.rc == 2, told.out
    said = json.loads(told.out[told.out.index("=> {") + 3 :].split("\n\n")[0])
    assert (said["outcome"], said["rc"], said["recovered"], stub.installed) == ("rolled-back", 3, True, OLD), said

    again = control.play(str(book))
    said = json.loads(again.out[again.out.index("=> {") + 3 :].split("\n\n")[0])
    assert (said["outcome"], said["attached"]) == ("rolled-back", True), "a second task begins nothing"


def await_doctor(stub: Stub) -> None:
    until = time.monotonic() + 240
    while not any(b"doctor:" in path.read_bytes() for path in stub.folder.glob("runs/*/journal")):
        assert time.monotonic() < until, "the run did not come to its doctor"
        time.sleep(0.05)
