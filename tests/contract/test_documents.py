"""The contract with programs: one document for every command, as its schema says, on failure and signals too."""

from __future__ import annotations

import argparse
import json
import signal
import subprocess
import time
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from documents import document, require_valid
from jsonschema import Draft202012Validator
from stub.place import BOT_TOKEN, NEW, OLD, PATIENCE, TOKEN, Stub

from clawupgrade import schemas
from clawupgrade.cli.parser import parser
from clawupgrade.schemas.build import schemas as built
from clawupgrade.schemas.build import text_of


def test_the_shipped_schemas_are_those_of_the_types() -> None:
    """After a change: python -m clawupgrade.schemas.build. What goes, or changes its meaning, needs a v2."""
    assert {name: text_of(schema) for name, schema in built().items()} == {
        name: schemas.text_of(name) for name in schemas.names()
    }
    for name in schemas.names():
        Draft202012Validator.check_schema(json.loads(schemas.text_of(name)))


COMMANDS = (
    "run --yes",
    "plan",
    "status",
    "history",
    "history --config",
    "show",
    "show --diff",
    "report --to r.html",
    "support-bundle --to b.tar.gz",
    "diagnose",
    "config show",
    "config validate",
    "config diff",
    "config migrate --check",
    "config restore-comments",
    "snapshot create",
    "snapshot list",
    "snapshot verify",
    "snapshot prune",
    "snapshot export --to s.tar",
    "hold --until 3d",
    "unhold",
    "quarantine add 2026.9.9 --cause elsewhere",
    "quarantine list",
    "quarantine clear",
    "recover",
    "fleet report .local/state/clawupgrade/default/last-result.json --html fleet.html",
    "notice list",
    "notice send",
    "notice clear",
    "schema",
    "confirm",
    "tend",
    "tend --until-done",
    "doctor --as-cron",
    "notice test",
    "notice failed",
    "schema result.v1",
    "probe --folder RUN",
    "deadman --folder RUN",
    "snapshot pin RUN",
    "snapshot unpin RUN",
    "self-check",
    "rollback --yes",
    "stage",
    "bundle --out .",
    "init --make own.mk",
    "init --make own.mk --remove",
    "init --units --remove",
    "init --units --yes",
)
NOT_HERE = ("init --units", "config restore-comments", "confirm", "doctor", "notice test", "schema result.v1")
"""They say no on the stub host: it has no systemd, comments, watch, node for cron, nor anybody to tell."""


@pytest.mark.parametrize("host", ["empty", "stub"])
def test_every_command_prints_one_document_that_its_schema_takes(host: str, stub: Stub) -> None:
    if host == "empty":
        stub.close()
        (stub.home / ".npm-global/lib/node_modules/openclaw/package.json").unlink()
    seen = set()
    run = ""
    for words in COMMANDS:
        folder = f"{stub.folder}/runs/{run or 'never'}"
        named = words.replace("--folder RUN", f"--folder {folder}").replace(" RUN", f" {run or 'never'}")
        done = stub.call(*named.split(), "--json")
        if words == "schema result.v1":
            Draft202012Validator.check_schema(json.loads(done.stdout))
            continue
        found = document(done.stdout)
        seen.add(found["schema"])
        assert found.get("exit_code", done.returncode) == done.returncode, words
        run = run or (str(found.get("run_id", "")) if host == "stub" else "")
        if host == "stub" and not words.startswith(NOT_HERE):
            assert done.returncode == 0, (words, done.stderr)
    if host == "stub":
        assert stub.installed == OLD, "the rollback was for real"
        require_valid(json.loads((stub.folder / "last-result.json").read_text()))
        assert {f"clawupgrade.{name}" for name in schemas.names()} - seen == {
            "clawupgrade.event.v1",  # of --events, below
            "clawupgrade.all.v1",  # of several installations, in test_night_told.py
            "clawupgrade.comments.v1",  # this host's config never had any
        }


def every_command(found: argparse.ArgumentParser, before: tuple[str, ...] = ()) -> Iterator[str]:
    """The words of each command, `snapshot pin` and the hidden ones included."""
    inner = [action for action in found._actions if isinstance(action, argparse._SubParsersAction)]
    if not inner:
        yield " ".join(before)
    for action in inner:
        for name, sub in action.choices.items():
            yield from every_command(sub, (*before, name))


def test_no_command_is_forgotten_above() -> None:
    every = set(every_command(parser()))
    assert len(every) > 30
    every.remove("completion")  # prints a script for a shell, and knows no --json
    assert {name for name in every if not any(f"{words} ".startswith(f"{name} ") for words in COMMANDS)} == set()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
@pytest.mark.parametrize("words", ["run --yes", "plan", "status"])
def test_a_command_that_a_signal_ends_still_prints_its_document(number: int, words: str, stub: Stub) -> None:
    """At several moments, from the first on: the later ones meet a run that works, or has ended."""
    stub.publish("2026.9.7", slow=3)
    codes = {2: 130, 1: 143, 15: 143}
    met = set()
    for wait in (0.0, 0.25, 0.6, 1.1):
        running = stub.spawn(*words.split(), "--json")
        _await_hearing(running)
        time.sleep(wait)
        running.send_signal(number)
        out, err = running.communicate(timeout=PATIENCE)
        met.add(running.returncode)
        found = document(out)
        if found["schema"] == "clawupgrade.result.v1":
            assert found["exit_code"] == running.returncode in (0, codes[number]), (wait, found, err)
    assert codes[number] in met


def _await_hearing(running: subprocess.Popen[str]) -> None:
    """Until the command catches SIGTERM: what comes while Python itself still starts, no program can answer."""
    status = Path(f"/proc/{running.pid}/status")
    while running.poll() is None:
        (mask,) = (line.split()[1] for line in status.read_text().splitlines() if line.startswith("SigCgt:"))
        if int(mask, 16) & 1 << (signal.SIGTERM - 1):
            return
        time.sleep(0.005)


def test_events_are_lines_that_their_schema_takes_and_the_run_keeps_them(stub: Stub) -> None:
    path = stub.root / "events"
    done = stub.call("run", "--yes", "--json", "--events", str(path))
    run_id = document(done.stdout)["run_id"]
    events = [json.loads(line) for line in path.read_text().splitlines()]
    for event in events:
        require_valid(event)
    begun = [event["step"] for event in events if event["kind"] == "step.began"]
    assert begun == [event["step"] for event in events if event["kind"] == "step.done"] != []
    assert events[-1]["kind"] == "result"
    assert events[-1]["data"]["outcome"] == "upgraded"
    log = stub.folder / "runs" / run_id / "events.jsonl"
    assert log.stat().st_mode & 0o777 == 0o600
    kept = [json.loads(line)["step"] for line in log.read_text().splitlines() if '"step.began"' in line]
    assert kept == begun


def test_events_to_a_pipe_that_nobody_reads_hold_nothing_up(stub: Stub, tmp_path: Path) -> None:
    import os

    os.mkfifo(tmp_path / "pipe")
    assert stub.call("plan", "--events", str(tmp_path / "pipe")).returncode == 64
    assert stub.call("plan", "--json", "--events", "-").returncode == 64


def test_the_result_lies_at_its_place_also_when_a_run_is_refused(stub: Stub) -> None:
    place = stub.folder / "last-result.json"
    assert stub.call("run", "--to", "2026.1.1", "--yes").returncode == 6
    refused = json.loads(place.read_text())
    require_valid(refused)
    assert (refused["outcome"], refused["exit_code"], refused["changed"]) == ("refused", 6, False)
    assert place.stat().st_mode & 0o777 == 0o600
    assert stub.call("run", "--yes").returncode == 0
    assert json.loads(place.read_text())["outcome"] == "upgraded"


def test_quiet_when_nothing_changed_and_no_question_without_a_terminal(stub: Stub) -> None:
    assert stub.call("run", "--quiet").returncode == 0
    again = stub.call("run", "--quiet")
    assert (again.returncode, again.stdout, again.stderr) == (0, "", "")


def test_metrics_are_there_for_prometheus(stub: Stub) -> None:
    file = stub.root / "clawupgrade.prom"
    stub.configure(f'[metrics]\ntextfile = "{file}"\n')
    stub.call("run", "--yes")
    lines = file.read_text().splitlines()
    assert "clawupgrade_last_run_exit_code 0" in lines
    assert f'clawupgrade_last_run_info{{outcome="upgraded",from="{OLD}",to="{NEW}"}} 1' in lines
    assert file.stat().st_mode & 0o777 == 0o644
    names = {line.split()[2] for line in lines if line.startswith("# TYPE")}
    assert {line.split()[0].split("{")[0] for line in lines if not line.startswith("#")} == names


class Links(HTMLParser):
    """Finds whatever a page would fetch."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("script", "link", "img", "iframe") or any(name in ("src", "href") for name, _ in attrs):
            self.found.append(tag)


def test_a_report_is_one_file_that_fetches_nothing(stub: Stub) -> None:
    stub.publish("2026.9.7", doctor="fails")
    assert stub.call("run", "--yes").returncode == 3
    stub.call("report", "--to", "r.html")
    text = (stub.home / "r.html").read_text()
    links = Links()
    links.feed(text)
    assert links.found == []
    for part in (
        "prefers-color-scheme: dark",
        "startup migrations did not complete",
        "quiesce",
        "Timeline",
        "Evidence",
    ):
        assert part in text


NOTES_CHILDREN = """
import os, sys
def note(event, args):
    if event in ("subprocess.Popen", "os.exec", "os.posix_spawn"):
        with open(os.environ["CLAWUPGRADE_LAB_CHILDREN"], "a") as file:
            file.write(f"{event} {args[1]!r}\\n")
sys.addaudithook(note)
"""


def noting(stub: Stub) -> dict[str, str]:
    """An environment in which each command line that clawupgrade starts is noted, none left out; and node's own."""
    folder = stub.root / "noting"
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(NOTES_CHILDREN)
    node = stub.root / "node/bin/node"
    node.write_text(node.read_text().replace("#!/bin/sh\n", f'#!/bin/sh\necho "node $*" >> {stub.root}/children\n'))
    path = f"{folder}:{stub.environment['PYTHONPATH']}"
    return {"PYTHONPATH": path, "CLAWUPGRADE_LAB_CHILDREN": str(stub.root / "children")}


def test_a_planted_secret_is_nowhere(stub: Stub) -> None:
    """Neither the gateway's token nor a bot's, though doctor and a hook print both; nor in what `ps` would show."""
    stub.hook("preflight.d", f"echo 'my token={TOKEN} and {BOT_TOKEN}'; echo '{BOT_TOKEN}' >&2")
    stub.publish("2026.9.7", doctor="leaks")
    words = ("run", "--yes", "--json", "--verbose", "--events", str(stub.root / "events"))
    done = stub.call(*words, env=noting(stub))
    assert done.returncode == 3, done.stderr
    children = (stub.root / "children").read_text()
    assert "subprocess.Popen" in children
    assert "preflight.d/10" in children
    assert "doctor" in children
    assert len(children.splitlines()) > 20
    stub.call("report", "--to", "r.html")
    stub.call("support-bundle", "--to", "b.tar.gz")
    import tarfile

    with tarfile.open(stub.home / "b.tar.gz") as tar:
        tar.extractall(stub.root / "bundle", filter="data")
    looked = [*stub.folder.glob("*.json*"), *stub.folder.glob("runs/**/*"), stub.root / "events"]
    looked += [*(stub.root / "bundle").rglob("*"), stub.home / "r.html"]
    texts = {str(path): path.read_text("utf-8", "replace") for path in looked if path.is_file()}
    texts |= {"stdout": done.stdout, "stderr": done.stderr, "children": children}
    assert len(texts) > 12
    leaks = [name for name, text in texts.items() if TOKEN in text or BOT_TOKEN in text]
    assert leaks == []
    assert "***" in done.stdout, "it was there to be leaked"
