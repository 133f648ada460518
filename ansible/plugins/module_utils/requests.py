# Copyright (c) The clawupgrade engineers
# MIT License (see the collection's LICENSE)
"""A change that was asked for under a name: begun at most once, and found again after a lost connection."""

from __future__ import annotations

import json
import os
import re
import subprocess
import time

KEPT = 30
"""So many requests stay on a host; a lost connection is looked after within hours, not months."""

_NAME = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$")


def is_name(text):
    """Whether a text may name a request: it becomes a folder."""
    return bool(_NAME.match(text))


def requests_folder(environ):
    """Where requests lie: beside clawupgrade's own folders, whose names are those of profiles."""
    state = environ.get("XDG_STATE_HOME") or os.path.join(os.path.expanduser("~"), ".local", "state")
    return os.path.join(state, "clawupgrade-ansible")


class Request:
    """One request. Its folder holds what was begun, both outputs, and the events of the run.

    The command gets a session of its own and writes into files: when the connection goes, whatever
    ends this module (SIGHUP of a lost terminal, a broken pipe) does not reach it.
    """

    def __init__(self, folder, name):
        self.folder = os.path.join(folder, name)

    @property
    def exists(self):
        """Whether it was begun, here, at any time."""
        return os.path.exists(self._path("begun.json"))

    def begin(self, argv, environ):
        """Start the command; its output goes to the request's files."""
        _make_room(os.path.dirname(self.folder))
        os.makedirs(self.folder, mode=0o700)
        line = list(argv) + ["--events", self._path("events.jsonl")]
        with open(self._path("out"), "wb", opener=_private) as out, open(self._path("err"), "wb", opener=_private) as err:
            child = subprocess.Popen(
                line, env=environ, stdin=subprocess.DEVNULL, stdout=out, stderr=err, start_new_session=True
            )
        begun = {"pid": child.pid, "started": _started(child.pid), "boot": _boot(), "argv": line}
        scratch = self._path("begun.json.new")
        with open(scratch, "w", encoding="utf-8", opener=_private) as file:
            json.dump(begun, file)
        os.replace(scratch, self._path("begun.json"))
        child.wait()

    def wait(self):
        """Wait until what was begun has ended; at once where it has, or where the host was booted since."""
        with open(self._path("begun.json"), encoding="utf-8") as file:
            begun = json.load(file)
        while begun["boot"] == _boot() and begun["started"] and _started(begun["pid"]) == begun["started"]:
            time.sleep(0.5)

    def document(self):
        """The one JSON document that it printed, or None where it died before."""
        try:
            found = json.loads(self.output("out"))
        except ValueError:
            return None
        return found if isinstance(found, dict) else None

    def run_id(self):
        """The run that it began, by its events; "" where it never came to one."""
        for line in self.output("events.jsonl").splitlines():
            try:
                run = json.loads(line).get("run")
            except ValueError:
                continue
            if run:
                return run
        return ""

    def output(self, name):
        """What one of its files holds, "" for none."""
        try:
            with open(self._path(name), encoding="utf-8", errors="replace") as file:
                return file.read()
        except OSError:
            return ""

    def _path(self, name):
        return os.path.join(self.folder, name)


def _private(path, flags):
    return os.open(path, flags, 0o600)


def _started(pid):
    """When a process began, in the kernel's ticks, which tells reused ids apart; "" for none, or a dead one."""
    try:
        with open("/proc/%d/stat" % pid, encoding="utf-8", errors="replace") as file:
            fields = file.read().rpartition(")")[2].split()
    except OSError:
        return ""
    return "" if fields[0] in ("Z", "X") else fields[19]


def _boot():
    try:
        with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:
            return file.read().strip()
    except OSError:
        return ""


def _make_room(folder):
    """Take the oldest requests away, so that `KEPT` stay."""
    try:
        names = sorted(os.listdir(folder), key=lambda name: os.stat(os.path.join(folder, name)).st_mtime)
    except OSError:
        return
    for name in names[: max(0, len(names) - KEPT + 1)]:
        gone = os.path.join(folder, name)
        for file in os.listdir(gone):
            os.unlink(os.path.join(gone, file))
        os.rmdir(gone)
