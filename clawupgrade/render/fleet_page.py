"""A fleet as one HTML file."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from html import escape

from clawupgrade import __version__
from clawupgrade.app.fleet import Fleet, Member
from clawupgrade.render.fleet import row, sums
from clawupgrade.render.sheet import sheet


def fleet_page(fleet: Fleet, at: datetime) -> str:
    """The whole file; at: when it was made."""
    body = "\n".join((*_head(fleet, at), *_hosts(fleet), *_quarantine(fleet)))
    return sheet(f"OpenClaw on {len(fleet.members)} hosts", body)


def _head(fleet: Fleet, at: datetime) -> Iterator[str]:
    looks = sum(each.wants_a_look for each in fleet.members)
    tone = "bad" if looks else "good"
    yield f'<h1 class="{tone}">{len(fleet.members)} hosts, {looks or "none"} to look at</h1>'
    yield f'<p class="faint">{at:%Y-%m-%d %H:%M} UTC, clawupgrade {escape(__version__)}</p>'
    yield "<ul>" + "".join(f"<li>{escape(line)}</li>" for line in list(sums(fleet))[1:]) + "</ul>"


def _hosts(fleet: Fleet) -> Iterator[str]:
    longest = fleet.downtime[1] if fleet.downtime and fleet.downtime[1] else 1.0
    yield "<h2>Hosts</h2><table><tr><th>host</th><th>version</th><th>gateway</th><th>last run</th><th>away</th></tr>"
    for each in fleet.members:
        name, version, gateway, run, away, wrong = (escape(cell) for cell in row(each))
        tone = "bad" if each.wants_a_look else "good"
        words = f'<br><span class="bad">{wrong}</span>' if wrong else ""
        words += f"<br><code>{escape(each.hint)}</code>" if each.wants_a_look and each.hint else ""
        yield (
            f'<tr><td class="{tone}">{name}</td><td>{version}</td><td>{gateway}</td><td>{run}{words}</td>'
            f"<td>{away}{_bar(each, longest)}</td></tr>"
        )
    yield "</table>"


def _bar(member: Member, longest: float) -> str:
    if member.away is None:
        return ""
    return f'<div class="track"><b style="left:0;width:{100 * member.away / longest:.1f}%"></b></div>'


def _quarantine(fleet: Fleet) -> Iterator[str]:
    if not fleet.quarantine:
        return
    yield "<h2>Passed over</h2><table>"
    for version, names in fleet.quarantine.items():
        causes = {p.cause for each in fleet.members for p in each.quarantine if p.version == version}
        said = "<br>".join(escape(cause) for cause in sorted(causes))
        yield f"<tr><th>{escape(version)}</th><td>{escape(', '.join(names))}</td><td>{said}</td></tr>"
    yield "</table>"
