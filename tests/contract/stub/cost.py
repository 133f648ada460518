"""What a start of the command costs in processor time: its own, and that of the programs it has to ask."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import dataclass

from stub.place import Stub

_TOLD = """
import atexit, resource, sys
sys.argv[0] = "clawupgrade"
atexit.register(lambda: print(sum(resource.getrusage(resource.RUSAGE_CHILDREN)[:2]), file=sys.stderr))
from clawupgrade.cli import command
command()
"""
"""The command as it is, which says at its very end what its children took."""


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds of one start: of the processor for itself, for its children, and on the wall."""

    own: float
    children: float
    wall: float


def of_nothing(stub: Stub) -> Cost:
    """`python -c pass`: the unit of all the others."""
    return _measured(stub, [sys.executable, "-c", "pass"])


def of(stub: Stub, *words: str) -> Cost:
    """One command, as it starts once it is installed: with its byte code on the disk."""
    return _measured(stub, [sys.executable, "-c", _TOLD, *words])


def _measured(stub: Stub, argv: list[str]) -> Cost:
    # pip compiles what it installs; a checkout that was told not to write byte code would compile it every time.
    env = stub.environment | {"PYTHONPYCACHEPREFIX": str(stub.root / "bytecode")}
    began = time.perf_counter()
    child = subprocess.Popen(
        argv,
        env=env,
        cwd=stub.home,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert child.stderr is not None
    said = child.stderr.read()
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    assert child.returncode == 0, said
    children = float(said.splitlines()[-1]) if said else 0.0
    return Cost(used.ru_utime + used.ru_stime - children, children, time.perf_counter() - began)
