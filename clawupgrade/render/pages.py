"""Pages that are read before and after a run: the plan, the status, the runs so far."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from clawupgrade.app.rollback import Return
from clawupgrade.app.upgrade import Prospect
from clawupgrade.model import Install, Report
from clawupgrade.render.results import print_json
from clawupgrade.steps import steps_of


def show_plan(found: Prospect, *, as_json: bool) -> None:
    """What would be done, step by step, or that nothing is."""
    plan = found.plan
    if as_json:
        print_json(
            {
                "schema": "clawupgrade.plan.v1",
                "changed": plan is not None,
                "plan": msgspec.to_builtins(plan) if plan else None,
                "steps": [step.name for step in steps_of(plan)] if plan else [],
                "turn": msgspec.to_builtins(found.turn),
            }
        )
        return
    if plan is None and found.turn is not None:
        _print(f"– {found.turn.reason}")
        return
    if plan is None:
        _print(f"✓ {found.install.package.version} is installed already; nothing to do")
        return
    install = plan.install
    lines = [
        f"{install.package.name} {install.package.version} → {plan.target}",
        f"  package   {install.package.root}",
        f"  state     {install.state_dir} ({install.state_bytes / 1e6:.0f} MB)",
        f"  gateway   {install.address.url}, {install.service.owner}, {_state(install)}",
        f"  node      {install.node.path} ({install.node.version})",
        f"  engine    {plan.engine}: {plan.engine_reason}",
        f"  rehearsal {f'on a clone ({plan.rehearsal})' if plan.rehearsal else 'none'}",
        "",
    ]
    gateway = "serves" if plan.serve_after else "is stopped"
    for step in steps_of(plan):
        if step.name == "quiesce" and plan.serve_after:
            gateway = "stops here"
        lines.append(f"  {'!' if step.live else ' '} {step.name:<28} the gateway {gateway}")
        if step.name == "quiesce" and plan.serve_after:
            gateway = "is away"
        if step.name.startswith("start:") and plan.serve_after:
            gateway = "comes back"
    migrations = [name for hop in plan.hops for name in hop.migrations]
    if migrations:
        lines += ["", "  config migrations: " + ", ".join(migrations)]
    if renamed := [path for hop in plan.hops for path in hop.variables]:
        lines += ["  CLAWDBOT_… and MOLTBOT_… get their new names in: " + ", ".join(renamed)]
    lines += [f"  note: {note}" for note in plan.notes]
    if found.turn is not None:
        lines.append(f"  a run would not begin now: {found.turn.reason}")
    _print("\n".join(lines))


def show_return(found: Return) -> None:
    """What a rollback would do, and what would be lost by it."""
    plan = found.plan
    lines = [f"{plan.install.package.version} → {plan.target}, taking back run {found.taken_back.run_id}"]
    lines.append(f"  {found.reason}")
    if found.lost:
        lines.append(f"  {len(found.lost)} files of the state go back to {found.taken_back.created_at}:")
        lines += [f"    {path}" for path in found.lost[:10]]
        lines.append(f"  of what came since, {found.since.words} are put aside with them")
        lines.append("  what they hold now is kept: clawupgrade rollback --undo brings it back")
    lines += [f"  ! {line}" for line in found.drift]
    _print("\n".join(lines))


def show_status(install: Install, last: Sequence[Report], *, as_json: bool) -> None:
    """What is installed, how its gateway is, and how the last run ended."""
    if as_json:
        print_json(
            {
                "schema": "clawupgrade.status.v1",
                "install": msgspec.to_builtins(install),
                "last_run": msgspec.to_builtins(last[-1]) if last else None,
            }
        )
        return
    lines = [
        f"{install.package.name} {install.package.version} in {install.package.root}",
        f"  gateway   {install.address.url}, {install.service.owner}, {_state(install)}",
        f"  config    {install.config_path}",
        f"  node      {install.node.path} ({install.node.version})",
    ]
    lines += [f"  last run  {report.run_id}: {report.message}" for report in last]
    lines += [f"  note: {note}" for note in install.warnings]
    _print("\n".join(lines))


def show_runs(reports: Sequence[Report], *, as_json: bool, in_full: bool = False) -> None:
    """The runs, a line each; or with every step."""
    if as_json:
        print_json({"schema": "clawupgrade.runs.v1", "runs": msgspec.to_builtins(list(reports))})
        return
    for report in reports:
        _print(f"{report.run_id}  {report.outcome:<14} {report.message}")
        if in_full:
            for step in report.steps:
                _print(f"  {step.name:<28} {step.state:<10} {step.seconds:7.1f} s  {step.error}")
    if not reports:
        _print("no run yet")


def _state(install: Install) -> str:
    if not install.service.active:
        return "stopped"
    return install.baseline.was.value + (f" ({install.baseline_words})" if install.baseline_words else "")


def _print(text: str) -> None:
    print(text)
