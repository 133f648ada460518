"""Snapshots in the making: plain files that do not exist for list or restore until they are sealed."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

from clawupgrade.host.snapshots.entries import Entry, lines
from clawupgrade.host.snapshots.header import Header, parse_header


class Drafts:
    """One folder per draft: snapshot.json, manifest/<source>.jsonl, and which contents were read back."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def begin(self, snapshot_id: str) -> None:
        """An empty draft; whatever a run that was cut short left under this name goes."""
        self.remove(snapshot_id)
        os.makedirs(self._root, 0o700, exist_ok=True)
        (self._root / snapshot_id).mkdir(0o700)
        (self._root / snapshot_id / "manifest").mkdir(0o700)

    def exists(self, snapshot_id: str) -> bool:
        """Whether a full pass was completed under this name."""
        return (self._root / snapshot_id / "snapshot.json").exists()

    def ids(self) -> list[str]:
        """Every draft, complete or not."""
        return sorted(os.listdir(self._root)) if self._root.is_dir() else []

    def write_manifest(self, snapshot_id: str, source: str, entries: Iterable[Entry]) -> None:
        """Keep one source's entries."""
        self._write(self._manifest(snapshot_id, source), lines(entries))

    def write_header(self, header: Header) -> None:
        """Written last: from here on the draft is complete."""
        self._write(self._root / header.snapshot_id / "snapshot.json", [header.text()])

    def header(self, snapshot_id: str) -> Header:
        """The draft's header."""
        return parse_header((self._root / snapshot_id / "snapshot.json").read_bytes())

    def manifest(self, snapshot_id: str, source: str) -> bytes:
        """One source's manifest."""
        return self._manifest(snapshot_id, source).read_bytes()

    def manifests(self) -> Iterator[bytes]:
        """Every manifest of every draft."""
        for snapshot_id in self.ids():
            for file in sorted((self._root / snapshot_id / "manifest").glob("*.jsonl")):
                yield file.read_bytes()

    def verified(self, snapshot_id: str) -> set[str]:
        """Contents of this draft that were read back already."""
        file = self._root / snapshot_id / "verified"
        return set(file.read_text("ascii").split()) if file.exists() else set()

    def mark_verified(self, snapshot_id: str, contents: Iterable[str]) -> None:
        """Remember what was read back, so that a second look after the delta is short."""
        self._write(
            self._root / snapshot_id / "verified", [f"{c}\n".encode("ascii") for c in sorted(contents)]
        )

    def remove(self, snapshot_id: str) -> None:
        """Forget a draft; nothing happens if there is none."""
        folder = self._root / snapshot_id
        if folder.is_dir():
            (folder / "snapshot.json").unlink(missing_ok=True)
            shutil.rmtree(folder)

    def _manifest(self, snapshot_id: str, source: str) -> Path:
        return self._root / snapshot_id / "manifest" / f"{source}.jsonl"

    def _write(self, path: Path, parts: Iterable[bytes]) -> None:
        temporary = path.with_name(f"{path.name}.new")
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "wb") as out:
            out.writelines(parts)
        temporary.rename(path)
