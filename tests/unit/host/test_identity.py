"""One process is told from a later one with the same number."""

from __future__ import annotations

import os
import subprocess
import time

from msgspec.structs import replace

from clawupgrade.host.identity import boot_id, identify, is_alive


def test_we_are_alive_and_the_same_each_time() -> None:
    first, second = identify(os.getpid()), identify(os.getpid())
    assert first is not None
    assert first == second
    assert is_alive(first)
    assert first.boot == boot_id()


def test_another_start_or_another_boot_is_another_process() -> None:
    own = identify(os.getpid())
    assert own is not None
    assert not is_alive(replace(own, ticks=own.ticks + 1))
    assert not is_alive(replace(own, boot="an earlier one"))


def test_a_zombie_does_not_live() -> None:
    child = subprocess.Popen(["sleep", "60"])
    identity = identify(child.pid)
    assert identity is not None
    child.kill()
    until = time.monotonic() + 30
    while is_alive(identity) and time.monotonic() < until:
        time.sleep(0.01)
    assert not is_alive(identity), "its parent has not waited for it, so it is a zombie now"
    child.wait()


def test_a_name_with_brackets_and_blanks_does_not_confuse() -> None:
    script = "printf 'a) Z 1 (' > /proc/self/comm; echo ready; read line"
    child = subprocess.Popen(["bash", "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert child.stdout is not None
    child.stdout.readline()
    try:
        assert identify(child.pid) is not None
    finally:
        child.kill()
        child.wait()


def test_nobody_has_a_number_that_was_never_given() -> None:
    assert identify(2**22 + 1) is None
