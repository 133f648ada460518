"""A planted secret is in the store's contents and its history of texts, and in nothing else that the store writes."""

from __future__ import annotations

import zlib
from pathlib import Path

from clawupgrade.host.snapshots import SnapshotStore, Source

SECRET = b"planted-secret-3f9a77c1d2e84b56"


def test_a_planted_secret_is_nowhere_but_in_private_contents(tmp_path: Path) -> None:
    state = tmp_path / "state"
    (state / "credentials").mkdir(parents=True)
    (state / "credentials/oauth.json").write_bytes(b'{"refresh": "' + SECRET + b'"}')
    (state / "openclaw.json").write_bytes(b'{"gateway": {"auth": {"token": "' + SECRET + b'"}}}')
    (state / "large.bin").write_bytes(SECRET + bytes(1 << 20))
    store = SnapshotStore(tmp_path / "store")
    store.take("one", [Source("state", state)], readable=[state / "openclaw.json"], meta={"why": "a test"})
    store.delta("one")
    store.seal("one")
    store.note("one.after", [state / "openclaw.json"])
    store.drill("one")

    found = {}
    for path in (tmp_path / "store").rglob("*"):
        mode = path.lstat().st_mode & 0o077
        assert mode == 0, f"{path} is open to others"
        if path.is_file() and SECRET in _plain(path.read_bytes()):
            found.setdefault(path.relative_to(tmp_path / "store").parts[0], []).append(path)
    assert set(found) == {"objects", "history.git"}
    # of the history only the config's own text; two commits of an unchanged text share one
    assert len(found["history.git"]) == 1


def _plain(content: bytes) -> bytes:
    try:
        return zlib.decompress(content)
    except zlib.error:
        return content
