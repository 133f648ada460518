"""The target's own objections, read from what real releases print."""

from __future__ import annotations

from clawupgrade.openclaw.document import Document, steps
from clawupgrade.openclaw.validation import explain, issues, unknown_paths

# As 2026.9.6 prints it, shortened; the path of a root objection is "" or "<root>", depending on the release.
PRINTED = """[config] warnings: something {
"""
VERDICT = """{
  "ok": false, "valid": false, "path": "/home/claw/.openclaw/openclaw.json",
  "issues": [
    {"path": "gateway", "message": "Unrecognized key: \\"token\\""},
    {"path": "<root>", "message": "Unrecognized keys: \\"agent\\", \\"identity\\""},
    {"path": "bindings.0.match", "message": "Unrecognized key: \\"accountID\\""},
    {"path": "channels.telegram", "message": "must NOT have additional properties: \\"requireMention\\""},
    {"path": "tools.web.search.apiKey", "message": "legacy web_search provider config must use plugins.entries"}
  ]
}"""


def test_unknown_keys_become_full_paths() -> None:
    found = issues("some log line\n" + VERDICT + "\ntrailing")
    assert found is not None
    assert unknown_paths(found) == {
        steps(path)
        for path in (
            "gateway.token",
            "agent",
            "identity",
            "bindings[0].match.accountID",
            "channels.telegram.requireMention",
        )
    }
    assert len(found) == 5


def test_a_valid_config_has_no_objections_and_anything_else_no_verdict() -> None:
    assert issues('{"valid": true, "path": "x"}') == ()
    for output in ("", "error: unknown command", "{broken", '{"ok": false}', "[]", PRINTED):
        assert issues(output) is None


def test_each_objection_has_its_line_and_a_cure() -> None:
    document = Document.parse("{\n  gateway: { mode: 'local', token: 'x' },\n  agent: {},\n}", source="openclaw.json")
    found = issues(VERDICT)
    assert found is not None
    lines = explain(document, found, doctor_mends=False)
    assert (
        lines[0]
        == "openclaw.json:2:36: gateway.token: not known to this release; take it out, or find its new name in the docs"
    )
    assert lines[1].startswith("openclaw.json:3:10: agent: ")
    assert lines[5].endswith("legacy web_search provider config must use plugins.entries")
    assert all("doctor" in line for line in explain(document, found)[:5])
