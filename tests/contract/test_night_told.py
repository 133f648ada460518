"""The night on a stub host: who is told what, how often, by which way; and the watch after an upgrade."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from documents import document
from stub.place import BOT_TOKEN, NEW, OLD, TOKEN, Stub
from stub.ports import held_port

BAD, GOOD = "2026.9.7", "2026.9.8"


class Heard:
    """A web server that notes what it is sent, and takes it only while `well`."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, str]] = []
        self.well = True

    @property
    def posts(self) -> list[str]:
        return [body for path, body in self.requests if path == "/hook"]

    @property
    def pings(self) -> list[str]:
        return [path for path, _ in self.requests if path.startswith("/ping")]


@contextmanager
def listening() -> Iterator[tuple[Heard, int]]:
    heard = Heard()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer()

        def do_POST(self) -> None:
            self._answer()

        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            if heard.well:
                heard.requests.append((self.path, body))
            self.send_response(200 if heard.well else 503)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield heard, server.server_address[1]
    server.shutdown()
    server.server_close()


@pytest.fixture
def web() -> Iterator[tuple[Heard, int]]:
    with listening() as opened:
        yield opened


@pytest.fixture
def mail() -> Iterator[int]:
    """A port for a mail server."""
    with held_port() as port:
        yield port


def wants(stub: Stub, port: int, more: str = "") -> None:
    stub.configure(
        f'[notice]\nurls = ["json://127.0.0.1:{port}/hook"]\nping = "http://127.0.0.1:{port}/ping/secret-uuid"\n{more}'
    )


def test_a_bad_release_is_told_once_by_mail_and_webhook_and_the_newer_one_is_taken(
    stub: Stub, web: tuple[Heard, int], mail: int
) -> None:
    heard, port = web
    mails: list[str] = []

    class Inbox:
        async def handle_DATA(self, server: object, session: object, envelope: object) -> str:
            mails.append(envelope.content.decode("utf-8", "replace"))  # type: ignore[attr-defined]
            return "250 OK"

    smtp = Controller(Inbox(), hostname="127.0.0.1", port=mail)
    smtp.start()
    try:
        urls = f'"json://127.0.0.1:{port}/hook", "mailto://127.0.0.1:{mail}?from=a@example.org&to=b@example.org"'
        stub.configure(f'[notice]\nurls = [{urls}]\n[soak]\nfor = "0"\n')
        stub.publish(BAD, serving="crashes")
        codes = [stub.call("run", "--yes", "--quiet").returncode for _ in range(3)]
        assert codes == [3, 0, 0]
        assert (stub.installed, len(heard.posts), len(mails)) == (OLD, 1, 1)
        told = json.loads(heard.posts[0])
        assert "rolled back" in told["title"]
        assert "Next: clawupgrade report" in told["message"]
        assert TOKEN not in heard.posts[0] + mails[0]
        stub.publish(GOOD)
        assert stub.call("run", "--yes", "--quiet").returncode == 0
        assert (stub.installed, len(heard.posts), len(mails)) == (GOOD, 2, 2)
        assert "upgraded" in json.loads(heard.posts[1])["title"]
    finally:
        smtp.stop()


def test_what_cannot_be_sent_is_sent_once_later_though_it_comes_every_night(stub: Stub, web: tuple[Heard, int]) -> None:
    heard, port = web
    wants(stub, port)
    heard.well = False
    (stub.root / "offline").touch()
    assert [stub.call("run", "--yes").returncode for _ in range(3)] == [75, 75, 75]
    assert heard.posts == []
    waiting = document(stub.call("notice", "list", "--json").stdout)["waiting"]
    assert len(waiting) == 1
    heard.well = True
    make_due(stub)
    for _ in range(3):
        assert stub.call("tend").returncode == 0
    assert len(heard.posts) == 1
    assert document(stub.call("notice", "list", "--json").stdout)["waiting"] == []


def make_due(stub: Stub) -> None:
    """Let the time until the next try have passed."""
    path = stub.folder / "outbox.json"
    found = json.loads(path.read_text())
    for each in found["waiting"]:
        each["next_at"] = each["created"]
    path.write_text(json.dumps(found))


def test_the_ping_tells_well_from_bad_and_is_left_out_when_put_off(stub: Stub, web: tuple[Heard, int]) -> None:
    heard, port = web
    wants(stub, port)
    assert stub.call("run", "--to", "2026.1.1", "--yes").returncode == 6
    (stub.root / "offline").touch()
    assert stub.call("run", "--yes").returncode == 75
    (stub.root / "offline").unlink()
    assert stub.call("run", "--yes").returncode == 0
    assert heard.pings == ["/ping/secret-uuid/fail", "/ping/secret-uuid"]


@pytest.mark.parametrize(("when", "told"), [("failure", 0), ("change", 1), ("always", 2)])
def test_who_is_told_what(when: str, told: int, stub: Stub, web: tuple[Heard, int]) -> None:
    heard, port = web
    wants(stub, port, f'when = "{when}"\n')
    assert stub.call("run", "--yes").returncode == 0
    assert stub.call("run", "--yes").returncode == 0
    assert len(heard.posts) == told


def test_a_command_gets_the_notice_and_no_secret_is_shown_or_told(stub: Stub, tmp_path: Path) -> None:
    script = stub.root / "tell"
    script.write_text(
        f"#!/bin/sh\nenv | grep CLAWUPGRADE_RUN_NOTICE >> {stub.root}/told\necho x >> {stub.root}/times\n"
    )
    script.chmod(0o755)
    stub.configure(f'[notice]\ncommand = ["{script}"]\nping = "http://127.0.0.1:1/very-secret"\n')
    stub.publish(BAD, doctor="leaks")
    done = stub.call("run", "--yes")
    assert done.returncode == 3
    text = (stub.root / "told").read_text()
    assert "CLAWUPGRADE_RUN_NOTICE_LEVEL=failure" in text
    assert (stub.root / "times").read_text() == "x\n"
    shown = stub.call("config", "show", "--origin").stdout
    for said in (text, done.stderr, shown, (stub.folder / "outbox.json").read_text()):
        assert TOKEN not in said
        assert BOT_TOKEN not in said
        assert "very-secret" not in said


def soaked(stub: Stub, *words: str) -> None:
    """An upgrade whose watch has begun; no timer of this machine looks after it."""
    assert stub.call("run", "--yes", "--soak", "1h", *words).returncode == 0
    assert stub.installed == NEW


def test_a_well_gateway_stays_and_confirm_ends_the_watch(stub: Stub) -> None:
    soaked(stub)
    assert stub.call("tend").returncode == 0
    assert json.loads((stub.folder / "soak.json").read_text())["seen"] == 0
    assert stub.call("confirm").returncode == 0
    assert stub.call("confirm").returncode == 64
    assert stub.installed == NEW


def test_a_1008_that_comes_later_takes_the_upgrade_back(stub: Stub, web: tuple[Heard, int]) -> None:
    heard, port = web
    wants(stub, port)
    soaked(stub)
    (stub.root / "serving").write_text("mismatch")
    restart(stub)
    assert stub.call("tend").returncode == 0
    (stub.root / "serving").write_text("well")
    found = stub.call("tend")
    assert found.returncode == 3, found.stderr
    assert (stub.installed, stub.listens()) == (OLD, True)
    assert "rolled back" in json.loads(heard.posts[-1])["title"]
    assert "refuses the credentials" in json.loads(heard.posts[-1])["message"]
    again = document(stub.call("run", "--yes", "--json").stdout)
    assert (again["outcome"], again["reason"]) == ("skipped", "quarantined")
    assert not json.loads((stub.folder / "soak.json").read_text())


def restart(stub: Stub) -> None:
    """Whoever runs the gateway restarts it."""
    import psutil

    for process in psutil.process_iter():
        try:
            if "gateway" in process.cmdline() and process.environ().get("HOME") == str(stub.home):
                process.kill()
                process.wait(10)
        except psutil.Error:
            continue
    while stub.listens():
        time.sleep(0.05)
    stub.start_gateway()


def test_silence_takes_it_back_where_that_was_asked_for_and_no_run_comes_in_between(stub: Stub) -> None:
    soaked(stub, "--soak", "0", "--confirm-by", "1h")
    stub.publish(GOOD)
    skipped = document(stub.call("run", "--yes", "--json").stdout)
    assert (skipped["outcome"], skipped["reason"]) == ("skipped", "unconfirmed")
    path = stub.folder / "soak.json"
    found = json.loads(path.read_text())
    path.write_text(json.dumps(found | {"confirm_by": found["began"]}))
    assert stub.call("tend").returncode == 3
    assert (stub.installed, stub.listens()) == (OLD, True)
    assert stub.call("tend").returncode == 0


def test_as_cron_says_whether_a_job_would_work_and_touches_nothing(stub: Stub) -> None:
    """cron's PATH has no Node here: refused until the settings name one."""
    refused = stub.call("doctor", "--as-cron", "--json")
    found = document(refused.stdout)
    assert (refused.returncode, found["works"]) == (6, False)
    assert found["message"]
    stub.configure(f'node = "{stub.root}/node/bin/node"\n')
    works = document(stub.call("doctor", "--as-cron", "--json").stdout)
    assert (works["exit_code"], works["works"]) == (0, True)
    assert (stub.installed, stub.listens()) == (OLD, True)
    assert stub.call("doctor").returncode == 64


def test_all_goes_through_every_installation_and_ends_with_the_gravest_code(stub: Stub) -> None:
    assert stub.call("run", "--all", "--yes").returncode == 64
    assert stub.call("run", "--all", "--events", "-").returncode == 64
    state = stub.home / ".openclaw"
    stub.configure(f'[installations.here]\nstate-dir = "{state}"\n[installations.nowhere]\nprofile = "nowhere"\n')
    (stub.home / "hold").mkdir()
    done = stub.call("run", "--all", "--json", "--confirm-by", "2h")
    found = document(done.stdout)
    assert list(found["results"]) == ["here", "nowhere"]
    codes = [each["exit_code"] for each in found["results"].values()]
    assert found["results"]["here"]["outcome"] == "upgraded"
    assert done.returncode == found["exit_code"] == max(codes)
    assert stub.installed == NEW
    (soak,) = stub.folder.parent.glob("default-*/soak.json")
    assert json.loads(soak.read_text())["confirm_by"], "what was asked for holds for each of them"


def test_a_night_that_was_killed_is_told_and_one_that_told_by_itself_is_not_told_twice(
    stub: Stub, web: tuple[Heard, int]
) -> None:
    heard, port = web
    wants(stub, port)
    assert stub.call("notice", "failed", "--quiet").returncode == 0
    assert "without a result" in json.loads(heard.posts[0])["message"]
    assert stub.call("run", "--to", "2026.1.1", "--yes").returncode == 6
    assert stub.call("notice", "failed", "--quiet").returncode == 0
    assert len(heard.posts) == 2


@pytest.mark.parametrize("mistake", ["colour = 1\n", 'pin = "2026.9\n', '[when]\nwindows = ["25:00-26:00"]\n'])
def test_settings_that_cannot_be_used_are_told_of_once(mistake: str, stub: Stub, web: tuple[Heard, int]) -> None:
    heard, port = web
    wants(stub, port)
    file = stub.home / ".config/clawupgrade/clawupgrade.toml"
    file.write_text(mistake + file.read_text())
    for _ in range(3):
        done = stub.call("run", "--yes", "--json")
        assert (done.returncode, document(done.stdout)["outcome"]) == (78, "bad-configuration")
        assert stub.call("notice", "failed", "--quiet").returncode == 0
    assert len(heard.posts) == 1
    assert str(file) in json.loads(heard.posts[0])["message"]
    assert heard.pings == ["/ping/secret-uuid/fail"] * 3
    last = json.loads((stub.folder / "last-result.json").read_text())
    assert (last["outcome"], last["exit_code"], last["changed"]) == ("bad-configuration", 78, False)
    assert (stub.installed, stub.listens()) == (OLD, True)
