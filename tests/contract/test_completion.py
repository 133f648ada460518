"""What real shells complete: commands, options, versions, runs, snapshots."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from stub.place import NEW, OLD, Stub

_BASH = """
source "$RC"
COMP_LINE="$LINE"; COMP_POINT=${#COMP_LINE}; read -ra COMP_WORDS <<< "$LINE"
[[ "$LINE" == *" " ]] && COMP_WORDS+=("")
COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); COMP_TYPE=9
_python_argcomplete clawupgrade
printf '%s\\n' "${COMPREPLY[@]}"
"""


def completed(stub: Stub, line: str) -> set[str]:
    """What bash offers behind a line."""
    tool = stub.root / "tools/clawupgrade"
    tool.parent.mkdir(exist_ok=True)
    tool.write_text(f'#!/bin/sh\nexec {sys.executable} -m clawupgrade "$@"\n')
    tool.chmod(0o755)
    rc = stub.root / "rc.bash"
    rc.write_text(stub.call("completion", "bash").stdout)
    env = stub.environment | {"LINE": line, "RC": str(rc)}
    env["PATH"] = f"{tool.parent}:{env['PATH']}"
    done = subprocess.run(["bash", "--norc", "-c", _BASH], env=env, capture_output=True, text=True, timeout=60)
    return {each.strip() for each in done.stdout.splitlines() if each.strip()}


def test_bash_completes_commands_and_options_but_not_what_is_not_for_people(stub: Stub) -> None:
    offered = completed(stub, "clawupgrade r")
    assert {"run", "rollback", "recover", "report"} <= offered
    assert not {"deadman", "probe", "tend"} & completed(stub, "clawupgrade ")
    assert "--rehearse" in completed(stub, "clawupgrade run --re")


def test_bash_completes_versions_runs_and_snapshots(stub: Stub) -> None:
    npm = stub.root / "node/bin/npm"
    npm.unlink()  # as a program of its own, as which a shell finds it
    script = stub.root / "node/lib/node_modules/npm/bin/npm-cli.js"
    npm.write_text(f'#!/bin/sh\nexec node {script} "$@"\n')
    npm.chmod(0o755)
    assert {OLD, NEW} <= completed(stub, "clawupgrade run --to ")
    npm.unlink()
    npm.symlink_to("../lib/node_modules/npm/bin/npm-cli.js")
    assert stub.call("run", "--yes").returncode == 0
    (run,) = [path.name for path in (stub.folder / "runs").iterdir() if path.is_dir()]
    assert completed(stub, "clawupgrade show ") >= {run}
    assert completed(stub, "clawupgrade rollback --to ") >= {run}  # a run's snapshot has its name
    assert completed(stub, "clawupgrade snapshot verify ") >= {run}


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_takes_its_code(stub: Stub, shell: str) -> None:
    code = stub.call("completion", shell)
    assert code.returncode == 0
    assert "clawupgrade" in code.stdout
    if shutil.which(shell) is None:
        if os.environ.get("CI"):
            pytest.fail(f"{shell} is not installed; it is in tests/real/lab/debian-packages.txt")
        pytest.skip(f"{shell} is not installed")
    file = Path(stub.root, f"code.{shell}")
    file.write_text(code.stdout)
    done = subprocess.run([shell, "-n", str(file)], env=stub.environment, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
