"""`init --cron`, `--launchd`, `--make`: written once, as often as one likes, and gone without a trace."""

from __future__ import annotations

import plistlib
import subprocess
from pathlib import Path

from documents import document
from stub.place import OLD, Stub

CRONTAB = """#!/bin/sh
table="$HOME/table"
if [ "$1" = -l ]; then [ -f "$table" ] && cat "$table" || { echo "no crontab for $LOGNAME" >&2; exit 1; }
else cp "$1" "$table"; fi
"""


def test_a_line_of_cron_comes_works_and_goes(stub: Stub) -> None:
    crontab = stub.root / "node/bin/crontab"
    crontab.write_text(CRONTAB)
    crontab.chmod(0o755)
    table = stub.home / "table"
    mine = "MAILTO=me\n5 4 * * * backup\n"
    table.write_text(mine)
    for written in (["crontab"], []):
        assert document(stub.call("init", "--cron", "--json").stdout)["written"] == written
    line = next(line for line in table.read_text().splitlines() if line.startswith("30 3 * * * "))
    words = line.removeprefix("30 3 * * * ").replace("run --yes --quiet", "--version")
    done = subprocess.run(["sh", "-c", words], env=stub.environment, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("clawupgrade ")
    assert document(stub.call("init", "--cron", "--remove", "--json").stdout)["removed"] == ["crontab"]
    assert table.read_text() == mine
    assert document(stub.call("init", "--cron", "--remove", "--json").stdout)["removed"] == []


def test_targets_for_make_and_a_launch_agent(stub: Stub, tmp_path: Path) -> None:
    file = stub.home / "clawupgrade.mk"
    for count in (1, 0):
        found = document(stub.call("init", "--make", str(file), "--json").stdout)
        assert len(found["written"]) == count
    shown = subprocess.run(
        ["make", "-s", "-f", str(file), "upgrade-status"],
        env=stub.environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert OLD in shown.stdout
    file.write_text("mine:\n")
    assert stub.call("init", "--make", str(file)).returncode == 6
    assert stub.call("init", "--make", str(file), "--remove").returncode == 6
    assert file.read_text() == "mine:\n"

    assert stub.call("init", "--launchd").returncode == 0
    (agent,) = (stub.home / "Library/LaunchAgents").iterdir()
    assert plistlib.loads(agent.read_bytes())["ProgramArguments"][-3:] == ["run", "--yes", "--quiet"]
    assert stub.call("init", "--launchd", "--remove").returncode == 0
    assert not agent.exists()
