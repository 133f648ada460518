"""Writes the schemas from the types that are printed; a test holds the shipped files against it.

`python -m clawupgrade.schemas.build` after a change. A field that goes, or changes its meaning, needs a v2.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from clawupgrade.app.fleet import Member
from clawupgrade.app.snapshots import Checked
from clawupgrade.diagnose.diagnosis import Diagnosis
from clawupgrade.held import SnapshotInfo, Verdict
from clawupgrade.migrations.findings import Finding
from clawupgrade.model import Install, Plan, Report
from clawupgrade.openclaw.bundle import Manifest
from clawupgrade.policy.decide import Skip, Wait
from clawupgrade.policy.hold import Hold
from clawupgrade.policy.notices import Notice
from clawupgrade.policy.quarantine import Quarantined

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_TYPES = (
    *(Checked, Diagnosis, Finding, Hold, Install, Manifest, Member, Notice, Plan),
    *(Quarantined, Report, Skip, SnapshotInfo, Verdict, Wait),
)

_TEXT = {"type": "string"}
_TEXTS = {"type": "array", "items": _TEXT}
_FLAG = {"type": "boolean"}
_NUMBER = {"type": "number"}
_COUNT = {"type": "integer"}
_ANY = {"type": "object"}
_CODE = {"enum": [0, 1, 2, 3, 4, 5, 6, 64, 75, 78, 130, 143]}
_CHANGE = {
    "type": "object",
    "required": ["kind", "path", "before", "after", "judgement", "reason"],
    "properties": dict.fromkeys(("kind", "path", "from", "before", "after", "judgement", "reason"), _TEXT),
}
_CHANGES = {"type": "array", "items": _CHANGE}
_ENDED = {"exit_code": _CODE, "changed": _FLAG}


def schemas() -> dict[str, dict[str, Any]]:
    """Name → schema."""
    _, known = msgspec.json.schema_components(_TYPES, ref_template="#/$defs/{name}")
    reports = _many("Report")
    report = known["Report"]["properties"] | {"exit_code": _CODE}
    found = {
        "result": _document(report | {"at": _TEXT}, required=("outcome", "exit_code", "changed", "message", "hint")),
        "plan": _document(
            {"changed": _FLAG, "plan": _maybe("Plan"), "steps": _TEXTS, "turn": _maybe("Skip", "Wait")},
        ),
        "status": _document({"install": _ref("Install"), "last_run": _maybe("Report")}),
        "runs": _document({"runs": reports}),
        "diff": _document({"of": _TEXT, "run_id": _TEXT, "changes": _CHANGES}, required=("changes",)),
        "migrated": _document(
            {
                "version": _TEXT,
                "changed": _FLAG,
                "migrations": _list({"type": "object", "required": ["id", "why"]}),
                "changes": _CHANGES,
                "findings": _many("Finding"),
            }
        ),
        "config": _document({"valid": _FLAG, "path": _TEXT, "files": _TEXTS, "by": _TEXT, "problems": _TEXTS}),
        "comments": _document({"changed": _FLAG, "path": _TEXT, "source": _TEXT, "written": _FLAG}),
        "config-history": _document({"states": _list(_ANY)}),
        "settings": _document(
            {
                "file": _TEXT,
                "settings": {
                    "type": "object",
                    "additionalProperties": {"type": "object", "required": ["value", "origin"]},
                },
            }
        ),
        "hold": _document(_ENDED | {"hold": _maybe("Hold")}),
        "quarantine": _document(
            _ENDED | {"entries": _many("Quarantined"), "cleared": _TEXTS, "added": _TEXT},
            required=(),
            either=("entries", "cleared", "added"),
        ),
        "diagnosis": _document(
            {
                "exit_code": _CODE,
                "version": _TEXT,
                "gateway": _TEXT,
                "diagnosis": _ref("Diagnosis"),
                "runs": reports,
            }
        ),
        "snapshots": _document(_ENDED | {"snapshots": _many("SnapshotInfo")}),
        "verified": _document(_ENDED | {"snapshots": _many("Checked")}),
        "pruned": _document(
            _ENDED | {"dry_run": _FLAG, "freed_bytes": _COUNT, "verdicts": _many("Verdict"), "packages": _TEXTS}
        ),
        "pinned": _document(_ENDED | {"snapshot_id": _TEXT, "pinned": _FLAG}),
        "exported": _document(_ENDED | {"snapshot_id": _TEXT, "path": _TEXT, "encrypted": _FLAG}),
        "units": _document({"changed": _FLAG, "written": _TEXTS, "removed": _TEXTS, "notes": _TEXTS}),
        "self-check": _document(_ENDED | {"checks": _list({"type": "object", "required": ["name", "ok", "words"]})}),
        "written": _document(_ENDED | {"path": _TEXT}),
        "schemas": _document({"names": _TEXTS}),
        "notices": _document({"exit_code": _CODE, "waiting": _many("Notice")}),
        "as-cron": _document(
            {"exit_code": _CODE, "works": _FLAG, "command": _TEXT, "message": _TEXT, "hint": _TEXT},
        ),
        "probe": _document(
            dict.fromkeys(("state", "cause", "judgement", "explanation", "cure"), _TEXT) | {"mendable": _FLAG}
        ),
        "all": _document(
            _ENDED | {"results": {"type": "object", "additionalProperties": {"type": ["object", "null"]}}}
        ),
        "fleet": _document(
            _ENDED
            | {
                "path": _TEXT,
                "versions": {"type": "object", "additionalProperties": _COUNT},
                "outcomes": {"type": "object", "additionalProperties": _COUNT},
                "quarantine": {"type": "object", "additionalProperties": _TEXTS},
                "hosts": _many("Member"),
            }
        ),
        "bundle": _document(
            _ENDED | {"path": _TEXT, "manifest": _ref("Manifest"), "size": _COUNT, "signed_by": _TEXT},
        ),
        "event": _document(
            {
                "at": _TEXT,
                "run": _TEXT,
                "kind": _TEXT,
                "step": _TEXT,
                "text": _TEXT,
                "done": _NUMBER,
                "total": _NUMBER,
                "data": _ANY,
            }
        ),
    }
    return {f"{name}.v1": _whole(f"{name}.v1", body, known) for name, body in sorted(found.items())}


def text_of(schema: Mapping[str, Any]) -> str:
    """As it lies in its file."""
    return json.dumps(schema, indent=1, ensure_ascii=False) + "\n"


def _document(
    properties: Mapping[str, Any], required: tuple[str, ...] | None = None, either: tuple[str, ...] = ()
) -> dict[str, Any]:
    wanted = ["schema", *(properties if required is None else required)]
    body: dict[str, Any] = {"type": "object", "required": wanted, "properties": dict(properties)}
    if either:
        body["anyOf"] = [{"required": [name]} for name in either]
    return body


def _whole(name: str, body: dict[str, Any], known: Mapping[str, Any]) -> dict[str, Any]:
    body["properties"] = {"schema": {"const": f"clawupgrade.{name}"}} | body["properties"]
    used = _used(body, known)
    head = {"$schema": DIALECT, "$id": f"https://clawupgrade.example/schemas/{name}.json"}
    return head | body | ({"$defs": {each: known[each] for each in sorted(used)}} if used else {})


def _used(part: Any, known: Mapping[str, Any], seen: frozenset[str] = frozenset()) -> frozenset[str]:
    if isinstance(part, list):
        for each in part:
            seen |= _used(each, known, seen)
    elif isinstance(part, dict):
        name = str(part.get("$ref", "")).removeprefix("#/$defs/")
        if name and name not in seen:
            seen = _used(known[name], known, seen | {name})
        for each in part.values():
            seen |= _used(each, known, seen)
    return seen


def _ref(name: str) -> dict[str, Any]:
    return {"$ref": f"#/$defs/{name}"}


def _list(items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items}


def _many(name: str) -> dict[str, Any]:
    return _list(_ref(name))


def _maybe(*names: str) -> dict[str, Any]:
    return {"anyOf": [*(_ref(name) for name in names), {"type": "null"}]}


if __name__ == "__main__":
    for name, schema in schemas().items():
        Path(__file__).with_name(f"{name}.json").write_text(text_of(schema), "utf-8")
