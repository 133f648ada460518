"""What somebody who helps needs to see, with everything secret taken out of every line."""

from __future__ import annotations

import json
import platform
import sys
from collections.abc import Iterator
from typing import Any

import msgspec

from clawupgrade import __version__
from clawupgrade.engine.runs import Runs
from clawupgrade.errors import ClawupgradeError
from clawupgrade.model import Request, plan_from_json
from clawupgrade.openclaw.diff import Mask
from clawupgrade.openclaw.document import Document, DocumentError
from clawupgrade.ports import Host
from clawupgrade.survey.survey import survey

_KEPT = ("last-result", "hold", "quarantine", "soak", "outbox", "unfinished")
_OF_A_RUN = ("events.jsonl", "inventory.json", "deadman.log")
_RUNS = 5
_MOST = 2_000_000


def gather(host: Host, runs: Runs, request: Request, settings: dict[str, Any], mask: Mask) -> dict[str, bytes]:
    """Name → content. What cannot be had is named in `missing.txt`: a bundle from a broken machine is the point."""
    missing: list[str] = []
    found = dict(_facts(host, request, settings, mask, missing))
    for name in _KEPT:
        try:
            if (document := runs.kept(name)) is not None:
                found[f"{name}.json"] = _json(document)
        except ClawupgradeError as error:
            missing.append(f"{name}: {error.message}")
    for run_id in runs.ids()[-_RUNS:]:
        found |= dict(_of_run(host, runs, run_id, missing))
    if missing:
        found["missing.txt"] = "\n".join(missing).encode()
    return {name: _veiled(host, content) for name, content in found.items()}


def _facts(
    host: Host, request: Request, settings: dict[str, Any], mask: Mask, missing: list[str]
) -> Iterator[tuple[str, bytes]]:
    yield (
        "about.json",
        _json(
            {
                "clawupgrade": __version__,
                "python": sys.version,
                "system": platform.platform(),
                "at": host.clock.now().isoformat(),
            }
        ),
    )
    yield "settings.json", _json(settings)
    try:
        install = survey(host, request)
    except ClawupgradeError as error:
        missing.append(f"the installation: {error.message}")
        return
    yield "install.json", _json(msgspec.to_builtins(install))
    now = host.clock.now()
    since = now.replace(hour=0, minute=0, second=0, microsecond=0)
    yield "gateway.log", "\n".join(host.services.words(install.service, since)).encode()
    try:
        value = Document.parse(host.files.read(install.config_path) or b"{}", source=install.config_path).value
    except DocumentError as error:
        missing.append(f"the config: {error}")
        return
    keys = value if isinstance(value, dict) else {}
    yield "config.txt", "\n".join(f"{key}: {mask.show(inner, (key,))}" for key, inner in keys.items()).encode()


def _of_run(host: Host, runs: Runs, run_id: str, missing: list[str]) -> Iterator[tuple[str, bytes]]:
    try:
        records = runs.load(run_id).records
        plan = plan_from_json(dict(records[0].data))
        host.secrets.learn(plan.landing.config_path)
    except ClawupgradeError as error:
        missing.append(f"run {run_id}: {error.message}")
        return
    lines = [json.dumps(msgspec.to_builtins(record), ensure_ascii=False) for record in records]
    yield f"runs/{run_id}/journal.jsonl", "\n".join(lines).encode()
    for name in _OF_A_RUN:
        if (content := host.files.read(f"{runs.folder(run_id)}/{name}")) is not None:
            yield f"runs/{run_id}/{name}", content[-_MOST:]


def _json(document: object) -> bytes:
    return json.dumps(document, ensure_ascii=False, indent=2, default=str).encode()


def _veiled(host: Host, content: bytes) -> bytes:
    return "\n".join(host.veil(line) for line in content.decode("utf-8", "replace").splitlines()).encode()
