"""Signals are taken, remembered once, and given back."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator

import pytest

from clawupgrade.host.fence import SignalFence


def _send_soon(number: signal.Signals, after: float = 0.1) -> None:
    threading.Timer(after, os.kill, (os.getpid(), number)).start()


@pytest.fixture(autouse=True)
def foreground() -> Iterator[None]:
    """As in a terminal: a shell that starts us in the background has SIGINT ignored, and the fence keeps that."""
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = [signal.signal(number, signal.SIG_DFL) for number in numbers]
    yield
    for number, handler in zip(numbers, before, strict=True):
        signal.signal(number, handler)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_the_first_signal_is_remembered_and_wakes_the_sleeper(number: signal.Signals) -> None:
    with SignalFence() as fence:
        assert fence.taken() is None
        _send_soon(number)
        began = time.monotonic()
        fence.wait(20)
        assert time.monotonic() - began < 5
        assert fence.taken() == number


def test_a_second_signal_changes_nothing() -> None:
    with SignalFence() as fence:
        os.kill(os.getpid(), signal.SIGTERM)
        os.kill(os.getpid(), signal.SIGINT)
        assert fence.taken() == signal.SIGTERM


def test_on_the_way_back_no_signal_counts_or_shortens_a_wait() -> None:
    with SignalFence() as fence:
        os.kill(os.getpid(), signal.SIGTERM)
        fence.shut()
        assert fence.taken() is None
        assert fence.first == signal.SIGTERM
        _send_soon(signal.SIGINT)
        began = time.monotonic()
        fence.wait(0.5)
        assert time.monotonic() - began >= 0.5


def test_a_loop_that_sleeps_does_not_spin_after_a_signal() -> None:
    with SignalFence() as fence:
        os.kill(os.getpid(), signal.SIGTERM)
        began = time.monotonic()
        fence.wait(10)
        assert 0.15 <= time.monotonic() - began < 2


def test_the_old_handlers_come_back() -> None:
    before = [signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)]
    with SignalFence():
        assert signal.getsignal(signal.SIGTERM) != before[1]
    assert [signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)] == before


def test_what_nohup_ignores_stays_ignored() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with SignalFence() as fence:
            os.kill(os.getpid(), signal.SIGHUP)
            assert fence.taken() is None
        assert signal.getsignal(signal.SIGHUP) == signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)
