"""The journal's format: one checksummed record per line; what counts as torn, and what as damage."""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from msgspec import Struct, field

from clawupgrade.errors import JournalDamaged

JOURNAL_FORMAT = 1
_BEGINNING = re.compile(rb"[0-9a-f]{8} \{")

RUN_OPENED = "run.opened"
STEP_BEGAN = "step.began"
STEP_DONE = "step.done"
STEP_FAILED = "step.failed"
RUN_CANCELLED = "run.cancelled"
RUN_INTERRUPTED = "run.interrupted"
UNDO_BEGAN = "undo.began"
UNDO_DONE = "undo.done"
UNDO_FAILED = "undo.failed"
RUN_RETRIED = "run.retried"
RUN_CLOSED = "run.closed"

KINDS = frozenset(
    {
        RUN_OPENED,
        STEP_BEGAN,
        STEP_DONE,
        STEP_FAILED,
        RUN_CANCELLED,
        RUN_INTERRUPTED,
        UNDO_BEGAN,
        UNDO_DONE,
        UNDO_FAILED,
        RUN_RETRIED,
        RUN_CLOSED,
    }
)


class Record(Struct, frozen=True):
    """One line: its place, when it was written (ISO 8601, UTC), what happened, to which step."""

    number: int
    at: str
    kind: str
    step: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)


class Journal(Protocol):
    """An open journal. What `append` was given is on the disk when it returns."""

    @property
    def records(self) -> Sequence[Record]:
        """All records so far."""
        ...

    def append(self, kind: str, step: str = "", data: Mapping[str, Any] | None = None) -> Record:
        """Write one record down, durably."""
        ...


def encode(record: Record) -> bytes:
    """One line: eight hex digits of CRC-32, a space, JSON, a newline."""
    body = json.dumps(
        {
            "v": JOURNAL_FORMAT,
            "n": record.number,
            "at": record.at,
            "kind": record.kind,
            "step": record.step,
            "data": dict(record.data),
        },
        ensure_ascii=False,
        separators=(",", ":"),
    ).encode()
    return b"%08x %s\n" % (zlib.crc32(body), body)


def decode(content: bytes) -> tuple[tuple[Record, ...], int]:
    """The records, and how many bytes of the content they take; what follows is a torn tail.

    A bad *last* line is what a power cut leaves of an append that nobody relied on: it is cut off.

    Raises:
        JournalDamaged: a bad line before a good one, a gap in the numbering, or a newer format.
    """
    records: list[Record] = []
    good = 0
    lines = content.split(b"\n")
    for index, line in enumerate(lines):
        if index == len(lines) - 1:
            break  # what follows the last newline was never a whole record
        record = _decode_line(line)
        if record is None:
            if _holds_a_record(line) or any(_decode_line(later) for later in lines[index + 1 :]):
                raise JournalDamaged(f"line {index + 1} of the journal is damaged, but later ones are whole")
            break
        if record.number != len(records):
            raise JournalDamaged(f"the journal jumps from record {len(records) - 1} to {record.number}")
        records.append(record)
        good += len(line) + 1
    return tuple(records), good


def _holds_a_record(line: bytes) -> bool:
    """Whether a whole record follows within a bad line: then it is no torn tail, the line's end was lost."""
    return any(_decode_line(line[found.start() :]) for found in _BEGINNING.finditer(line, 1))


def _decode_line(line: bytes) -> Record | None:
    checksum, _, body = line.partition(b" ")
    if checksum != b"%08x" % zlib.crc32(body):
        return None
    try:
        document = json.loads(body)
        version = document["v"]
        if version == JOURNAL_FORMAT and document["kind"] in KINDS:
            return Record(*(document[name] for name in ("n", "at", "kind", "step", "data")))
    except (ValueError, KeyError, TypeError) as error:
        raise JournalDamaged("the journal has a line that is no record") from error
    if version != JOURNAL_FORMAT:
        raise JournalDamaged(
            f"the journal has format {version!r}; this clawupgrade reads {JOURNAL_FORMAT}",
            "use the clawupgrade version that wrote it, or a newer one",
        )
    raise JournalDamaged(f"the journal has an unknown record “{document['kind']}”")
