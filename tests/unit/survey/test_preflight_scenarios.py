"""Facts in, refusal out: each file in tests/scenarios/preflight is one case; a new one needs no Python.

A scenario is `healthy.json` with its own facts laid over it (null removes). `expect` holds `exit` with the
texts that the `message` and `hint` must contain, or the `version` that would be gone to; `install` looks into
the survey by dotted path, `*` at the end of a text standing for anything.
"""

from __future__ import annotations

import fnmatch
import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from machine_of_facts import host_of, merge, request_of

from clawupgrade.errors import ClawupgradeError, Refused
from clawupgrade.model import Install, Target
from clawupgrade.survey.preflight import preflight
from clawupgrade.survey.survey import survey
from clawupgrade.survey.target import resolve_target

FOLDER = Path(__file__).parents[2] / "scenarios" / "preflight"
HEALTHY = json.loads((FOLDER / "healthy.json").read_text())
FACTS = {key: value for key, value in HEALTHY.items() if key != "expect"}
NAMES = sorted(path.stem for path in FOLDER.glob("*.json"))


@pytest.mark.parametrize("name", NAMES)
def test_scenario(name: str) -> None:
    scenario = json.loads((FOLDER / f"{name}.json").read_text())
    expected = scenario["expect"]
    install, target, error = look(merge(FACTS, scenario))
    told = f"{error.message}\n{error.hint}" if error else ""
    assert "never-shown" not in repr(install) + told
    for path, value in expected.get("install", {}).items():
        assert matches(look_into(install, path), value), f"{path} is {look_into(install, path)!r}"
    if "exit" in expected:
        assert error is not None, "nothing was refused"
        assert int(error.exit_code) == expected["exit"], told
        for part in (*expected["message"], *expected.get("hint", ())):
            assert part in told
    else:
        assert error is None, told
        assert target is not None
        assert target.version == expected["version"]


def test_several_problems_are_told_at_once() -> None:
    older = {"argv": "* view *", "out": {"name": "openclaw", "version": "2026.4.29"}}
    over = {
        "request": {"to": "2026.4.29"},
        "not_writable": ["/home/claw/.npm-global/lib"],
        "commands": {"npm view": older},
    }
    _, _, error = look(merge(FACTS, over))
    assert isinstance(error, Refused)
    assert "(1) 2026.4.29 is older" in error.message
    assert "; (2) claw may not write to /home/claw/.npm-global/lib" in error.message
    assert "(1) to take an upgrade back" in error.hint


def look(facts: dict[str, Any]) -> tuple[Install | None, Target | None, ClawupgradeError | None]:
    """As far as it comes: the installation, the target, and what was refused."""
    host, request = host_of(facts), request_of(facts)
    install = target = None
    try:
        install = survey(host, request)
        target = resolve_target(host, install, request)
        preflight(host, request, install, target)
    except ClawupgradeError as error:
        return install, target, error
    return install, target, None


def look_into(install: Install | None, path: str) -> Any:
    value = json.loads(msgspec.json.encode(install))
    for name in path.split("."):
        value = value[int(name)] if isinstance(value, list) else value[name]
    return value


def matches(value: Any, wanted: Any) -> bool:
    if isinstance(wanted, list) and isinstance(value, list):
        return len(value) == len(wanted) and all(map(matches, value, wanted))
    if isinstance(wanted, str) and isinstance(value, str):
        return fnmatch.fnmatchcase(value, wanted)
    return bool(value == wanted)
