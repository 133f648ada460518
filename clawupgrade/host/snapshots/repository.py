"""The bare git repository: readable config history, manifests, and the refs that make a snapshot exist.

Written and read without a git process, so neither GIT_* variables nor anybody's git configuration has a say.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import cast

os.environ.setdefault("GIT_PYTHON_REFRESH", "quiet")  # else the import fails on a host without a git binary

from git import Actor, Commit, Reference, Repo
from git.objects import Blob, Tree
from git.objects.fun import tree_to_stream
from gitdb import IStream, LooseObjectDB  # type: ignore[import-untyped]

from clawupgrade.host.snapshots.kernel import sync_filesystem, sync_folder

SNAPSHOTS = "refs/snapshots/"
PINS = "refs/pins/"
CONFIG = "refs/heads/config"

_WHO = ("clawupgrade", "clawupgrade@localhost")
_CONFIG_FILE = """[core]
\trepositoryformatversion = 0
\tfilemode = true
\tbare = true
\tautocrlf = false
\tsharedRepository = 0600
\tlogAllRefUpdates = false
[gc]
\tauto = 0
"""


@contextmanager
def _without_git_variables() -> Iterator[None]:
    """GIT_DIR and its kin would send GitPython to another repository; only its opening looks at them."""
    kept = {name: os.environ.pop(name) for name in list(os.environ) if name.startswith("GIT_")}
    try:
        yield
    finally:
        os.environ.update(kept)


class Repository:
    """Blobs, commits and refs in one folder; knows nothing of sources or manifests."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._repo: Repo | None = None

    def exists(self) -> bool:
        """Whether anything was ever sealed or drafted here."""
        return (self._folder / "HEAD").exists()

    def create(self) -> None:
        """Lay out an empty bare repository, 0700: no hooks, no remotes; idempotent."""
        folders = ["", "objects", "refs", "refs/heads", "refs/snapshots", "refs/pins"]
        # gitdb would make these itself, but open to the umask
        folders += [f"objects/{shard:02x}" for shard in range(256)]
        for name in folders:
            os.makedirs(self._folder / name, 0o700, exist_ok=True)
        for name, text in (("config", _CONFIG_FILE), ("HEAD", f"ref: {CONFIG}\n")):
            if not (self._folder / name).exists():
                descriptor = os.open(
                    self._folder / f"{name}.new", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600
                )
                with os.fdopen(descriptor, "w", encoding="ascii") as out:
                    out.write(text)
                os.rename(self._folder / f"{name}.new", self._folder / name)

    def commit(self, files: Mapping[str, bytes], message: str, when: int, parent: str | None = None) -> str:
        """Write files (path → bytes) as one tree and a commit; returns its hex name. No ref yet."""
        repo = self._open()
        author = Actor(*_WHO)
        tree = Tree(repo, self._tree({tuple(path.split("/")): data for path, data in files.items()}))
        stamp = f"{when} +0000"
        parents = [Commit(repo, bytes.fromhex(parent))] if parent else []
        made = Commit.create_from_tree(
            repo,
            tree,
            message,
            parents,
            author=author,
            committer=author,
            author_date=stamp,
            commit_date=stamp,
        )
        return made.hexsha

    def set_ref(self, ref: str, commit: str) -> None:
        """Point a ref at a commit, durably: objects first, the name last."""
        sync_filesystem(self._folder)
        path = self._folder / ref
        temporary = path.with_name(f"{path.name}.lock")
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as out:
            out.write(f"{commit}\n")
            out.flush()
            os.fsync(out.fileno())
        temporary.rename(path)
        sync_folder(path.parent)

    def drop_ref(self, ref: str) -> None:
        """Forget a ref; nothing happens if it is not there."""
        path = self._folder / ref
        path.unlink(missing_ok=True)
        if path.parent.exists():
            sync_folder(path.parent)

    def ref(self, ref: str) -> str | None:
        """The commit a ref names, or None."""
        if not self.exists():
            return None
        found = Reference(self._open(), ref)
        return found.commit.hexsha if found.is_valid() else None

    def refs(self, prefix: str) -> Iterator[str]:
        """The last parts of all refs below a prefix, sorted."""
        folder = self._folder / prefix
        if folder.is_dir():
            yield from sorted(name for name in os.listdir(folder) if not name.endswith(".lock"))

    def file(self, commit: str, path: str) -> bytes:
        """The bytes of one file of a commit; raises KeyError if it has none of that name."""
        blob = Commit(self._open(), bytes.fromhex(commit)).tree / path
        return cast(bytes, blob.data_stream.read())

    def blob_name(self, commit: str, path: str) -> str | None:
        """The hex name of a file's content, or None: equal names mean equal texts."""
        try:
            return (Commit(self._open(), bytes.fromhex(commit)).tree / path).hexsha
        except KeyError:
            return None

    def files(self, commit: str) -> list[str]:
        """All paths of a commit."""
        tree = Commit(self._open(), bytes.fromhex(commit)).tree
        return [str(item.path) for item in tree.traverse() if isinstance(item, Blob)]

    def line(self, ref: str) -> Iterator[tuple[str, int, str]]:
        """(commit, seconds, message) from the newest to the first."""
        tip = self.ref(ref)
        while tip is not None:
            commit = Commit(self._open(), bytes.fromhex(tip))
            yield tip, commit.committed_date, str(commit.message)
            tip = commit.parents[0].hexsha if commit.parents else None

    def object_files(self) -> Iterator[Path]:
        """Every loose object's file."""
        for shard in sorted((self._folder / "objects").iterdir()):
            if len(shard.name) == 2:
                yield from shard.iterdir()

    def reachable(self) -> set[str]:
        """Hex names of every object that a ref still needs."""
        repo, found = self._open(), set[str]()
        tips = [self.ref(prefix + name) for prefix in (SNAPSHOTS, PINS) for name in self.refs(prefix)]
        tips += [commit for commit, _, _ in self.line(CONFIG)]
        for tip in tips:
            if tip is not None and tip not in found:
                tree = Commit(repo, bytes.fromhex(tip)).tree
                found |= {tip, tree.hexsha, *(item.hexsha for item in tree.traverse())}  # type: ignore[union-attr]
        return found

    def _open(self) -> Repo:
        if self._repo is None:
            with _without_git_variables():
                self._repo = Repo(self._folder, odbt=LooseObjectDB, expand_vars=False)
            self._repo.odb.new_objects_mode = 0o400
        return self._repo

    def _store(self, kind: bytes, data: bytes) -> bytes:
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
