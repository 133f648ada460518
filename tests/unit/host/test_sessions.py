"""Who belongs to a child, and signals that hit nobody else."""

from __future__ import annotations

import os
import signal
import subprocess
import time

from msgspec.structs import replace

from clawupgrade.host import sessions
from clawupgrade.host.identity import identify, is_alive


def _started(script: str) -> subprocess.Popen[bytes]:
    child = subprocess.Popen(["bash", "-c", script], stdout=subprocess.PIPE, start_new_session=True)
    assert child.stdout is not None
    child.stdout.readline()
    return child


def test_a_session_and_its_offspring_are_found() -> None:
    child = _started("sleep 60 & setsid sh -c 'echo; exec sleep 60' & wait")  # heard from its own session
    try:
        members = {identity.pid for identity in sessions.members(child.pid)}
        offspring = {identity.pid for identity in sessions.offspring(child.pid)}
        assert child.pid in members
        assert len(members) == 2
        assert len(offspring) == 2
        assert len(members | offspring) == 3, "one of them has left the session"
        assert os.getpid() not in members | offspring
    finally:
        sessions.send(signal.SIGKILL, (*sessions.offspring(child.pid), *sessions.members(child.pid)))
        child.wait()
    until = time.monotonic() + 30
    while sessions.members(child.pid) and time.monotonic() < until:
        time.sleep(0.01)  # who was killed takes its moment to die
    assert sessions.members(child.pid) == ()
    assert sessions.offspring(child.pid) == ()


def test_a_number_that_was_given_away_is_not_hit() -> None:
    child = _started("echo; sleep 60")
    identity = identify(child.pid)
    assert identity is not None
    sessions.send(signal.SIGKILL, [replace(identity, ticks=identity.ticks - 1)])
    time.sleep(0.1)
    assert child.poll() is None
    sessions.send(signal.SIGKILL, [identity])
    assert child.wait() == -signal.SIGKILL


def test_a_stopped_process_is_woken_to_hear_its_sigterm() -> None:
    child = _started("trap 'exit 7' TERM; echo; while :; do sleep 0.05; done")
    identity = identify(child.pid)
    assert identity is not None
    os.kill(child.pid, signal.SIGSTOP)
    sessions.send(signal.SIGTERM, [identity])
    assert child.wait(5) == 7
    assert not is_alive(identity)
