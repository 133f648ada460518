"""`from clawupgrade import …`, used as code of an operations team uses it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from stub.place import NEW, OLD, Stub

import clawupgrade

_PROGRAM = """
import json
from clawupgrade import Outcome, Refused, history, plan, recover, rollback, run, status
kinds = []
found = {"before": status().install.package.version, "target": plan().target, "recovered": recover()}
report = run(watch=lambda event: kinds.append(event.kind))
assert report.outcome is Outcome.UPGRADED
try:
    report.outcome = Outcome.BROKEN
except AttributeError:
    found["frozen"] = True
try:
    plan(to="2026.9.66")
except Refused as error:
    found["hint"], found["exit"] = error.hint, int(error.exit_code)
found["away"] = report.away
found["last"] = status().last_run.run_id == report.run_id
found["after"] = rollback(options=["--yes"]).to_version
found["runs"], found["kinds"] = len(history()), sorted(set(kinds))
print(json.dumps(found))
"""


def test_the_use_cases_are_functions_with_frozen_results(stub: Stub) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM], env=stub.environment, cwd=stub.home, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    (line,) = done.stdout.splitlines()  # nothing of it is printed by us
    found = json.loads(line)
    assert (found["before"], found["target"], found["after"]) == (OLD, NEW, OLD)
    assert found["frozen"]
    assert found["last"]
    assert found["recovered"] is None
    assert found["away"] > 0
    assert found["runs"] == 2
    assert {"run.began", "step.done", "result", "run.ended"} <= set(found["kinds"])
    assert found["exit"] == 6
    assert NEW in found["hint"]


def test_every_public_name_is_there_and_costs_nothing_until_it_is_named() -> None:
    for name in clawupgrade.__all__:
        assert getattr(clawupgrade, name) is not None
    script = "import sys, clawupgrade; print([m for m in sys.modules if m.startswith('clawupgrade.')])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert set(json.loads(done.stdout.replace("'", '"'))) <= {
        "clawupgrade.lazily",
        "clawupgrade.version",
        "clawupgrade._version",
    }
    assert (Path(clawupgrade.__file__).parent / "py.typed").exists()
