"""Pages that are read before a run: the plan, and the way back."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import groupby

import msgspec

from clawupgrade.app.prospect import Prospect
from clawupgrade.app.rollback import Return
from clawupgrade.engine.step import Step
from clawupgrade.model import Plan
from clawupgrade.render.documents import print_json
from clawupgrade.render.layout import height_of, painted, rows, width_of, wrapped
from clawupgrade.render.status import gateway_state
from clawupgrade.render.words import ENGINES, OWNERS, amount, brief_for, words_for
from clawupgrade.steps import steps_of

_LAMP = 19
"""Columns before the words of a step: how the gateway is meanwhile."""


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
    width, height = width_of(sys.stdout), height_of(sys.stdout)
    lines = _plan_page(found, plan, width, _steps)
    if height is not None and len(lines) >= height:
        lines = _plan_page(found, plan, width, partial(_phases, width=width))
    _print("\n".join(lines))


def _plan_page(
    found: Prospect, plan: Plan, width: int | None, told: Callable[[Sequence[tuple[str, Step]]], Iterator[str]]
) -> list[str]:
    install = plan.install
    steps = tuple(_meanwhile(steps_of(plan), serves=plan.serve_after))
    lines = [painted(f"{install.package.name} {install.package.version} → {plan.target}", "bold")]
    lines += rows(
        [
            ("package", install.package.root),
            ("state", f"{install.state_dir} ({amount(install.state_bytes)})"),
            ("gateway", f"{install.address.url}, {OWNERS[install.service.owner]}, {gateway_state(install)}"),
            ("node", f"{install.node.path} ({install.node.version})"),
            ("engine", f"{ENGINES[plan.engine]} ({plan.engine}): {plan.engine_reason}"),
            ("rehearsal", f"all of it on a clone first ({plan.rehearsal})" if plan.rehearsal else "none"),
        ],
        width,
    )
    lines += ["", *told(steps), ""]
    migrations = [name for hop in plan.hops for name in hop.migrations]
    renamed = [path for hop in plan.hops for path in hop.variables]
    lines += rows(
        [
            ("config", "migrations: " + ", ".join(migrations) if migrations else ""),
            ("variables", "CLAWDBOT_… and MOLTBOT_… get their new names in: " + ", ".join(renamed) if renamed else ""),
            *(("note", note) for note in plan.notes),
            ("not now", f"a run would not begin now: {found.turn.reason}" if found.turn is not None else ""),
            ("on failure", f"everything goes back by itself, and {install.package.version} is seen to serve again"),
            ("do it", f"clawupgrade run --to {plan.target}"),
        ],
        width,
    )
    return lines


def _meanwhile(steps: Sequence[Step], *, serves: bool) -> Iterator[tuple[str, Step]]:
    """Each step with how the gateway is meanwhile."""
    gateway = "serves" if serves else "stopped"
    for step in steps:
        if step.name == "quiesce" and serves:
            gateway = "away"
        yield gateway, step
        if step.name.startswith("start:") and serves:
            gateway = "back"


def _steps(steps: Sequence[tuple[str, Step]]) -> Iterator[str]:
    """A line for each step."""
    for gateway, step in steps:
        kind, _, version = step.name.partition(":")
        words = words_for(step.name) or version
        yield f"  {_lamp(gateway)} {kind:<11} {painted(words, 'faint')}".rstrip()


def _phases(steps: Sequence[tuple[str, Step]], width: int | None) -> Iterator[str]:
    """A few lines for each time that the gateway serves or does not: for a small screen."""
    for gateway, group in groupby(steps, lambda each: each[0]):
        told = ", ".join(dict.fromkeys(brief_for(step.name) for _, step in group))
        first, *more = wrapped(told, " " * _LAMP, width)
        yield f"  {_lamp(gateway)} {first.lstrip()}"
        yield from more


def _lamp(gateway: str) -> str:
    tone = {"away": "warn", "back": "good"}.get(gateway, "faint")
    return painted(f"{f'gateway {gateway}':<{_LAMP - 3}}", tone)


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


def _print(text: str) -> None:
    print(text)
