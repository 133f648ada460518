"""What clawupgrade itself costs on a host with much to keep."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from drive import RUN_LIMIT, Result, clawupgrade, require_upgraded
from lab.facts import read_state
from lab.host import Host
from lab.layers import HOME
from lab.taken import disk_taken

pytestmark = [pytest.mark.real, pytest.mark.full]

LIMIT_MB = 150
FILES, DATABASE_MB = 20_000, 300


def test_its_own_memory_stays_small_on_a_state_of_one_gigabyte(host_factory: Callable[..., Host]) -> None:
    host = host_factory("2026.6.11")
    fill(host)
    before = read_state(host)
    run = host.spawn(["clawupgrade", "run", "--to", "2026.9.6", "--json"])
    peak, end, pid = 0, time.monotonic() + RUN_LIMIT, run.pid
    while run.popen.poll() is None and time.monotonic() < end:
        peak = max(peak, _peak_kb(pid))
        time.sleep(0.2)
    result = Result.of(run.finish(60))
    print(f"peak memory: {peak / 1024:.0f} MB on 1 GB of state; run {result.document['seconds']:.0f} s")
    require_upgraded(host, result, before, read_state(host), "2026.9.6")
    assert 0 < peak / 1024 < LIMIT_MB


def test_a_rehearsal_copies_the_databases_of_a_gigabyte_and_nothing_else_of_it(
    host_factory: Callable[..., Host],
) -> None:
    host = host_factory("2026.6.11")
    fill(host)
    state = _size(host, ".openclaw")
    with disk_taken(host) as taken:
        staged = clawupgrade(host, "stage", "--to", "2026.9.6", "--rehearse")
    assert (staged.rc, staged.document["outcome"]) == (0, "staged"), staged.explain()
    clone = _size(host, ".npm-global/lib/.clawupgrade/*/clone")  # kept for the run to come
    package = _size(host, ".npm-global/lib/.clawupgrade") - clone
    print(f"disk: at most {taken[0]:.0f} MB; {package:.0f} MB package, {clone:.0f} MB clone; state {state:.0f} MB")
    assert state > 1000
    assert clone < DATABASE_MB + 100, "small files are copied beside the databases"
    assert taken[0] - package < DATABASE_MB + 300, "npm's own cache may take 200 MB beside"


def _size(host: Host, path: str) -> float:
    """MB on the disk; path: below the home. As root: the kernel's own folders in a clone are closed to their owner."""
    lines = host.shell(f"du -sm {HOME}/{path}", user="root").out.splitlines()
    return sum(int(line.split()[0]) for line in lines)


def fill(host: Host) -> None:
    """700 MB in 20,000 files and a database of 300 MB, as a workspace that an agent has lived in."""
    host.shell(
        f"""
        mkdir -p {host.workspace()}/attic && cd {host.workspace()}/attic
        python3 - <<'END'
import os, sqlite3
for number in range({FILES}):
    os.makedirs(f"d{{number // 200}}", exist_ok=True)
    with open(f"d{{number // 200}}/f{{number}}", "wb") as file:
        file.write(os.urandom(35_000))
base = sqlite3.connect("notes.sqlite")
base.execute("CREATE TABLE notes (content BLOB)")
base.executemany("INSERT INTO notes VALUES (?)", ((os.urandom(1 << 20),) for _ in range({DATABASE_MB})))
base.commit()
END
        """,
        timeout=300,
    )


def _peak_kb(pid: int) -> int:
    """The high-water mark of the resident set, of the process alone; 0 when it has just ended."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    return int(found[1]) if found else 0
