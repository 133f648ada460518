"""The command itself, on a machine without OpenClaw: exit codes, one JSON document, one clear line."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from stub.place import PATIENCE

from clawupgrade import __version__

HOLD = """
import sys, time
from pathlib import Path
from clawupgrade.host.children import Children
from clawupgrade.host.lock import hold
folder = Path(sys.argv[1])
with hold(folder, "run", children=Children(folder / "children")):
    print("held", flush=True)
    time.sleep(60)
"""


def call(home: Path, *words: str, before: Sequence[str] = ("-m", "clawupgrade")) -> subprocess.CompletedProcess[str]:
    """clawupgrade in an empty home, as cron would call it; `before` is how Python is to find it."""
    env = {"HOME": str(home), "PATH": "/usr/bin:/bin", "CLAWUPGRADE_HOME": str(home / "state")}
    line = [sys.executable, *before, *words]
    return subprocess.run(line, env=env, cwd=home, capture_output=True, text=True, check=False, timeout=PATIENCE)


def test_version_is_one_line(tmp_path: Path) -> None:
    assert call(tmp_path, "--version").stdout == f"clawupgrade {__version__}\n"


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["upgrade-everything"], 64),
        (["run", "--tea"], 64),
        (["run", "--engine", "steam"], 64),
        ([], 64),
        (["recover", "--retry", "never-was"], 64),
        (["show"], 64),
        (["show", "../../etc"], 64),
        (["run", "--yes"], 6),
        (["plan"], 6),
        (["status"], 6),
        (["rollback"], 6),
        (["run", "--profile", "no/such"], 6),
        (["run", "--loss", "cron=never"], 64),
        (["run", "--accept-loss", "everything"], 64),
        (["config"], 64),
        (["config", "diff"], 64),
        (["config", "diff", "never-was"], 64),
        (["config", "validate"], 6),
        (["config", "migrate", "--check"], 6),
        (["config", "restore-comments"], 6),
        (["hold", "--until", "yesterday"], 64),
        (["quarantine", "clear", "2026.9.6"], 64),
        (["run", "--config", "/nowhere/c.toml"], 78),
        (["run", "--set", "when.windows=25:00-26:00"], 78),
        (["run", "--set", "colour=red"], 64),
        (["plan", "--installation", "none"], 64),
        (["snapshot"], 64),
        (["snapshot", "create"], 6),
        (["snapshot", "verify"], 6),
        (["snapshot", "verify", "../../etc"], 64),
        (["snapshot", "pin", "never-was"], 64),
        (["snapshot", "prune", "--max-size", "much"], 64),
        (["snapshot", "export", "--to", "/nowhere/x"], 6),
    ],
)
def test_bad_input_has_its_code_one_line_and_a_way_on(tmp_path: Path, words: list[str], code: int) -> None:
    done = call(tmp_path, *words)
    assert (done.returncode, done.stdout) == (code, "")
    first, *rest = done.stderr.splitlines()
    assert first.startswith("clawupgrade: ")
    assert len(rest) <= 1
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("words", [["run", "--yes", "--json"], ["status", "--json"], ["run", "--tea", "--json"]])
def test_an_error_is_one_document_too(tmp_path: Path, words: list[str]) -> None:
    done = call(tmp_path, *words)
    document = json.loads(done.stdout)
    assert document["schema"] == "clawupgrade.result.v1"
    assert document["exit_code"] == done.returncode != 0
    assert document["changed"] is False
    assert document["message"]


def test_nothing_to_recover_and_no_history_are_no_errors(tmp_path: Path) -> None:
    assert call(tmp_path, "recover").returncode == 0
    assert json.loads(call(tmp_path, "recover", "--json").stdout)["outcome"] == "nothing-to-do"
    assert json.loads(call(tmp_path, "history", "--json").stdout)["runs"] == []
    assert json.loads(call(tmp_path, "snapshot", "list", "--json").stdout)["snapshots"] == []
    pruned = json.loads(call(tmp_path, "snapshot", "prune", "--json").stdout)
    assert (pruned["exit_code"], pruned["changed"], pruned["verdicts"]) == (0, False, [])


def test_a_hold_and_the_settings_are_kept_and_shown(tmp_path: Path) -> None:
    held = json.loads(call(tmp_path, "hold", "--until", "3d", "--reason", "demo day", "--json").stdout)["hold"]
    assert held["reason"] == "demo day"
    assert (tmp_path / "state/default/hold.json").stat().st_mode & 0o777 == 0o600
    assert json.loads(call(tmp_path, "unhold", "--json").stdout)["hold"] is None
    assert json.loads(call(tmp_path, "quarantine", "list", "--json").stdout)["entries"] == []
    file = tmp_path / ".config/clawupgrade/clawupgrade.toml"
    file.parent.mkdir(parents=True)
    file.write_text('minimum-age = "3d"\n')
    shown = json.loads(call(tmp_path, "config", "show", "--set", "channel=beta", "--json").stdout)["settings"]
    assert shown["minimum-age"] == {"value": "3d", "origin": f"{file}:1"}
    assert shown["channel"] == {"value": "beta", "origin": "flag --set"}
    assert shown["pin"]["origin"] == "default"


def test_a_mistake_in_the_settings_forbids_a_run_but_no_way_back(tmp_path: Path) -> None:
    file = tmp_path / ".config/clawupgrade/clawupgrade.toml"
    file.parent.mkdir(parents=True)
    file.write_text('\nchanel = "beta"\n')
    done = call(tmp_path, "run", "--yes")
    assert done.returncode == 78
    assert f"{file}:2: “chanel” is no setting" in done.stderr
    assert "did you mean channel?" in done.stderr
    assert call(tmp_path, "recover").returncode == 0


IMPATIENT = """
import os, signal, sys
from clawupgrade.cli import main
from clawupgrade.render import results
told = results.show_error
def interrupted(error, *, as_json):
    os.kill(os.getpid(), signal.SIGTERM)
    return told(error, as_json=as_json)
results.show_error = interrupted
sys.exit(main(["run", "--tea", "--json"] if sys.argv[1] == "early" else ["status", "--json"]))
"""


@pytest.mark.parametrize("when", ["early", "late"])
def test_signals_that_come_while_the_end_is_told_leave_one_document(tmp_path: Path, when: str) -> None:
    """The first one while an error is told; one more while that first one is."""
    env = {"HOME": str(tmp_path), "PATH": "/usr/bin:/bin", "CLAWUPGRADE_HOME": str(tmp_path / "state")}
    line = [sys.executable, "-c", IMPATIENT, when]
    done = subprocess.run(line, env=env, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=PATIENCE)
    assert done.stdout.count("\n") == 1, done
    found = json.loads(done.stdout)
    assert found["exit_code"] == done.returncode
    assert "Traceback" not in done.stderr
    if when == "late":
        assert (done.returncode, found["outcome"]) == (143, "stopped")


@pytest.fixture
def held(tmp_path: Path) -> Iterator[int]:
    """Somebody else's run: its PID."""
    child = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path / "state/default")], stdout=subprocess.PIPE, text=True
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "held\n"
    yield child.pid
    child.kill()
    child.wait()


COUNT = """
import atexit, os, runpy, sys
tries = 0
def see(event, args):
    global tries
    if event == "fcntl.flock" and os.readlink(f"/proc/self/fd/{args[0]}").endswith("/state/default/lock"):
        tries += 1
sys.addaudithook(see)
atexit.register(lambda: print(f"asked {tries} times", file=sys.stderr))
runpy.run_module("clawupgrade", run_name="__main__", alter_sys=True)
"""


def _asked(home: Path, *words: str) -> tuple[subprocess.CompletedProcess[str], int]:
    """What the command said, and how often it asked the kernel for the lock. No clock has a say in it."""
    done = call(home, *words, before=["-c", COUNT])
    return done, int(done.stderr.rpartition("asked ")[2].split()[0])


@pytest.mark.parametrize("command", ["run", "rollback", "recover", "snapshot create"])
def test_a_second_run_is_busy_at_once_and_says_with_whom(tmp_path: Path, held: int, command: str) -> None:
    """It asks once and does not wait: seen to fail with a lock timeout of 0.2 s as the default.

    Its time against that of `--version` said the same on an idle machine, and nothing on a busy one.
    """
    done, asked = _asked(tmp_path, *command.split())
    assert done.returncode == 75
    assert str(held) in done.stderr
    assert asked == 1, "it waited, though nobody asked it to"


def test_a_second_run_waits_when_it_is_told_to(tmp_path: Path, held: int) -> None:
    done, asked = _asked(tmp_path, "recover", "--lock-timeout", "1")
    assert done.returncode == 75
    assert str(held) in done.stderr
    assert asked > 1
