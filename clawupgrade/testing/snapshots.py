"""The snapshot store in memory: unsealed it does not exist; a restore can be cut off between two files."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from clawupgrade.errors import Refused
from clawupgrade.held import Drilled, PruneReport, Retention, Revision, Since, SnapshotInfo, Verdict
from clawupgrade.testing.disk import Entry, File, durable
from clawupgrade.testing.releases import messages_of, schema_of
from clawupgrade.testing.world import Taken, World

_Sources = Sequence[tuple[str, str, tuple[str, ...]]]


class MemorySnapshots:
    """The `Snapshots` port."""

    def __init__(self, world: World) -> None:
        self._world = world

    def take(self, plan_id: str, sources: _Sources, readable: Sequence[str], meta: Mapping[str, Any] = {}) -> None:
        """The full pass, under a live gateway or not."""
        self._pass(plan_id, Taken(tuple(sources), {}, meta=meta, when=self._world.time))

    def delta(self, plan_id: str) -> None:
        """The last pass; a gateway that still writes would tear it."""
        if self._world.daemon is not None:
            self._world.violate("the last pass of the snapshot was made under a live gateway")
        self._pass(plan_id, self._draft(plan_id))

    def verify(self, plan_id: str) -> None:
        """Read back."""
        if not self._draft(plan_id).whole:
            raise Refused(f"the snapshot {plan_id} is damaged")

    def left_out(self, plan_id: str) -> Sequence[str]:
        """What the patterns of its sources match."""
        return [
            path[len(root) + 1 :]
            for _, root, excludes in self._draft(plan_id).sources
            for path in self._world.disk.below(root)
            if any(fnmatch(path[len(root) + 1 :], pattern) for pattern in excludes)
        ]

    def seal(self, plan_id: str) -> None:
        """From here on it exists."""
        sealed = replace(self._draft(plan_id), sealed=True)
        self._world.effect("seal the snapshot", lambda: self._keep(plan_id, sealed), fills=True)

    def is_sealed(self, plan_id: str) -> bool:
        """Whether it exists."""
        taken = self._world.snapshots.get(plan_id)
        return taken is not None and taken.sealed

    def discard(self, plan_id: str) -> None:
        """Forget an unsealed one."""
        if not self.is_sealed(plan_id):
            self._world.effect("discard the snapshot", lambda: self._world.snapshots.pop(plan_id, None))

    def restore(self, plan_id: str, *, names: Sequence[str] | None = None, aside: str | None = None) -> None:
        """Put back file by file, what was not there last."""
        taken = self._sealed(plan_id)
        wanted, present = self._compared(taken, names)
        for path, entry in wanted.items():
            if present.get(path) != entry:
                self._put(path, entry)
        for path in sorted(present.keys() - wanted.keys(), reverse=True):
            self._remove(path)

    def read_file(self, plan_id: str, path: str) -> bytes | None:
        """One file's bytes as they were."""
        entry = self._sealed(plan_id).entries.get(path)
        return entry.content if isinstance(entry, File) else None

    def migrated_databases(self, plan_id: str) -> tuple[str, ...]:
        """The database, if it has another schema now."""
        path = self._world.layout.database_path
        before = self.read_file(plan_id, path) or b""
        now = self._world.disk.file(path) or b""
        return (path,) if schema_of(now) != schema_of(before) else ()

    def differs(self, plan_id: str, names: Sequence[str] | None = None) -> Sequence[Path]:
        """What is not as it was."""
        wanted, present = self._compared(self._sealed(plan_id), names)
        known = sorted(wanted.keys() | present.keys())
        return [Path(path) for path in known if wanted.get(path) != present.get(path)]

    def _pass(self, plan_id: str, begun: Taken) -> None:
        found = self._found(begun.sources)
        part = dict(list(found.items())[: len(found) // 2])
        self._world.effect(
            "copy into the snapshot",
            lambda: self._keep(plan_id, replace(begun, entries=self._found(begun.sources), whole=True)),
            lambda: self._keep(plan_id, replace(begun, entries=part, whole=False)),
            fills=True,
        )

    def copy_database(self, path: str, target: str) -> None:
        """As a file."""
        content = (self._world.disk.file(path) or b"").decode()
        self._world.effect("copy a database", lambda: self._world.disk.put_text(target, content, 0o600), fills=True)

    def since(self, plan_id: str) -> Since:
        """The messages that the database holds now and did not then."""
        path = self._world.layout.database_path
        then = messages_of(self.read_file(plan_id, path) or b"").splitlines()
        now = messages_of(self._world.disk.file(path) or b"").splitlines()
        return Since(messages=len(set(now) - set(then)))

    def listed(self) -> Sequence[SnapshotInfo]:
        """What is sealed, oldest first."""
        sealed = [(plan_id, taken) for plan_id, taken in self._world.snapshots.items() if taken.sealed]
        found = [
            SnapshotInfo(
                plan_id,
                taken.when,
                "",
                plan_id in self._world.pins,
                len(taken.entries),
                meta=taken.meta,
                sources=tuple(name for name, _, _ in taken.sources),
            )
            for plan_id, taken in sealed
        ]
        return sorted(found, key=lambda info: (info.when, info.snapshot_id))

    def pin(self, plan_id: str, *, pinned: bool) -> None:
        """Keep it, or no longer."""
        change = self._world.pins.add if pinned else self._world.pins.discard
        self._world.effect("pin the snapshot", lambda: change(plan_id))

    def judge(self, policy: Retention) -> Sequence[Verdict]:
        """By count alone; the newest, the pinned and the last known good stay."""
        held = self.listed()
        verdicts = list[Verdict]()
        for number, info in enumerate(reversed(held)):
            stays = info.pinned or info.snapshot_id in policy.last_known_good or number == 0
            within = policy.count is None or number < policy.count
            verdicts.append(Verdict(info.snapshot_id, stays or within, "kept" if stays or within else "too many"))
        return verdicts

    def prune(self, policy: Retention) -> PruneReport:
        """Let go what `judge` says, one by one."""
        verdicts = tuple(self.judge(policy))
        for name in [verdict.snapshot_id for verdict in verdicts if not verdict.keep]:

            def forget(name: str = name) -> None:
                self._world.snapshots.pop(name, None)

            self._world.effect("forget a snapshot", forget)
        return PruneReport(verdicts, 0)

    def drill(self, plan_id: str) -> Drilled:
        """A sealed snapshot in memory is whole."""
        return Drilled(plan_id, len(self._sealed(plan_id).entries), 0, 1)

    def export(self, plan_id: str, target: str, recipients: Sequence[str] = ()) -> None:
        """Its name is all there is to write."""
        self._sealed(plan_id)
        self._world.effect("export", lambda: self._world.disk.put_text(target, plan_id, 0o600), fills=True)

    def note(self, name: str, readable: Sequence[str]) -> None:
        """The texts as they are. Raises ValueError for a name that is not safe as a ref."""
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", name):
            raise ValueError(f"not a name for a snapshot: {name!r}")
        texts = {path: content for path in readable if (content := self._world.disk.file(path)) is not None}

        def keep() -> None:
            self._world.noted[name] = texts

        self._world.effect("note the config", keep, fills=True)

    def noted(self, name: str, path: str) -> bytes | None:
        """From a note, else from the snapshot of that name."""
        if name in self._world.noted:
            return self._world.noted[name].get(path)
        return self.read_file(name, path) if self.is_sealed(name) else None

    def revisions(self, path: str) -> Sequence[Revision]:
        """One for each sealed snapshot."""
        return [Revision(info.snapshot_id, info.when, info.snapshot_id) for info in self.listed()]

    def text(self, commit: str, path: str) -> bytes | None:
        """As a snapshot has it."""
        return self.noted(commit, path)

    def _put(self, path: str, entry: Entry) -> None:
        disk = self._world.disk

        def put() -> None:
            disk.make(path.rpartition("/")[0])
            disk.put(path, entry)

        self._world.effect(f"restore writes {path}", put, touches=path, fills=True)

    def _remove(self, path: str) -> None:
        self._world.effect(f"restore removes {path}", lambda: self._world.disk.delete(path), touches=path)

    def _compared(self, taken: Taken, names: Sequence[str] | None) -> tuple[Mapping[str, Entry], Mapping[str, Entry]]:
        sources = tuple(source for source in taken.sources if names is None or source[0] in names)
        roots = tuple(path for _, path, _ in sources)
        wanted = {
            path: entry
            for path, entry in taken.entries.items()
            if any(path == root or path.startswith(root + "/") for root in roots)
        }
        return wanted, self._found(sources)

    def _found(self, sources: tuple[tuple[str, str, tuple[str, ...]], ...]) -> dict[str, Entry]:
        disk = self._world.disk
        return {
            path: durable(disk.entries[path])
            for _, root, excludes in sources
            for path in disk.below(root)
            if not any(fnmatch(path[len(root) + 1 :], pattern) for pattern in excludes)
        }

    def _draft(self, plan_id: str) -> Taken:
        if plan_id not in self._world.snapshots:
            raise Refused(f"there is no snapshot {plan_id}")
        return self._world.snapshots[plan_id]

    def _sealed(self, plan_id: str) -> Taken:
        taken = self._draft(plan_id)
        if not taken.sealed:
            raise Refused(f"the snapshot {plan_id} was never sealed")
        return taken

    def _keep(self, plan_id: str, taken: Taken) -> None:
        self._world.snapshots[plan_id] = taken
