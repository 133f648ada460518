# Copyright (c) The clawupgrade engineers
# MIT License (see the collection's LICENSE)
"""Calls the clawupgrade command on the host, and translates its JSON contract into a module's result."""

from __future__ import annotations

import json
import os
import time

from ansible_collections.clawupgrade.openclaw.plugins.module_utils.requests import Request, is_name, requests_folder

WHERE = {
    "executable": {"type": "str", "default": "clawupgrade"},
    "profile": {"type": "str"},
    "config": {"type": "path"},
}
"""Arguments of every module."""

REQUEST = {
    "request_id": {"type": "str"},
    "lock_timeout": {"type": "int", "default": 0},
}
"""Arguments of the modules that begin a run."""

NEEDS_PERSON = 5
PENDING = 2


class Clawupgrade:
    """The command on this host. Every call is given --json and prints one document."""

    def __init__(self, module):
        self.module = module
        self.params = module.params
        # Where pipx, uv and this collection's role put it; a task over ssh has a bare PATH.
        usual = [os.path.expanduser("~/.local/bin"), os.path.expanduser("~/.local/share/clawupgrade/bin"), "/opt/clawupgrade/bin"]
        self.program = module.get_bin_path(self.params["executable"], required=True, opt_dirs=usual)
        self.environ = dict(os.environ)
        if self.params.get("config"):
            self.environ["CLAWUPGRADE_CONFIG"] = self.params["config"]

    def ask(self, *words):
        """Run a command that changes nothing; (exit code, document). Fails the module where none is printed."""
        rc, out, err = self.module.run_command(self._argv(words), environ_update=self.environ)
        document = _document(out)
        if document is None:
            self.module.fail_json(msg="clawupgrade %s printed no document (exit %s)" % (words[0], rc), rc=rc, stderr=err[-4000:])
        return rc, document

    def act(self, words, request_id, lock_timeout):
        """Run a command that changes something, at most once for a request; what the module returns of it.

        A request that was begun already, by a task whose connection was lost, is waited for instead.
        """
        if request_id and not is_name(request_id):
            self.module.fail_json(msg="request_id: letters, digits, dots, dashes and underscores, at most 100, not %r" % request_id)
        name = request_id or "task-%d-%d" % (time.time() * 1000, os.getpid())
        request = Request(requests_folder(self.environ), name)
        attached = request.exists
        if attached:
            request.wait()
        else:
            request.begin(self._argv(list(words) + ["--lock-timeout", str(lock_timeout)]), self.environ)
        document, recovered = request.document(), False
        if document is None:
            document, recovered = self._after_death(request), True
        found = result_of(document)
        found.update(attached=attached, recovered=recovered)
        if request_id:
            found["request_id"] = request_id
        if found["rc"] not in (0, NEEDS_PERSON):
            found["stderr"] = request.output("err")[-4000:]
        return found

    def _after_death(self, request):
        """What became of a run whose driver died (killed, or the host lost power): asked of its journal.

        The host's own watcher, or its units at boot, recover it; whoever comes first does, the other finds nothing.
        """
        rc, recovered = self.ask("recover", "--lock-timeout", "1800")
        run = request.run_id()
        if not run:
            if rc == 0:
                recovered = dict(recovered, outcome="failed-clean", exit_code=1, changed=False)
                recovered["message"] = "clawupgrade ended before a run began: %s" % request.output("err").strip()[-500:]
            return recovered
        rc, shown = self.ask("show", run)
        reports = shown.get("runs") or [shown]
        return reports[0]

    def quarantine(self, version):
        """The entry of a version that failed on this host and stands, or None."""
        rc, document = self.ask("quarantine", "list")
        entries = [each for each in document.get("entries") or () if each["version"] == version and each["stands"]]
        return entries[0] if entries else None

    def changes(self, run_id):
        """What a run did to the config, secrets masked; empty where it is not known."""
        rc, document = self.ask("config", "diff", run_id)
        return document.get("changes") or []

    def _argv(self, words):
        line = [self.program] + list(words)
        if self.params.get("profile"):
            line += ["--profile", self.params["profile"]]
        return line + ["--json"]


def result_of(document):
    """A result document as a module's result: `rc`, `msg`, `downtime` and the rest under clawupgrade's own names."""
    found = {name: document.get(name) for name in ("outcome", "run_id", "from_version", "to_version", "reason", "hint")}
    found["rc"] = document.get("exit_code")
    found["changed"] = bool(document.get("changed"))
    found["msg"] = document.get("message") or ""
    found["downtime"] = document.get("away")
    found["seconds"] = document.get("seconds")
    found["notes"] = list(document.get("notes") or ())
    steps = document.get("steps") or ()
    found["steps"] = [{name: each.get(name) for name in ("name", "state", "seconds", "error")} for each in steps]
    return found


def diff_of(before, after, changes):
    """What `--diff` shows: the versions, then one line for each change of the config."""
    lines = [] if before == after else ["openclaw %s -> %s" % (before, after)]
    lines += [_line(each) for each in changes]
    return {"prepared": "".join(line + "\n" for line in lines)}


def _line(change):
    path = change["path"]
    if change.get("from"):
        path = "%s -> %s" % (change["from"], path)
    return "%s %s: %s -> %s (%s%s)" % (
        change["kind"],
        path,
        change["before"],
        change["after"],
        change["judgement"],
        ": " + change["reason"] if change.get("reason") else "",
    )


def _document(text):
    try:
        found = json.loads(text)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None
