"""The report of a run, looked at by a real browser: both colour schemes, wide and narrow, nothing from outside.

`CLAWUPGRADE_PICTURES=FOLDER pytest tests/contract/test_report_page.py` keeps the pictures, to be looked at. Those in
the documentation are of a real run: tests/real/test_pictures.py.
"""

from __future__ import annotations

import json
import os
import re
import struct
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from stub.browser import SCHEMES, browse
from stub.place import BOT_TOKEN, TOKEN, Stub

_MEASURE = """
<script>
addEventListener("load", () => {
  const root = document.documentElement, page = getComputedStyle(document.body);
  for (const each of document.querySelectorAll("details")) each.open = true;
  document.title = JSON.stringify({
    overflow: root.scrollWidth - root.clientWidth, width: root.clientWidth, height: root.scrollHeight,
    page: page.backgroundColor, ink: page.color,
    fetched: performance.getEntriesByType("resource").length,
    bars: [...document.querySelectorAll(".track b")].map(each => each.getBoundingClientRect().width),
  });
});
</script>
"""


@pytest.fixture
def page(stub: Stub) -> str:
    """The report of a run that was rolled back: the longest there is."""
    stub.publish("2026.9.7", serving="crashes")
    assert stub.call("run", "--yes").returncode == 3
    assert stub.call("report", "--to", "r.html").returncode == 0
    return (stub.home / "r.html").read_text()


def measured(folder: Path, text: str, scheme: str, width: int) -> dict[str, Any]:
    """What a browser makes of it, everything unfolded; the page's own ban of scripts is lifted for the measuring."""
    script = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", text).replace(
        "</head>", _MEASURE + "</head>"
    )
    found = re.search(r"<title>(.*?)</title>", browse(folder, script, scheme, width, "--dump-dom"), re.S)
    assert found
    measures: dict[str, Any] = json.loads(unescape(found[1]))
    return measures


def test_it_is_readable_by_day_and_by_night_and_fits_every_window(page: str, tmp_path: Path) -> None:
    day, night = (measured(tmp_path, page, scheme, 1100) for scheme in SCHEMES)
    assert day["page"] != night["page"]
    for each in (day, night):
        page_tone, ink = (sum(map(int, re.findall(r"\d+", each[name])[:3])) for name in ("page", "ink"))
        assert abs(page_tone - ink) > 450  # of 765: dark on light, or light on dark
        assert each["overflow"] <= 0
        assert each["height"] > 600
        assert len(each["bars"]) > 5
        assert min(each["bars"]) >= 2
    narrow = measured(tmp_path, page, "light", 500)
    assert narrow["overflow"] <= 0


def test_it_asks_nobody_for_anything_and_tells_no_secret(page: str, tmp_path: Path) -> None:
    assert "Content-Security-Policy" in page
    assert measured(tmp_path, page, "light", 1100)["fetched"] == 0
    assert not re.search(r"(?:src|href)\s*=|url\(|@import", page)
    assert TOKEN not in page
    assert BOT_TOKEN not in page


def test_a_picture_of_it_can_be_taken(page: str, tmp_path: Path) -> None:
    kept = os.environ.get("CLAWUPGRADE_PICTURES")
    seen = set()
    for scheme in SCHEMES:
        file = (Path(kept).absolute() if kept else tmp_path) / f"report-{scheme}.png"
        browse(tmp_path, page, scheme, 1100, f"--screenshot={file}")
        content = file.read_bytes()
        assert struct.unpack(">II", content[16:24]) == (1100, 1400)
        assert len(content) > 20_000  # an empty page of this size has about 5,000
        seen.add(content)
    assert len(seen) == 2
