"""A person's terminal, a real one of the kernel: what the live view leaves behind, also on Ctrl-C and a resize."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest
from stub.place import NEW, OLD, TOKEN, Stub

_HIDE, _SHOW = "\x1b[?25l", "\x1b[?25h"
_CODE = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]")
_COLOUR = re.compile(r"\x1b\[(?:\d+;)*[34]\d(?:;\d+)*m")


@dataclass
class Person:
    """Sits at a terminal in which clawupgrade runs."""

    child: subprocess.Popen[bytes]
    terminal: int
    seen: str = field(default="")

    def read(self, until: str = "", limit: float = 120.0) -> None:
        """Watch until the text has come, or to the end."""
        end = time.monotonic() + limit
        while time.monotonic() < end and not (until and until in self.seen):
            if not select.select([self.terminal], [], [], 0.2)[0]:
                continue
            try:
                chunk = os.read(self.terminal, 65536)
            except OSError:  # the other side has closed: the command is over
                return
            self.seen += chunk.decode(errors="replace")
        assert not until or until in self.seen, self.seen[-2000:]

    def resize(self, columns: int, lines: int) -> None:
        fcntl.ioctl(self.terminal, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    def end(self) -> int:
        self.read()
        return self.child.wait(30)


def sit_down(stub: Stub, *words: str, env: Mapping[str, str] = {}) -> Person:
    """Type a command at a terminal of 80 × 24."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    child = subprocess.Popen(
        [sys.executable, "-m", "clawupgrade", *words],
        env=stub.environment | {"TERM": "xterm-256color", "LANG": "C.UTF-8"} | dict(env),
        cwd=stub.home,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
    )
    os.close(theirs)
    return Person(child, ours)


def test_a_run_is_watched_live_and_ends_with_a_verdict_on_one_screen(stub: Stub) -> None:
    stub.publish(NEW, slow=2)
    person = sit_down(stub, "run")
    person.read("Upgrade? [y/N]")
    page = person.seen.rpartition(_SHOW)[2]
    assert len(page.splitlines()) <= 24
    os.write(person.terminal, b"y\n")
    person.read("gateway away for")
    person.resize(50, 12)
    assert person.end() == 0
    verdict = person.seen.rpartition(_SHOW)[2]
    assert f"✓ {OLD} → {NEW}" in verdict
    assert "away for" in verdict
    assert "clawupgrade rollback" in verdict
    assert len(verdict.splitlines()) <= 24
    assert person.seen.count(_HIDE) == person.seen.count(_SHOW) >= 2
    assert _COLOUR.search(person.seen)
    assert TOKEN not in person.seen
    assert stub.installed == NEW


@pytest.mark.parametrize(("command", "last"), [("plan", "do it"), ("status", "node"), ("diagnose", "root cause")])
def test_a_page_stands_whole_on_one_screen_after_the_view_has_gone(stub: Stub, command: str, last: str) -> None:
    """`diagnose` once printed its page into the view, whose end then wiped the page's last lines: the root cause."""
    person = sit_down(stub, command)
    person.end()
    page = _CODE.sub("", person.seen.rpartition(_SHOW)[2])
    assert last in page
    assert OLD in page
    assert len(page.strip().splitlines()) < 24
    assert all(len(line) <= 80 or "/" in line for line in page.splitlines())  # paths stay whole, to be copied


def test_no_color_is_respected(stub: Stub) -> None:
    person = sit_down(stub, "run", "--yes", env={"NO_COLOR": "1"})
    assert person.end() == 0
    assert _HIDE in person.seen
    assert not _COLOUR.search(person.seen)


def test_ctrl_c_is_answered_at_once_and_the_cursor_comes_back(stub: Stub) -> None:
    stub.publish(NEW, slow=60)
    person = sit_down(stub, "run", "--yes")
    person.read("doctor migrate the state")
    person.read("gateway away for")
    os.write(person.terminal, b"\x03")
    person.read("Stopping:", limit=30)
    assert person.end() == 130
    verdict = person.seen.rpartition(_SHOW)[2]
    assert f"rolled back to {OLD}" in verdict
    assert person.seen.count(_HIDE) == person.seen.count(_SHOW)
    assert stub.installed == OLD


def test_a_pipe_and_a_ci_log_get_lines_without_any_code(stub: Stub) -> None:
    done = stub.call("run", "--yes")
    assert done.returncode == 0
    assert "\x1b" not in done.stdout + done.stderr
    assert "• stage:" in done.stderr
    person = sit_down(stub, "rollback", "--yes", env={"CI": "true"})
    assert person.end() == 0
    assert _HIDE not in person.seen


def test_verbose_shows_each_command_as_it_would_be_typed(stub: Stub) -> None:
    done = stub.call("run", "--yes", "--verbose")
    typed = [line for line in done.stderr.splitlines() if line.startswith("  $ ")]
    assert any("doctor --fix" in line for line in typed)
    assert any(f"openclaw@{NEW}" in line and "install" in line for line in typed)
    assert TOKEN not in done.stderr
