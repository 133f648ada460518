from __future__ import annotations

import os
from pathlib import Path

from clawupgrade.host.snapshots.streams import CHUNK, copy, digest_of


def test_holes_stay_holes(tmp_path: Path) -> None:
    with (tmp_path / "sparse").open("wb") as file:
        file.write(b"start")
        file.truncate(5_000_000)
        file.seek(4_999_990)
        file.write(b"end")
    source = os.open(tmp_path / "sparse", os.O_RDONLY)
    target = os.open(tmp_path / "copy", os.O_RDWR | os.O_CREAT)
    assert copy(source, target, 5_000_000, sparse=True) == digest_of(source)
    assert (tmp_path / "copy").read_bytes() == (tmp_path / "sparse").read_bytes()
    assert (tmp_path / "copy").stat().st_blocks * 512 < 100_000
    os.close(source)
    os.close(target)


def test_a_copy_ends_at_its_limit_and_says_what_it_copied(tmp_path: Path) -> None:
    data = os.urandom(CHUNK + 3)
    (tmp_path / "from").write_bytes(data)
    with (tmp_path / "from").open("rb") as source, (tmp_path / "to").open("wb") as target:
        whole = digest_of(source.fileno())
        assert whole[1] == CHUNK + 3
        assert copy(source.fileno(), target.fileno(), CHUNK + 9, sparse=False) == whole
        source.seek(0)
        assert copy(source.fileno(), target.fileno(), 5, sparse=False)[1] == 5
    assert (tmp_path / "to").read_bytes() == data + data[:5]
