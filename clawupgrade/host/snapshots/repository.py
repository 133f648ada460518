"""The bare git repository: readable config history, manifests, and the refs that make a snapshot exist.

Written and read without a git process, so neither GIT_* variables nor anybody's git configuration has a say.
"""

from __future__ import annotations

import hashlib
import os
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import cast

# Imported, GitPython asks `git version`, twice, and fails where there is no git. We need none: so it finds none.
os.environ.setdefault("GIT_PYTHON_REFRESH", "quiet")
os.environ.setdefault("GIT_PYTHON_GIT_EXECUTABLE", os.devnull)

from git import Commit, Reference, Repo
from git.objects import Blob
from git.objects.fun import tree_to_stream
from gitdb import GitDB, IStream, LooseObjectDB  # type: ignore[import-untyped]
from gitdb.exc import ODBError  # type: ignore[import-untyped]

from clawupgrade.host.durable import sync_folder
from clawupgrade.host.snapshots.errors import SnapshotDamaged
from clawupgrade.host.snapshots.folders import private_folder, put_on_disk, write_private

if os.environ["GIT_PYTHON_GIT_EXECUTABLE"] == os.devnull:  # a hook of ours may be a Python that does need git
    del os.environ["GIT_PYTHON_GIT_EXECUTABLE"]

SNAPSHOTS = "refs/snapshots/"
PINS = "refs/pins/"
CONFIG = "refs/heads/config"

_HINT = "Restore from another snapshot, or take a new one."
_WHO = "clawupgrade <clawupgrade@localhost>"
_CONFIG_FILE = b"""[core]
\trepositoryformatversion = 0
\tfilemode = true
\tbare = true
\tautocrlf = false
\tsharedRepository = 0600
\tlogAllRefUpdates = false
[gc]
\tauto = 0
\tpackRefs = false
"""


@contextmanager
def _without_git_variables() -> Iterator[None]:
    """GIT_DIR and its kin would send GitPython to another repository; only its opening looks at them."""
    kept = {name: os.environ.pop(name) for name in list(os.environ) if name.startswith("GIT_")}
    try:
        yield
    finally:
        os.environ.update(kept)


@contextmanager
def _renaming_damage() -> Iterator[None]:
    try:
        yield
    except (ODBError, zlib.error, EOFError, OSError, ValueError) as problem:
        raise SnapshotDamaged(f"history.git is damaged: {problem}", _HINT) from problem


def _name_of(kind: bytes, data: bytes) -> str:
    return hashlib.sha1(b"%s %d\0%s" % (kind, len(data), data), usedforsecurity=False).hexdigest()


def _holds(loose: Path, kind: bytes, data: bytes) -> bool:
    try:
        return zlib.decompress(loose.read_bytes()) == b"%s %d\0%s" % (kind, len(data), data)
    except zlib.error:
        return False


class Repository:
    """Blobs, commits and refs in one folder; knows nothing of sources or manifests."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._repo: Repo | None = None
        self._fresh: list[str] = []

    def exists(self) -> bool:
        """Whether anything was ever sealed here."""
        return (self._folder / "HEAD").exists()

    def create(self) -> None:
        """Lay out an empty bare repository, 0700: no hooks, no remotes; idempotent."""
        is_new = not self.exists()
        for name in ("refs/heads", "refs/snapshots", "refs/pins", "objects"):
            private_folder(self._folder / name)
        if is_new:  # a ref is on the disk when all folders above it are
            for folder in (self._folder / "refs", self._folder, self._folder.parent, self._folder.parent.parent):
                sync_folder(folder)
        for name, text in (("config", _CONFIG_FILE), ("HEAD", f"ref: {CONFIG}\n".encode("ascii"))):
            if not (self._folder / name).exists():
                write_private(self._folder / name, [text], durable=True)

    def commit(self, files: Mapping[str, bytes], message: str, when: int, parent: str | None = None) -> str:
        """Write files (path → bytes) as one tree and a commit; returns its hex name. No ref yet."""
        tree = self._tree({tuple(path.split("/")): data for path, data in files.items()})
        lines = [f"tree {tree.hex()}", *([f"parent {parent}"] if parent else [])]
        lines += [f"{role} {_WHO} {when} +0000" for role in ("author", "committer")]
        return self._store(b"commit", "\n".join([*lines, "", message]).encode("utf-8")).hex()

    def set_ref(self, ref: str, commit: str) -> None:
        """Point a ref at a commit, durably: objects first, the name last."""
        folders = {os.path.dirname(file) for file in self._fresh} | {str(self._folder / "objects")}
        put_on_disk(self._fresh, folders, [str(self._folder)])
        self._fresh.clear()
        path, fresh = self._folder / ref, self._folder / "fresh-ref"
        write_private(fresh, [f"{commit}\n".encode("ascii")], durable=True)
        fresh.rename(path)
        sync_folder(path.parent)

    def drop_ref(self, ref: str) -> None:
        """Forget a ref; nothing happens if it is not there."""
        if self.ref(ref) is not None:
            Reference.delete(self._open(), ref)
            sync_folder((self._folder / ref).parent)

    def ref(self, ref: str) -> str | None:
        """The commit a ref names, or None. The commit itself is not read: a damaged one still exists."""
        if not self.exists():
            return None
        try:
            return Reference.dereference_recursive(self._open(), ref)
        except ValueError:  # GitPython's word for "no such ref"
            return None

    def refs(self, prefix: str) -> list[str]:
        """What follows the prefix in all refs below it, sorted."""
        if not self.exists():
            return []
        paths = (str(found.path) for found in Reference.iter_items(self._open(), prefix.rstrip("/")))
        return sorted(path.removeprefix(prefix) for path in paths if not path.endswith(".lock"))

    def file(self, commit: str, path: str) -> bytes:
        """The bytes of one file of a commit; raises KeyError if it has none of that name, SnapshotDamaged."""
        with _renaming_damage():
            blob = self._commit(commit).tree / path
            data = cast(bytes, blob.data_stream.read())
        if _name_of(b"blob", data) != blob.hexsha:  # gitdb does not look
            raise SnapshotDamaged(f"history.git is damaged: {path} of {commit[:12]} is not what was stored", _HINT)
        return data

    def blob_name(self, commit: str, path: str) -> str | None:
        """The hex name of a file's content, or None: equal names mean equal texts."""
        try:
            return (self._commit(commit).tree / path).hexsha
        except KeyError:
            return None

    def files(self, commit: str) -> list[str]:
        """All paths of a commit, sorted."""
        return sorted(str(item.path) for item in self._commit(commit).tree.traverse() if isinstance(item, Blob))

    def line(self, ref: str) -> Iterator[tuple[str, int, str]]:
        """(commit, seconds, message) from the newest to the first."""
        tip = self.ref(ref)
        while tip is not None:
            with _renaming_damage():
                commit = self._commit(tip)
                when, message = commit.committed_date, str(commit.message)
            yield tip, when, message
            tip = commit.parents[0].hexsha if commit.parents else None

    def sweep(self) -> None:
        """Remove every loose object that no ref needs."""
        needed = self._needed()
        for shard in sorted((self._folder / "objects").iterdir()):
            for file in shard.iterdir() if len(shard.name) == 2 else ():
                if shard.name + file.name not in needed:
                    file.unlink()

    def _needed(self) -> set[str]:
        tips = [self.ref(prefix + name) for prefix in (SNAPSHOTS, PINS) for name in self.refs(prefix)]
        tips += [commit for commit, _, _ in self.line(CONFIG)]
        found = set[str]()
        for tip in tips:
            if tip is not None and tip not in found:
                with _renaming_damage():
                    tree = self._commit(tip).tree
                    found |= {tip, tree.hexsha, *(cast(Blob, item).hexsha for item in tree.traverse())}
        return found

    def _commit(self, name: str) -> Commit:
        return Commit(self._open(), bytes.fromhex(name))

    def _open(self) -> Repo:
        if self._repo is None:
            with _without_git_variables():
                self._repo = Repo(self._folder, odbt=LooseObjectDB, expand_vars=False)
            # Loose objects are all we write, but a person may have run `git gc`: GitDB reads packs, too.
            database = GitDB(str(self._folder / "objects"))
            for part in database.databases():
                if isinstance(part, LooseObjectDB):
                    part.new_objects_mode = 0o400
            self._repo.odb = database
        return self._repo

    def _store(self, kind: bytes, data: bytes) -> bytes:
        name = _name_of(kind, data)
        loose = self._folder / "objects" / name[:2] / name[2:]
        self._fresh.append(str(loose))
        # A power cut may have left torn bytes under this very name, and gitdb never writes a name twice.
        if loose.exists():
            if _holds(loose, kind, data):
                return bytes.fromhex(name)
            loose.unlink()
        private_folder(loose.parent)  # gitdb would make it open to the umask
        return cast(bytes, self._open().odb.store(IStream(kind, len(data), BytesIO(data))).binsha)

    def _tree(self, files: Mapping[tuple[str, ...], bytes]) -> bytes:
        entries: list[tuple[bytes, int, str]] = []
        folders: dict[str, dict[tuple[str, ...], bytes]] = {}
        for parts, data in files.items():
            if len(parts) == 1:
                entries.append((self._store(b"blob", data), 0o100644, parts[0]))
            else:
                folders.setdefault(parts[0], {})[parts[1:]] = data
        entries += [(self._tree(below), 0o040000, name) for name, below in folders.items()]
        # git orders a folder as if its name ended in a slash
        entries.sort(key=lambda e: e[2].encode() + (b"/" if e[1] == 0o040000 else b""))
        out = BytesIO()
        tree_to_stream(entries, out.write)
        return self._store(b"tree", out.getvalue())
