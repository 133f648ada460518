"""What it takes to start a gateway again that no service manager knows: kept in one 0600 file."""

from __future__ import annotations

from pathlib import Path

import msgspec

from clawupgrade.errors import StepFailed
from clawupgrade.host.durable import write_file
from clawupgrade.host.identity import Identity

_FORMAT = 1


class GatewayRecord(msgspec.Struct, frozen=True):
    """How a gateway is started, and which process it is now.

    env: the whole environment, secrets included, which is why this is never shown. mark: random, in
    the gateway's environment too. is_ours: we started it, so its session is ours to end. is_starting:
    a start was begun; unless `process` says otherwise only the mark tells what came of it.
    stopped: the pid that we have stopped, which by now may be anybody's.
    """

    argv: tuple[str, ...]
    env: dict[str, str]
    cwd: str
    mark: str
    process: Identity | None = None
    is_ours: bool = False
    is_starting: bool = False
    stopped: int | None = None
    format: int = _FORMAT

    def __repr__(self) -> str:
        """Without the environment."""
        return f"GatewayRecord(argv={self.argv!r}, process={self.process!r})"


def read_record(path: Path) -> GatewayRecord | None:
    """The record, or None when there is none. Raises StepFailed for one that cannot be read."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return None
    try:
        record = msgspec.json.decode(content, type=GatewayRecord)
    except msgspec.DecodeError as error:
        raise StepFailed(f"{path} cannot be read", "move it away; start the gateway by hand once") from error
    if record.format != _FORMAT:
        raise StepFailed(f"{path} has format {record.format}; this clawupgrade reads {_FORMAT}")
    return record


def write_record(path: Path, record: GatewayRecord) -> None:
    """Replace the record at one stroke, in a folder that is closed to others."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_file(path, msgspec.json.encode(record), mode=0o600)
