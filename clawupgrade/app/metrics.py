"""Numbers of the last run for Prometheus, as node_exporter's textfile collector reads them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from clawupgrade.app.quarantine import entries
from clawupgrade.engine.runs import Runs
from clawupgrade.errors import Exit
from clawupgrade.model import Report
from clawupgrade.policy.hold import KEPT_AS as HOLD
from clawupgrade.policy.hold import hold_from
from clawupgrade.policy.quarantine import standing
from clawupgrade.ports import Host

_KEPT_AS = "metrics"


def write_metrics(host: Host, runs: Runs, report: Report, path: str, span: timedelta) -> None:
    """Replace the file at one stroke; node_exporter may read it at any moment, under an account of its own."""
    now = host.clock.now()
    kept = dict(runs.kept(_KEPT_AS) or {})
    if report.exit_code == Exit.OK:
        kept["success"] = now.timestamp()
    if report.changed:
        kept["change"] = now.timestamp()
    runs.keep(_KEPT_AS, kept)
    quarantined = [each for each in entries(runs) if standing((each,), each.version, now, span)]
    hold = hold_from(runs.kept(HOLD))
    held = hold is not None and hold.stands(now)
    text = "".join(_lines(report, now, kept, len(quarantined), held=held))
    host.files.write(path, text.encode(), mode=0o644)


def _lines(report: Report, now: datetime, kept: dict[str, float], quarantined: int, *, held: bool) -> Iterator[str]:
    yield from _gauge("last_run_timestamp_seconds", "When the last command ended.", now.timestamp())
    yield from _gauge("last_run_exit_code", "Its exit code; see docs/reference/exit-codes.md.", report.exit_code)
    labels = f'{{outcome="{report.outcome}",from="{_label(report.from_version)}",to="{_label(report.to_version)}"}}'
    yield from _gauge("last_run_info", "How it came out.", 1, labels)
    yield from _gauge("last_run_duration_seconds", "How long it took.", report.seconds)
    if report.away is not None:
        yield from _gauge("last_run_gateway_away_seconds", "How long the gateway was away.", report.away)
    if "success" in kept:
        yield from _gauge("last_success_timestamp_seconds", "When a command last ended with 0.", kept["success"])
    if "change" in kept:
        yield from _gauge("last_change_timestamp_seconds", "When a run last changed the version.", kept["change"])
    yield from _gauge("quarantined_versions", "Versions that are passed over.", quarantined)
    yield from _gauge("held", "Whether upgrades are held.", int(held))


def _gauge(name: str, words: str, value: float, labels: str = "") -> Iterator[str]:
    number = f"{value:.3f}".rstrip("0").rstrip(".")
    yield f"# HELP clawupgrade_{name} {words}\n# TYPE clawupgrade_{name} gauge\nclawupgrade_{name}{labels} {number}\n"


def _label(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ")
