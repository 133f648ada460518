"""How a run came out, on one screen: outcome, downtime, the config, what to look at, the way back."""

from __future__ import annotations

from collections.abc import Sequence

from clawupgrade.model import Outcome, Report
from clawupgrade.render.layout import painted, rows, wrapped
from clawupgrade.render.words import span

MARKS = {
    Outcome.UPGRADED: ("✓", "good"),
    Outcome.MENDED: ("✓", "good"),
    Outcome.STAGED: ("✓", "good"),
    Outcome.NOTHING_TO_DO: ("✓", "good"),
    Outcome.SKIPPED: ("–", "faint"),
    Outcome.FAILED_CLEAN: ("✗", "warn"),
    Outcome.ROLLED_BACK: ("↩", "warn"),
    Outcome.NEEDS_PERSON: ("!", "warn"),
    Outcome.BROKEN: ("✗✗", "bad"),
    Outcome.REFUSED: ("✗", "warn"),
    Outcome.BUSY: ("–", "faint"),
    Outcome.STOPPED: ("–", "faint"),
    Outcome.USAGE: ("✗", "warn"),
    Outcome.CONFIG: ("✗", "bad"),
}
_MOST_CHANGES = 5
_HARMLESS = ("cosmetic", "expected")
_MOST_NOTES = 6
_SLOW = 1.0


def verdict(report: Report, changes: Sequence[str] | None, width: int | None) -> str:
    """The lines of it. changes: of the config, gravest first; None where nobody looked."""
    mark, tone = MARKS[report.outcome]
    first, *more = wrapped(report.message, f"{mark} ", width)
    lines = [painted(first, tone), *(painted(line, tone) for line in more)]
    if not report.run_id:
        return "\n".join([*lines, *rows([*(("note", note) for note in report.notes), ("do now", report.hint)], width)])
    lines += rows(
        [
            ("gateway", _away(report)),
            ("slowest", _slowest(report)),
            ("config", _config(report, changes)),
            ("failed at", _failed(report)),
            *(("look at", note) for note in report.notes[:_MOST_NOTES]),
            ("", f"{len(report.notes) - _MOST_NOTES} more notes" if len(report.notes) > _MOST_NOTES else ""),
            ("do now", report.hint),
            ("this run", f"clawupgrade show {report.run_id}"),
            ("to go back", _way_back(report)),
        ],
        width,
    )
    return "\n".join(lines)


def _away(report: Report) -> str:
    if report.away is None:
        return f"never away; {span(report.seconds)} in all" if not report.changed else ""
    return f"away for {report.away:.1f} s of {report.seconds:.1f} s"


def _slowest(report: Report) -> str:
    slow = sorted((step for step in report.steps if step.seconds >= _SLOW), key=lambda step: -step.seconds)
    return ", ".join(f"{step.name.partition(':')[0]} {span(step.seconds)}" for step in slow[:4])


def _config(report: Report, changes: Sequence[str] | None) -> str:
    if changes is None or not report.changed:
        return ""
    if not changes:
        return "as it was"
    kinds = _kinds(changes)
    shown = kinds[:_MOST_CHANGES]
    if len(shown) < len(changes):
        shown.append(f"all {len(changes)}: clawupgrade config diff {report.run_id}")
    return "\n".join(shown)


def _kinds(changes: Sequence[str]) -> list[str]:
    """The changes, those that are judged alike in one line: 30 skills that were switched off are one piece of news.

    >>> _kinds(["+ a: 1  [cosmetic: a stamp]", "+ b: 2  [cosmetic: a stamp]", "- c  [lost]"])
    ['2 × cosmetic: a stamp', '- c  [lost]']
    """
    groups: dict[str, list[str]] = {}
    for change in changes:
        text, _, judgement = change.removesuffix("]").rpartition("  [")
        groups.setdefault(judgement if text else change, []).append(change)
    return [_kind(judgement, alike) for judgement, alike in groups.items()]


def _kind(judgement: str, alike: Sequence[str]) -> str:
    if len(alike) == 1:
        return alike[0]
    first = alike[0][2:].partition(":")[0].partition("  [")[0]
    named = "" if judgement.startswith(_HARMLESS) else f" ({first}, …)"
    return f"{len(alike)} × {judgement}{named}"


def _failed(report: Report) -> str:
    return next((step.name for step in report.steps if step.error), "")


def _way_back(report: Report) -> str:
    """The command that returns to what was before; a rollback has one of its own."""
    if not report.changed or report.outcome is Outcome.MENDED:
        return ""
    went_back = any(step.name.startswith("restore:") for step in report.steps)
    return "clawupgrade rollback --undo" if went_back else "clawupgrade rollback"
