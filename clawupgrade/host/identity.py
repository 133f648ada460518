"""Tells a process from a later one with the same number: pid, the kernel's start time, and the boot."""

from __future__ import annotations

from pathlib import Path

import psutil
from msgspec import Struct

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


class Identity(Struct, frozen=True):
    """One process for good. `ticks`: its start in kernel ticks since `boot`, which no clock moves."""

    pid: int
    ticks: int
    boot: str


def boot_id() -> str:
    """What tells this boot from any other."""
    try:
        return _BOOT_ID.read_text().strip()
    except OSError:
        return f"since-{int(psutil.boot_time())}"


def identify(pid: int) -> Identity | None:
    """The living process behind a number; None when there is none, or only a zombie."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return None
    fields = stat[stat.rindex(b")") + 2 :].split()  # the name before it may hold anything, also ") "
    if fields[0] in (b"Z", b"X"):
        return None
    return Identity(pid, int(fields[19]), boot_id())


def is_alive(identity: Identity) -> bool:
    """Whether exactly this process still runs."""
    return identify(identity.pid) == identity
