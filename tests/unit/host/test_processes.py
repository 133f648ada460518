"""The process table."""

from __future__ import annotations

import os
import socket
import subprocess
import time

import psutil
import pytest

from clawupgrade.host.processes import STRANGER, LocalProcesses


@pytest.mark.parametrize(("family", "address"), [(socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")])
def test_a_listener_is_found_over_both_families(family: socket.AddressFamily, address: str) -> None:
    with socket.socket(family) as listening:
        listening.bind((address, 0))
        port = listening.getsockname()[1]
        assert LocalProcesses().listeners(port) == ()
        listening.listen()
        found = LocalProcesses().listeners(port)
    assert [process.pid for process in found] == [os.getpid()]
    assert found[0].uid == os.getuid()
    assert LocalProcesses().listeners(port) == ()


def test_somebody_elses_listener_is_seen_without_a_pid(monkeypatch: pytest.MonkeyPatch) -> None:
    import psutil

    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        port = listening.getsockname()[1]
        real = psutil.net_connections
        monkeypatch.setattr(psutil, "net_connections", lambda kind: [c._replace(pid=None) for c in real(kind)])
        assert LocalProcesses().listeners(port) == (STRANGER,)
    assert STRANGER.pid == 0


def test_a_process_is_described() -> None:
    child = subprocess.Popen(["sleep", "60"], cwd="/")
    try:
        while not psutil.Process(child.pid).cmdline():
            time.sleep(0.001)  # it is still turning from us into sleep
        found = LocalProcesses().find(child.pid)
        assert found is not None
        assert (found.pid, found.argv, found.cwd) == (child.pid, ("sleep", "60"), "/")
        assert found.exe.endswith(("sleep", "coreutils"))
        assert abs(found.started - time.time()) < 60
    finally:
        child.kill()
    until = time.monotonic() + 30
    while LocalProcesses().find(child.pid) is not None and time.monotonic() < until:
        time.sleep(0.01)
    assert LocalProcesses().find(child.pid) is None, "a zombie is not a running process"
    child.wait()
    assert LocalProcesses().find(child.pid) is None


def test_ancestors_come_nearest_first() -> None:
    found = LocalProcesses().ancestors()
    assert found[0].pid == os.getppid()
    assert os.getpid() not in {process.pid for process in found}
