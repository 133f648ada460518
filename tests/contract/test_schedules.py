"""`init --cron`, `--launchd`, `--make`: written once, as often as one likes, and gone without a trace."""

from __future__ import annotations

import plistlib
import shutil
import subprocess
from pathlib import Path

from documents import document
from stub.place import OLD, PATIENCE, Stub

KEYS = {
    "Label": str,
    "ProgramArguments": list,
    "EnvironmentVariables": dict,
    "StartCalendarInterval": dict,
    "ProcessType": str,
}
"""What we use of launchd.plist(5), with the types that it names; an unknown key is ignored by launchd in silence."""

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
    (boot,) = (line for line in table.read_text().splitlines() if line.startswith("@reboot "))
    assert boot.endswith(" tend --until-done --quiet")
    # Nothing is left to do: the line of the boot ends at once.
    subprocess.run(["sh", "-c", boot.removeprefix("@reboot ")], env=stub.environment, timeout=PATIENCE, check=True)
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
    require_loadable(agent)
    assert stub.call("init", "--launchd", "--remove").returncode == 0
    assert not agent.exists()


def require_loadable(agent: Path) -> None:
    """As far as can be told without a Mac: a property list, known keys with their types, a program that runs.

    `xmllint` is a second parser, where it is to be had; no launchd has ever loaded it here.
    """
    content = agent.read_bytes()
    found = plistlib.loads(content, fmt=plistlib.FMT_XML)
    assert {key: type(value) for key, value in found.items()} == KEYS
    assert found["Label"] == agent.stem
    assert found["StartCalendarInterval"] == {"Hour": 3, "Minute": 30}
    assert found["ProcessType"] in ("Background", "Standard", "Adaptive", "Interactive")
    assert all(type(word) is str for word in (*found["ProgramArguments"], *found["EnvironmentVariables"].values()))
    program, *words = found["ProgramArguments"]
    assert words[-3:] == ["run", "--yes", "--quiet"]
    env = found["EnvironmentVariables"] | {"HOME": str(agent.parents[2])}
    done = subprocess.run([program, *words[:-3], "--version"], env=env, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("clawupgrade ")
    assert content.startswith(b'<?xml version="1.0" encoding="UTF-8"?>\n<!--')
    assert b'<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN"' in content
    if shutil.which("xmllint"):
        subprocess.run(["xmllint", "--nonet", "--noout", str(agent)], check=True, timeout=60)
