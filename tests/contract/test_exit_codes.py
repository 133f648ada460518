"""Every exit code that is documented, produced by the real command on a stub host."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import time
from pathlib import Path

import pytest
from documents import document
from stub.place import CHECKOUT, NEW, OLD, PATIENCE, Stub

from clawupgrade.errors import Exit

BAD = "2026.9.7"


def test_0_and_2(stub: Stub) -> None:
    assert stub.call("plan").returncode == 2
    assert stub.call("run", "--yes").returncode == 0
    assert stub.installed == NEW
    assert stub.call("plan").returncode == 0
    assert stub.call("run", "--yes").returncode == 0


def test_1_when_it_fails_before_any_live_change(stub: Stub) -> None:
    stub.hook("pre-stop.d", "echo no >&2; exit 1")
    found = stub.call("run", "--yes", "--json")
    assert (found.returncode, document(found.stdout)["outcome"]) == (1, "failed-clean")
    assert (stub.installed, stub.listens()) == (OLD, True)


@pytest.mark.parametrize("habit", [{"serving": "crashes"}, {"serving": "mismatch"}, {"doctor": "fails"}])
def test_3_when_it_was_rolled_back(habit: dict[str, str], stub: Stub) -> None:
    stub.publish(BAD, **habit)
    found = stub.call("run", "--yes", "--json")
    assert (found.returncode, document(found.stdout)["outcome"]) == (3, "rolled-back")
    assert (stub.installed, stub.listens()) == (OLD, True)
    again = document(stub.call("run", "--yes", "--json").stdout)
    assert (again["outcome"], again["exit_code"], again["reason"]) == ("skipped", 0, "quarantined")


def test_4_when_going_back_fails_and_out_again(stub: Stub) -> None:
    """From now on no gateway of whatever version starts."""
    stub.publish(BAD, serving="crashes")
    stub.hook("post-switch.d", f"echo crashes > {stub.root}/serving; printf crashes > {stub.root}/serving")
    found = stub.call("run", "--yes", "--json")
    assert (found.returncode, document(found.stdout)["outcome"]) == (4, "broken")
    assert stub.call("run", "--yes").returncode == 4
    (stub.root / "serving").unlink()
    run_id = document(found.stdout)["run_id"]
    assert stub.call("recover", "--retry", run_id).returncode == 3
    assert (stub.installed, stub.listens()) == (OLD, True)


def test_74_when_it_went_well_and_cannot_be_said(stub: Stub) -> None:
    """The disk that the log goes to is full: no reason to stop half-way, and none to say that nothing happened."""
    with open("/dev/full", "w") as full:  # noqa: PTH123
        done = stub.call("run", "--yes", stdout=full)
        assert (done.returncode, stub.installed, stub.listens()) == (74, NEW, True)
        assert "cannot be written to standard output" in done.stderr
        stub.publish(BAD, serving="crashes")
        undone = stub.call("run", "--yes", stdout=full)
    assert (undone.returncode, stub.installed, stub.listens()) == (3, NEW, True)
    assert "cannot be written to standard output" in undone.stderr


def test_5_when_a_person_is_needed(stub: Stub) -> None:
    stub.publish(BAD, serving="pairing")
    found = stub.call("run", "--yes", "--json")
    assert (found.returncode, document(found.stdout)["outcome"]) == (5, "needs-person")
    assert stub.installed == BAD


def test_6_64_and_78(stub: Stub) -> None:
    assert stub.call("run", "--to", "2026.1.1", "--yes").returncode == 6
    assert stub.call("run", "--tea").returncode == 64
    stub.configure("colour = 1\n")
    assert stub.call("run", "--yes").returncode == 78
    assert stub.installed == OLD


def test_78_when_a_journal_cannot_be_trusted(stub: Stub) -> None:
    stub.hook("pre-stop.d", "exit 1")
    assert stub.call("run", "--yes").returncode == 1
    (journal,) = stub.folder.glob("runs/*/journal")
    first, second, *rest = journal.read_text().splitlines()
    journal.write_text("\n".join([first, second.replace("step", "stop"), *rest, ""]))
    for words in ("show", "recover --retry " + journal.parent.name, "history"):
        done = stub.call(*words.split(), "--json")
        assert (done.returncode, document(done.stdout)["exit_code"]) == (78, 78), words
    assert (stub.installed, stub.listens()) == (OLD, True)


def test_75_when_the_network_is_away_or_a_hook_asks_for_another_time(stub: Stub) -> None:
    (stub.root / "offline").touch()
    assert stub.call("run", "--yes").returncode == 75
    (stub.root / "offline").unlink()
    stub.hook("preflight.d", "exit 75")
    assert stub.call("run", "--yes").returncode == 75
    assert (stub.installed, stub.listens()) == (OLD, True)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
@pytest.mark.parametrize("step", ["stage", "doctor"])
def test_130_and_143_in_the_middle_of_a_run(number: int, code: int, step: str, stub: Stub) -> None:
    stub.publish(BAD, slow=30)
    stub.hook("preflight.d", "sleep 2" if step == "stage" else "true")
    running = stub.spawn("run", "--yes", "--json")
    _await(running, stub, "preflight-hooks" if step == "stage" else f"doctor:{BAD}")
    running.send_signal(number)
    out, _ = running.communicate(timeout=PATIENCE)
    found = document(out)
    assert (running.returncode, found["exit_code"]) == (code, code)
    assert found["outcome"] == ("failed-clean" if step == "stage" else "rolled-back")
    assert (stub.installed, stub.listens()) == (OLD, True)


def test_every_code_is_documented_and_tested_here() -> None:
    text = (CHECKOUT / "docs/reference/exit-codes.md").read_text()
    documented = {int(code) for row in re.findall(r"^\| ([\d, ]+) \|", text, re.MULTILINE) for code in row.split(",")}
    assert documented == {int(code) for code in Exit}
    own = Path(__file__).read_text()
    assert all(re.search(rf"test_(\d+_(and_)?)*{code}\b|_{code}_", own) for code in documented)


def _await(running: subprocess.Popen[str], stub: Stub, step: str) -> None:
    until = time.monotonic() + PATIENCE
    while running.poll() is None:
        assert time.monotonic() < until
        for journal in stub.folder.glob("runs/*/journal"):
            said = [json.loads(line.partition(" ")[2]) for line in journal.read_text().splitlines()]
            if any(record["kind"] == "step.began" and record["step"] == step for record in said):
                return
        time.sleep(0.05)
    raise AssertionError("it ended before it came so far")
