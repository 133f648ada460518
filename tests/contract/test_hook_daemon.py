"""A hook that forks, on a stub host: it keeps no later run out, and nothing of it is left."""

from __future__ import annotations

import psutil
from documents import document
from stub.place import OLD, Stub

FORKS = """setsid sh -c 'trap "" TERM HUP; echo $$ >> ~/daemons; exec sleep 3600' &
while ! [ -s ~/daemons ]; do sleep 0.1; done
exit 1"""


def test_a_daemon_that_a_hook_leaves_is_ended_and_keeps_no_later_run_out(stub: Stub) -> None:
    """It inherits the run's lock: alive, it would make every later run busy."""
    stub.hook("pre-stop.d", FORKS)
    for _ in range(2):
        done = stub.call("run", "--yes", "--json")
        assert (done.returncode, document(done.stdout)["outcome"]) == (1, "failed-clean"), done.stderr
        (stub.home / "daemons").rename(stub.home / "before")
        (daemon,) = (stub.home / "before").read_text().split()
        assert not lives(int(daemon))
    assert (stub.installed, stub.listens()) == (OLD, True)


def lives(pid: int) -> bool:
    """Whether a process runs; one that its new parent has not yet buried does not."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
