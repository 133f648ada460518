"""The snapshot store in memory: unsealed it does not exist; a restore can be cut off between two files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from fnmatch import fnmatch
from pathlib import Path

from clawupgrade.errors import Refused
from clawupgrade.testing.disk import Entry, File, durable
from clawupgrade.testing.releases import schema_of
from clawupgrade.testing.world import Taken, World

_Sources = Sequence[tuple[str, str, tuple[str, ...]]]


class MemorySnapshots:
    """The `Snapshots` port."""

    def __init__(self, world: World) -> None:
        self._world = world

    def take(self, plan_id: str, sources: _Sources, readable: Sequence[str]) -> None:
        """The full pass, under a live gateway or not."""
        self._pass(plan_id, tuple(sources))

    def delta(self, plan_id: str) -> None:
        """The last pass; a gateway that still writes would tear it."""
        if self._world.daemon is not None:
            self._world.violate("the last pass of the snapshot was made under a live gateway")
        self._pass(plan_id, self._draft(plan_id).sources)

    def verify(self, plan_id: str) -> None:
        """Read back."""
        if not self._draft(plan_id).whole:
            raise Refused(f"the snapshot {plan_id} is damaged")

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

    def _pass(self, plan_id: str, sources: tuple[tuple[str, str, tuple[str, ...]], ...]) -> None:
        found = self._found(sources)
        part = dict(list(found.items())[: len(found) // 2])
        self._world.effect(
            "copy into the snapshot",
            lambda: self._keep(plan_id, Taken(sources, self._found(sources), whole=True)),
            lambda: self._keep(plan_id, Taken(sources, part)),
            fills=True,
        )

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
