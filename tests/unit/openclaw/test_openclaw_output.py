"""Finding the JSON among log lines, and the line that says what failed."""

from __future__ import annotations

import doctest
import json

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from clawupgrade.openclaw import output
from clawupgrade.openclaw.output import is_network_trouble, is_passing_trouble, json_document, last_words

NPM_E404 = """\
npm warn Unknown user config "nodedir". This will stop working in the next major version of npm.
npm error code E404
npm error 404 No match found for version 1.2.3
npm error 404
npm error 404  The requested resource 'openclaw@1.2.3' could not be found
npm error A complete log of this run can be found in: /root/.npm/_logs/x-debug-0.log
"""
NPM_EACCES = """\
npm error code EACCES
npm error syscall mkdir
npm error path /usr/lib/node_modules/openclaw
npm error errno -13
npm error Error: EACCES: permission denied, mkdir '/usr/lib/node_modules/openclaw'
npm error     at async mkdir (node:internal/fs/promises:858:10) {
npm error A complete log of this run can be found in: /root/.npm/_logs/x-debug-0.log
"""


def test_the_examples_in_the_docstrings_hold():
    assert doctest.testmod(output).failed == 0


def test_a_document_between_log_lines():
    text = '[plugins] loading {2}\nwarn\n{\n  "status": "ok",\n  "steps": [1, 2]\n}\n[gateway] bye\n'
    assert json_document(text) == {"status": "ok", "steps": [1, 2]}


def test_the_longest_of_several_counts():
    assert json_document('{"log": 1}\n[{"id": "a"}, {"id": "b"}]\n') == [{"id": "a"}, {"id": "b"}]


def test_a_document_behind_colours():
    assert json_document('\x1b[33mwarn\x1b[0m\n\x1b[1m{"a": 1}\x1b[0m') == {"a": 1}


@pytest.mark.parametrize("text", ["", "no json", "{", '{"half": ', "[gateway] ready\n", "null"])
def test_no_document_is_none(text):
    assert json_document(text) is None


@settings(deadline=None)
@given(st.dictionaries(st.text(), st.integers() | st.text() | st.lists(st.booleans())), st.text(), st.text())
@example({"delete": "\x7f"}, "", "")
def test_what_a_program_prints_on_its_own_lines_is_found_whole(document, before, after):
    text = before.replace("{", "").replace("[", "") + "\n" + json.dumps(document) + "\n"
    text += after.replace("{", "").replace("[", "")
    assert json_document(text) == document


@settings(deadline=None)
@given(st.text())
def test_no_text_makes_it_raise(text):
    json_document(text)
    assert len(last_words(text)) <= 300
    assert is_network_trouble(text) in (True, False)


def test_npm_says_code_and_cause():
    assert last_words(NPM_E404) == "E404: No match found for version 1.2.3"
    assert last_words(NPM_EACCES).startswith("EACCES: Error: EACCES: permission denied, mkdir")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (
            "Invalid config at /h/openclaw.json:\nGateway aborted: config is invalid.\n  at run (x.js:1)\n",
            "Gateway aborted: config is invalid.",
        ),
        ("│  Refusing to restart: this OpenClaw binary is older  │\n└──────┘\n", None),
        ("doing\nall good\n", "all good"),
        ("Error: boom\n    at f (node:internal/x:1)\n\nNode.js v24.19.0\n", "Error: boom"),
        ("", ""),
    ],
)
def test_the_telling_line_is_picked(text, line):
    assert last_words(text) == (line if line is not None else "Refusing to restart: this OpenClaw binary is older")


@pytest.mark.parametrize(
    "text",
    [
        "FetchError: request to http://127.0.0.1:9/openclaw failed, reason: connect ECONNREFUSED 127.0.0.1:9",
        "npm error code ENOTFOUND",
        "npm error network Socket timeout\nnpm error code ERR_SOCKET_TIMEOUT",
        "getaddrinfo EAI_AGAIN registry",
    ],
)
def test_trouble_on_the_way_is_told_from_a_no(text):
    assert is_network_trouble(text)


@pytest.mark.parametrize("text", [NPM_E404, NPM_EACCES, "EBADENGINE Unsupported engine", "ERESOLVE could not"])
def test_a_no_is_no_network_trouble(text):
    assert not is_network_trouble(text)


DOCTOR_UNDER_LOAD = """\
│  - Agent database maintenance deferred: agent database maintenance      │
Doctor stopped because a state migration refused to continue. Resolve the reported migration failure.
Failing check media-persistence (step-refused): Agent database maintenance deferred: agent database maintenance \
lease core:agent-database-maintenance/global was lost | state lease heartbeat did not become ready
Failing check transcript-directives (blocked-by-prior-refusal): Migration step was not run because of another
"""


def test_doctor_says_which_step_refused():
    assert last_words(DOCTOR_UNDER_LOAD).startswith("Failing check media-persistence (step-refused): Agent")


def test_doctor_out_of_time_is_told_from_doctor_that_found_something():
    assert is_passing_trouble(DOCTOR_UNDER_LOAD)
    assert is_passing_trouble("Error: database is locked")
    assert not is_passing_trouble("Invalid config: Unrecognized key")
    assert not is_passing_trouble("Doctor could not enter maintenance: another process owns gateway-lifecycle")
