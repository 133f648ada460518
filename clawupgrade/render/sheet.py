"""One HTML file without anything from outside, in light and dark: what every page of ours is put into."""

from __future__ import annotations

from html import escape

POLICY = "default-src 'none'; style-src 'unsafe-inline'"
"""The browser itself refuses whatever a page would fetch or run."""

_STYLE = """
:root { color-scheme: light dark; --ink: #1b1f24; --page: #fff; --faint: #667; --line: #d8dee6; --card: #f5f7fa;
  --good: #1a7f4b; --bad: #b3261e; --warn: #9a6700; --bar: #4a7fd1; --away: #f4c7c3; --up: #9ad3b2; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e8eb; --page: #14171b; --faint: #9aa3ad; --line: #30363d;
  --card: #1c2127; --good: #4ac27f; --bad: #ff7b72; --warn: #e3b341; --bar: #6ea0ee; --away: #5a2a27; --up: #22583c; } }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--page); overflow-wrap: anywhere;
  max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.4rem; } h2 { font-size: 1.05rem; margin-top: 2rem; border-bottom: 1px solid var(--line); }
.good { color: var(--good); } .bad { color: var(--bad); } .warn { color: var(--warn); } .faint { color: var(--faint); }
table { border-collapse: collapse; width: 100%; } td, th { text-align: left; padding: .2rem .6rem .2rem 0;
  vertical-align: top; border-bottom: 1px solid var(--line); overflow-wrap: anywhere; }
th { white-space: nowrap; } td.bar { width: 55%; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; }
.track { position: relative; height: 1rem; min-width: 16rem; background: var(--card); }
@media (max-width: 40rem) { .track { min-width: 6rem; } td.bar { width: 35%; } }
.track.up { background: var(--up); } .track.up i { background: var(--bad); }
.track i { position: absolute; top: 0; bottom: 0; background: var(--away); }
.track b { position: absolute; top: .2rem; bottom: .2rem; min-width: 2px; background: var(--bar); }
.track b.back { background: var(--warn); } .track b.failed { background: var(--bad); }
pre { background: var(--card); padding: .6rem; overflow-x: auto; font-size: .85em; }
summary { cursor: pointer; }
"""


def sheet(title: str, body: str) -> str:
    """The whole file; `body` is HTML."""
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head>\n<body>\n{body}\n</body></html>\n"
    )
