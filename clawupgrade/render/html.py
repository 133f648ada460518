"""A run as one HTML file without anything from outside: to be attached to an issue, read by day or by night."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from html import escape

from clawupgrade import __version__
from clawupgrade.app.story import Beat, Story
from clawupgrade.model import Outcome
from clawupgrade.render.sheet import sheet
from clawupgrade.render.words import ENGINES, OWNERS, amount

_PROOFS = ("handshake", "confirm", "served")
"""Steps whose evidence is the handshake itself: shown open."""

_TONES = {Outcome.UPGRADED: "good", Outcome.MENDED: "good", Outcome.BROKEN: "bad", Outcome.ROLLED_BACK: "warn"}


def page(story: Story) -> str:
    """The whole file."""
    plan, report = story.plan, story.report
    title = f"{plan.install.package.version} → {plan.target}: {report.outcome}"
    body = "\n".join((*_head(story), *_timeline(story), *_changes(story), *_evidence(story), *_said(story)))
    return sheet(title, body)


def _head(story: Story) -> Iterator[str]:
    plan, report, install = story.plan, story.report, story.plan.install
    yield f'<h1 class="{_TONES.get(report.outcome, "faint")}">{escape(report.message)}</h1>'
    if report.hint:
        yield f"<p><strong>What to do:</strong> <code>{escape(report.hint)}</code></p>"
    away = f", the gateway was away for {report.away:.1f} s" if report.away is not None else ""
    facts = (
        ("run", f"{plan.run_id} ({plan.kind}), {report.seconds:.1f} s{away}"),
        ("began", _moment(plan.created_at)),
        ("outcome", f"{report.outcome}, exit code {int(report.exit_code)}"),
        ("package", f"{install.package.name} {install.package.version} → {plan.target} in {install.package.root}"),
        ("engine", f"{ENGINES[plan.engine]} ({plan.engine}): {plan.engine_reason}"),
        ("rehearsal", f"on a clone ({plan.rehearsal})" if plan.rehearsal else "none"),
        ("gateway", f"{install.address.url}, {OWNERS[install.service.owner]} {install.service.name}"),
        ("before", f"{install.baseline.was} {install.baseline_words}".strip()),
        ("node", f"{install.node.path} {install.node.version}, npm {install.node.npm_version}"),
        ("state", f"{install.state_dir}, {amount(install.state_bytes)}"),
        ("clawupgrade", __version__),
    )
    yield "<table>" + "".join(f"<tr><th>{name}</th><td>{escape(text)}</td></tr>" for name, text in facts) + "</table>"
    if report.notes:
        yield "<h2>Notes</h2><ul>" + "".join(f"<li>{escape(note)}</li>" for note in report.notes) + "</ul>"


def _moment(stated: str) -> str:
    """`2026-11-28 22:42:45 UTC` of what the plan states to the microsecond."""
    return f"{datetime.fromisoformat(stated).astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def _timeline(story: Story) -> Iterator[str]:
    yield "<h2>Timeline</h2>"
    if story.away is not None:
        yield '<p class="faint">Shaded: the gateway was away.</p>'
    away = f"away {report_away:.1f} s" if (report_away := story.report.away) is not None else "serves"
    lamp = f'<td class="bar"><div class="track up">{_shade(story)}</div></td>'
    yield f'<table><tr><td>gateway</td><td class="faint">{away}</td>{lamp}</tr>'
    for beat in story.beats:
        tone = "failed" if beat.failed else "back" if beat.is_back else "forward"
        mark = "✗" if beat.failed else "↩" if beat.is_back else "✓"
        words = f'<br><span class="bad">{escape(beat.failed)}</span>' if beat.failed else ""
        bar = f'<b class="{tone}" style="{_place(story, beat)}"></b>'
        yield (
            f'<tr><td>{mark} {escape(beat.step)}{words}</td><td class="faint">{beat.seconds:.1f} s</td>'
            f'<td class="bar"><div class="track">{_shade(story)}{bar}</div></td></tr>'
        )
    yield "</table>"


def _shade(story: Story) -> str:
    if story.away is None:
        return ""
    begin, end = story.away
    return f'<i style="left:{100 * begin / story.length:.2f}%;width:{100 * (end - begin) / story.length:.2f}%"></i>'


def _place(story: Story, beat: Beat) -> str:
    return f"left:{100 * beat.begin / story.length:.2f}%;width:{100 * beat.seconds / story.length:.2f}%"


def _changes(story: Story) -> Iterator[str]:
    yield "<h2>What became of the config</h2>"
    if story.changes is None:
        yield f'<p class="faint">{escape(story.no_changes)}</p>'
    elif not story.changes:
        yield '<p class="faint">Nothing changed.</p>'
    else:
        yield "<p class='faint'>Secrets are shown as digests.</p><ul>"
        yield from (f"<li><code>{escape(change.line)}</code></li>" for change in story.changes)
        yield "</ul>"


def _evidence(story: Story) -> Iterator[str]:
    yield "<h2>Evidence</h2>"
    for name, text in story.evidence:
        is_proof = name.partition(":")[0] in _PROOFS
        opened = " open" if is_proof else ""
        yield f"<details{opened}><summary>{escape(name)}</summary><pre>{escape(text)}</pre></details>"


def _said(story: Story) -> Iterator[str]:
    if story.lines:
        text = escape("\n".join(story.lines))
        yield "<h2>What was said</h2>"
        yield f"<details><summary>{len(story.lines)} lines, UTC</summary><pre>{text}</pre></details>"
