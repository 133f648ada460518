"""Snapshots in the making: plain files that do not exist for list or restore until they are sealed."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

from clawupgrade.host.snapshots.folders import private_folder, write_private
from clawupgrade.host.snapshots.header import Header, parse_header


class Drafts:
    """One folder per draft: snapshot.json, manifest/<source>.jsonl, and which contents were read back."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def begin(self, snapshot_id: str) -> None:
        """An empty draft; whatever a run that was cut short left under this name goes."""
        self.remove(snapshot_id)
        private_folder(self._root / snapshot_id / "manifest")

    def exists(self, snapshot_id: str) -> bool:
        """Whether a full pass was completed under this name."""
        return (self._root / snapshot_id / "snapshot.json").exists()

    def ids(self) -> list[str]:
        """Every draft, complete or not."""
        return sorted(os.listdir(self._root)) if self._root.is_dir() else []

    def write_manifest(self, snapshot_id: str, source: str, lines: Iterable[str]) -> None:
        """Keep one source's entries, given as their lines."""
        write_private(self._manifest(snapshot_id, source), (f"{line}\n".encode("ascii") for line in lines))

    def write_header(self, header: Header) -> None:
        """Written last: from here on the draft is complete."""
        write_private(self._root / header.snapshot_id / "snapshot.json", [header.text()], durable=True)

    def header(self, snapshot_id: str) -> Header:
        """The draft's header."""
        return parse_header((self._root / snapshot_id / "snapshot.json").read_bytes())

    def manifest(self, snapshot_id: str, source: str) -> bytes:
        """One source's manifest."""
        return self._manifest(snapshot_id, source).read_bytes()

    def manifest_files(self, snapshot_id: str) -> list[str]:
        """Where this draft's manifests lie."""
        return sorted(str(file) for file in (self._root / snapshot_id / "manifest").glob("*.jsonl"))

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
        write_private(self._root / snapshot_id / "verified", [f"{c}\n".encode("ascii") for c in sorted(contents)])

    def remove(self, snapshot_id: str) -> None:
        """Forget a draft; nothing happens if there is none."""
        folder = self._root / snapshot_id
        if folder.is_dir():
            (folder / "snapshot.json").unlink(missing_ok=True)
            shutil.rmtree(folder)

    def _manifest(self, snapshot_id: str, source: str) -> Path:
        return self._root / snapshot_id / "manifest" / f"{source}.jsonl"
