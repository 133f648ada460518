"""The process table, through psutil."""

from __future__ import annotations

from pathlib import Path

import psutil

from clawupgrade.ports import Process

_LISTEN = "0A"
STRANGER = Process(pid=0, started=0.0, argv=(), uid=-1)
"""A listener that is not ours to see."""


class LocalProcesses:
    """The `Processes` port."""

    def listeners(self, port: int) -> tuple[Process, ...]:
        """Who listens on a TCP port, over IPv4 or IPv6.

        The sockets come from /proc/net, which everybody may read; whose they are is seen only for
        processes of this account, unless we are root.
        """
        if not _is_listened_on(port):
            return ()
        found: dict[int, Process] = {}
        for connection in psutil.net_connections("tcp"):
            here = connection.laddr
            if connection.status == psutil.CONN_LISTEN and here and here.port == port:
                process = self.find(connection.pid) if connection.pid else STRANGER
                if process is not None:
                    found[process.pid] = process
        return tuple(found.values())

    def find(self, pid: int) -> Process | None:
        """The process; None when it is gone, or only a zombie."""
        try:
            seen = psutil.Process(pid)
            with seen.oneshot():
                return Process(
                    pid=pid,
                    started=seen.create_time(),
                    argv=tuple(seen.cmdline()),
                    uid=seen.uids().real,
                    exe=_or_empty(seen, "exe"),
                    cwd=_or_empty(seen, "cwd"),
                    parent=seen.ppid(),
                )
        except (psutil.NoSuchProcess, ProcessLookupError):
            return None
        except psutil.AccessDenied:
            return Process(pid=pid, started=0.0, argv=(), uid=-1)

    def ancestors(self) -> tuple[Process, ...]:
        """This process's parents, nearest first."""
        found = (self.find(parent.pid) for parent in psutil.Process().parents())
        return tuple(process for process in found if process is not None)


def _or_empty(process: psutil.Process, name: str) -> str:
    try:
        value: str = getattr(process, name)()
    except psutil.AccessDenied:
        return ""  # another account's: what it runs may be seen, not from where
    return value


def _is_listened_on(port: int) -> bool:
    wanted = f":{port:04X}"
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        try:
            lines = Path(table).read_text().splitlines()[1:]
        except FileNotFoundError:
            continue  # a kernel without IPv6
        for line in lines:
            fields = line.split()
            if fields[3] == _LISTEN and fields[1].endswith(wanted):
                return True
    return False
