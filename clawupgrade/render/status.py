"""The page of `clawupgrade status`."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from msgspec import to_builtins

from clawupgrade.gateway.verdict import Was
from clawupgrade.model import Install, Report
from clawupgrade.render.documents import print_json
from clawupgrade.render.layout import painted, rows, width_of
from clawupgrade.render.words import OWNERS, amount


def show_status(install: Install, last: Sequence[Report], *, as_json: bool) -> None:
    """What is installed, how its gateway is, and how the last run ended."""
    if as_json:
        print_json(
            {
                "schema": "clawupgrade.status.v1",
                "install": to_builtins(install),
                "last_run": to_builtins(last[-1]) if last else None,
            }
        )
        return
    well = install.service.active and install.baseline.was is Was.READY
    head = f"{'✓' if well else '!'} {install.package.name} {install.package.version}, gateway {gateway_state(install)}"
    lines = [painted(head, "good" if well else "warn")]
    lines += rows(
        [
            ("package", install.package.root),
            ("gateway", f"{install.address.url}, {OWNERS[install.service.owner]} {install.service.name}".rstrip()),
            ("state", f"{install.state_dir} ({amount(install.state_bytes)})"),
            ("config", install.config_path),
            ("node", f"{install.node.path} ({install.node.version})"),
            *(("last run", f"{report.run_id}: {report.message}") for report in last),
            *(("note", note) for note in install.warnings),
            *(("in the way", f"{message}; {hint}" if hint else message) for message, hint in install.obstacles),
        ],
        width_of(sys.stdout),
    )
    print("\n".join(lines))


def gateway_state(install: Install) -> str:
    """How the gateway is, in a word or two."""
    if not install.service.active:
        return "stopped"
    return install.baseline.was.value + (f" ({install.baseline_words})" if install.baseline_words else "")
