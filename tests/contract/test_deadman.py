"""The dead-man as a process: what it does beside a driver that ends as it should, and one that almost did."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from msgspec.structs import replace
from stub.place import PATIENCE

from clawupgrade.engine import journal as kinds
from clawupgrade.host.clock import SystemClock
from clawupgrade.host.runs import FolderRuns
from clawupgrade.model import Plan
from clawupgrade.testing.machine import born
from clawupgrade.testing.plans import plan_for
from clawupgrade.testing.releases import Release


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    """A plan whose run lies in an installation's folder, and its units in a user's own home."""
    made = plan_for(born([Release("2026.6.11"), Release("2026.9.6")]), Release("2026.9.6"))
    account = replace(made.install.account, home=str(tmp_path))
    folder = str(tmp_path / "default/runs" / made.run_id)
    return replace(made, install=replace(made.install, account=account), folder=folder)


def test_a_driver_that_died_after_its_last_record_leaves_no_boot_unit(tmp_path: Path, plan: Plan) -> None:
    runs = FolderRuns(tmp_path / "default", SystemClock())
    runs.create(plan).append(kinds.RUN_CLOSED, data={"outcome": "upgraded"})
    units = tmp_path / ".config/systemd/user"
    wants = units / "default.target.wants"
    wants.mkdir(parents=True)
    for name in (f"clawupgrade-before-{plan.run_id}.service", f"clawupgrade-after-{plan.run_id}.service"):
        (units / name).write_text("[Unit]\n")
        (wants / name).symlink_to(units / name)
    (units / "openclaw-gateway.service").write_text("[Unit]\n")

    done = subprocess.run(
        [sys.executable, "-m", "clawupgrade", "deadman", "--folder", plan.folder],
        env={"HOME": str(tmp_path), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert sorted(path.name for path in units.iterdir()) == ["default.target.wants", "openclaw-gateway.service"]
    assert list(wants.iterdir()) == []
    assert not (tmp_path / "default/lock.json").exists(), "who takes the lock here makes the next command busy"


def test_what_a_power_cut_left_of_a_run_that_had_ended_is_tidied_up_by_recover(tmp_path: Path, plan: Plan) -> None:
    """The link that starts the unit at boot had gone, the unit itself had not: no boot would have come back to it."""
    runs = FolderRuns(tmp_path / "default", SystemClock())
    runs.create(plan).append(kinds.RUN_CLOSED, data={"outcome": "upgraded"})
    runs.keep("unfinished", {"run": plan.run_id})
    units = tmp_path / ".config/systemd/user"
    units.mkdir(parents=True)
    (units / f"clawupgrade-after-{plan.run_id}.service").write_text("[Unit]\n")

    first, second = (recovered(tmp_path) for _ in range(2))

    assert (first.returncode, second.returncode) == (0, 0), first.stderr
    assert f"run {plan.run_id} had ended, and has been tidied up only now" in first.stdout
    assert "nothing to recover" in first.stdout
    assert second.stdout == "✓ no run is open; nothing to recover\n"
    assert list(units.iterdir()) == []
    assert (runs.kept("last-result") or {})["run_id"] == plan.run_id


def recovered(home: Path) -> subprocess.CompletedProcess[str]:
    line = [sys.executable, "-m", "clawupgrade", "recover"]
    env = {"HOME": str(home), "PATH": "/usr/bin:/bin", "CLAWUPGRADE_HOME": str(home)}
    return subprocess.run(line, env=env, capture_output=True, text=True, timeout=PATIENCE, check=False)
