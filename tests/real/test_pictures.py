"""The pictures of the README and the documentation, from one real run; kept where CLAWUPGRADE_PICTURES says."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from lab.host import Host
from screens import Seen, picture, watch

sys.path.insert(0, str(Path(__file__).parents[1] / "contract"))

from stub.browser import browse

pytestmark = [pytest.mark.real, pytest.mark.full]

SCREENS = {
    "plan": "clawupgrade plan --to 2026.9.6",
    "status": "clawupgrade status",
    "diagnose": "clawupgrade diagnose",
    "history-empty": "clawupgrade history",
    "no-such-version": "clawupgrade plan --to 2026.9.66",
    "no-such-run": "clawupgrade show 2026",
}
AFTERWARDS = {
    "status-after": "clawupgrade status",
    "history": "clawupgrade history",
    "show": "clawupgrade show",
    "diff": "clawupgrade show --diff",
    "again": "clawupgrade run --to 2026.9.6",
    "snapshots": "clawupgrade snapshot list",
    "notices": "clawupgrade notice list",
    "return": "echo n | clawupgrade rollback --yes --help",
}


def test_a_real_run_as_a_person_sees_it(host_factory: Callable[..., Host], tmp_path: Path) -> None:
    kept = Path(os.environ.get("CLAWUPGRADE_PICTURES") or tmp_path).absolute()
    kept.mkdir(parents=True, exist_ok=True)
    host = host_factory("2026.6.11")
    for name, command in SCREENS.items():
        _keep(kept, name, watch(host, command))
    seen = watch(host, "env -u CLAWUPGRADE_REHEARSE clawupgrade run --to 2026.9.6 --yes")  # as on any host
    _keep(kept, "run", seen)
    for name, command in AFTERWARDS.items():
        _keep(kept, name, watch(host, command))
    assert seen.rc == 0, seen.last
    away = [frame for frame in seen.frames if "gateway away for" in frame or "gateway starting for" in frame]
    assert away, "nobody could have seen that the gateway was away"
    prompt = "\x1b[1m$ clawupgrade run --to 2026.9.6 --yes\x1b[0m"
    picture(kept / "run.svg", "a real gateway, 2026.6.11 → 2026.9.6", [prompt, away[len(away) // 2], seen.last])
    text = (kept / "run.svg").read_text()
    for secret in (host.token(), host.machine.folder, Path.cwd(), host.root.name):
        assert str(secret) not in text
    host.run(["clawupgrade", "report", "--to", "/tmp/report.html"], check=True)
    report = host.run(["cat", "/tmp/report.html"], check=True).out
    (kept / "report.html").write_text(report)
    for name, scheme, width in (("light", "light", 1000), ("dark", "dark", 1000), ("narrow", "light", 500)):
        browse(tmp_path, report, scheme, width, f"--screenshot={kept}/report-{name}.png")


def _keep(kept: Path, name: str, seen: Seen) -> None:
    (kept / f"{name}.screen").write_text(f"{seen.last}\n(exit {seen.rc})\n")
    (kept / f"{name}.frames").write_text("\f\n".join(seen.frames[:: max(1, len(seen.frames) // 60)]))
