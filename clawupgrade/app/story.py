"""Everything that is known of one run, gathered for somebody who was not there; nothing of it is secret."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import datetime

from msgspec import Struct

from clawupgrade.app.changes import run_diff
from clawupgrade.app.report import report_of
from clawupgrade.engine import journal as kinds
from clawupgrade.engine.journal import Record
from clawupgrade.engine.runs import Runs
from clawupgrade.errors import Refused
from clawupgrade.model import Plan, Report, plan_from_json
from clawupgrade.openclaw.diff import Change, Mask
from clawupgrade.ports import Host

EVENTS = "events.jsonl"
_LAST = 2000


class Beat(Struct, frozen=True):
    """One step on its way forward or back: when it began, counted from the run's beginning, and how long it took."""

    step: str
    is_back: bool
    begin: float
    seconds: float
    failed: str = ""


class Story(Struct, frozen=True):
    """A run. changes: of the config, None where they are not known (`no_changes` says why).

    away: (begin, end) of the time without a gateway. lines: what was said meanwhile.
    """

    plan: Plan
    report: Report
    beats: tuple[Beat, ...]
    evidence: tuple[tuple[str, str], ...]
    changes: tuple[Change, ...] | None
    no_changes: str
    away: tuple[float, float] | None
    lines: tuple[str, ...]

    @property
    def length(self) -> float:
        """Seconds from the first record to the last."""
        return max([self.report.seconds, *(beat.begin + beat.seconds for beat in self.beats), 0.1])


def story_of(host: Host, runs: Runs, run_id: str, mask: Mask) -> Story:
    """Gather it. Raises UsageError for an unknown run."""
    records = runs.load(run_id).records
    plan = plan_from_json(dict(records[0].data))
    host.secrets.learn(plan.landing.config_path)
    changes: tuple[Change, ...] | None = None
    no_changes = ""
    try:
        changes = tuple(run_diff(host, plan, mask).changes)
    except Refused as error:
        no_changes = error.message
    return Story(
        plan=plan,
        report=report_of(records),
        beats=tuple(_beats(records)),
        evidence=tuple((step.name, _pretty(host, step.evidence)) for step in report_of(records).steps if step.evidence),
        changes=changes,
        no_changes=host.veil(no_changes),
        away=_away(records),
        lines=tuple(_lines(host, runs.folder(run_id))),
    )


def _beats(records: Sequence[Record]) -> Iterator[Beat]:
    begun: dict[str, Record] = {}
    for record in records:
        match record.kind:
            case kinds.STEP_BEGAN | kinds.UNDO_BEGAN:
                begun[record.step] = record
            case kinds.STEP_DONE | kinds.STEP_FAILED | kinds.UNDO_DONE | kinds.UNDO_FAILED:
                start = begun.pop(record.step, record)
                begin, end = _after(records, start), _after(records, record)
                yield Beat(
                    record.step,
                    record.kind.startswith("undo"),
                    begin,
                    max(0.0, end - begin),
                    str(record.data.get("error", "")),
                )
    for step, record in begun.items():
        yield Beat(step, record.kind == kinds.UNDO_BEGAN, _after(records, record), 0.0, "it was cut off here")


def _away(records: Sequence[Record]) -> tuple[float, float] | None:
    stopped = next((r for r in records if r.kind == kinds.STEP_BEGAN and r.step == "quiesce"), None)
    served = [str(r.data["served_at"]) for r in records if "served_at" in r.data]
    if stopped is None or not served:
        return None
    end = (datetime.fromisoformat(served[-1]) - datetime.fromisoformat(records[0].at)).total_seconds()
    return _after(records, stopped), end


def _after(records: Sequence[Record], record: Record) -> float:
    return (datetime.fromisoformat(record.at) - datetime.fromisoformat(records[0].at)).total_seconds()


def _pretty(host: Host, evidence: dict[str, object]) -> str:
    text = json.dumps(evidence, ensure_ascii=False, indent=2, default=str)
    return "\n".join(host.veil(line) for line in text.splitlines())


def _lines(host: Host, folder: str) -> Iterator[str]:
    content = (host.files.read(f"{folder}/{EVENTS}") or b"").decode("utf-8", "replace")
    for line in content.splitlines()[-_LAST:]:
        try:
            event = json.loads(line)
        except ValueError:
            continue  # the line that a power cut tore
        words = " ".join(filter(None, (str(event["kind"]), str(event["step"]), str(event["text"]))))
        yield f"{str(event['at'])[11:19]}  {host.veil(words)}"
