"""The downtime bench as a picture: one bar a way, and the floor as a line through each."""

from __future__ import annotations

from typing import Any
from xml.sax.saxutils import escape

_LEFT, _ROW, _WIDTH = 190, 26, 520
_OURS, _OTHERS = "#2b8a57", "#9aa4ae"


def picture(cells: dict[str, Any]) -> str:
    """An SVG document of every cell: hop by hop, the ways of each from the shortest time away to the longest."""
    longest = max((cell["away"] for cell in cells.values()), default=1.0)
    scale = _WIDTH / longest
    parts: list[str] = []
    y, group = 10, ""
    for (hop, state, way), cell in _sorted(cells):
        if group != f"{hop} {state}":
            group = f"{hop} {state}"
            y += 24
            title = f"{hop.replace(':', ' → ')}, {state} state: seconds without a gateway"
            parts.append(f'<text x="10" y="{y}" font-weight="bold">{escape(title)}</text>')
            y += 12
        color = _OURS if way.startswith("clone") else _OTHERS
        times = "" if cell["outages"] == 1 else f", {cell['outages']} outages"
        bar, floor = cell["away"] * scale, _LEFT + cell["floor"] * scale
        parts += [
            f'<text x="{_LEFT - 8}" y="{y + 15}" text-anchor="end">{escape(way)}</text>',
            f'<rect x="{_LEFT}" y="{y}" width="{bar:.1f}" height="{_ROW - 8}" fill="{color}"/>',
            f'<line x1="{floor:.1f}" x2="{floor:.1f}" y1="{y - 2}" y2="{y + _ROW - 6}" stroke="#c92a2a"/>',
            f'<text x="{_LEFT + bar + 6:.1f}" y="{y + 15}">{cell["away"]}{times}</text>',
        ]
        y += _ROW
    parts.append(f'<text x="{_LEFT}" y="{y + 18}" fill="#c92a2a">red: stop and start of that gateway alone</text>')
    size = f'width="{_LEFT + _WIDTH + 130}" height="{y + 34}"'
    style = 'font-family="sans-serif" font-size="13" fill="#24292f"'
    body = "\n".join(parts)
    ground = '<rect width="100%" height="100%" fill="#fff"/>'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size} {style}>\n{ground}\n{body}\n</svg>\n'


def _sorted(cells: dict[str, Any]) -> list[tuple[tuple[str, str, str], dict[str, Any]]]:
    parted = [(tuple(name.split(" ", 2)), cell) for name, cell in cells.items()]
    groups = [name[:2] for name, _ in parted]
    return sorted(parted, key=lambda each: (groups.index(each[0][:2]), each[1]["away"]))
