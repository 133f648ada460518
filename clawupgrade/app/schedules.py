"""Puts a schedule in its place and takes it away again: a block of the crontab, or one file of our own."""

from __future__ import annotations

from msgspec import Struct

from clawupgrade.errors import Refused
from clawupgrade.openclaw.output import last_words
from clawupgrade.openclaw.schedules import SIGNED, cron_table
from clawupgrade.ports import Command, Host

CRONTAB = "crontab"


class Schedule(Struct, frozen=True):
    """Where it goes (a path, or CRONTAB), its text, and under which name the crontab has it."""

    path: str
    text: bytes
    name: str = ""
    note: str = ""


def is_there(host: Host, wanted: Schedule) -> bool:
    """Whether it is as it shall be.

    Raises:
        Refused: there is no crontab to be had, or a file of that name is somebody else's.
    """
    if wanted.path == CRONTAB:
        table = _table(host)
        return cron_table(table, wanted.text.decode(), wanted.name) == table
    content = host.files.read(wanted.path)
    if content is not None and SIGNED.partition("`, ")[0].encode() not in content:
        raise Refused(f"{wanted.path} was not written by clawupgrade init", "move it away, then try again")
    return content == wanted.text


def put(host: Host, wanted: Schedule, scratch: str) -> None:
    """Write it. scratch: a file of our own, for the crontab."""
    if wanted.path == CRONTAB:
        _replace(host, cron_table(_table(host), wanted.text.decode(), wanted.name), scratch)
        return
    host.files.make_folder(wanted.path.rpartition("/")[0], mode=0o755)
    host.files.write(wanted.path, wanted.text, mode=0o644)


def take_away(host: Host, wanted: Schedule, scratch: str) -> bool:
    """Remove what `put` wrote; whether anything was there."""
    if wanted.path == CRONTAB:
        table = _table(host)
        without = cron_table(table, "", wanted.name)
        if without != table:
            _replace(host, without, scratch)
        return without != table
    there = host.files.exists(wanted.path)
    is_there(host, wanted)
    host.files.remove(wanted.path)
    return there


def _table(host: Host) -> str:
    done = host.commands.run(Command(("crontab", "-l"), wall=30.0))
    if not done.ok and "no crontab" not in done.err:
        raise Refused(f"the crontab cannot be read: {last_words(done.err)}", "clawupgrade init --units needs no cron")
    return done.out if done.ok else ""


def _replace(host: Host, table: str, scratch: str) -> None:
    host.files.write(scratch, table.encode())
    try:
        done = host.commands.run(Command(("crontab", scratch), wall=30.0))
    finally:
        host.files.remove(scratch)
    if not done.ok:
        raise Refused(f"the crontab cannot be written: {last_words(done.err)}")
