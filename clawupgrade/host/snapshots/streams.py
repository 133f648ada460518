"""Bytes from one open file to another, hashed on their way; holes stay holes."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from typing import Protocol

CHUNK = 1 << 20
_ZEROES = bytes(1 << 16)


class Hash(Protocol):
    """What eats bytes: a hash of hashlib or xxhash."""

    def update(self, data: bytes | memoryview, /) -> object:
        """Take these in."""


def digest_of(descriptor: int) -> tuple[str, int]:
    """(sha256, size) of an open file, read from its start."""
    digest = hashlib.sha256()
    size = feed(descriptor, digest)
    return digest.hexdigest(), size


def feed(descriptor: int, *hashes: Hash) -> int:
    """Give an open file's bytes, from its start, to each of these; returns how many there were."""
    expected = os.fstat(descriptor).st_size
    head = os.pread(descriptor, min(expected, CHUNK) + 1, 0)  # a small file needs no buffer of a megabyte
    size = len(head)
    for each in hashes:
        each.update(head)
    if size > CHUNK:
        view = memoryview(bytearray(CHUNK))
        while count := os.preadv(descriptor, [view], size):
            for each in hashes:
                each.update(view[:count])
            size += count
    return size


def copy(source: int, target: int, limit: int, *, sparse: bool, also: Sequence[Hash] = ()) -> tuple[str, int]:
    """Copy up to `limit` bytes: their (sha256, size); with `sparse`, runs of zeroes become holes.

    also: further hashes that get the same bytes.
    """
    digest, size, view = hashlib.sha256(), 0, memoryview(bytearray(min(CHUNK, max(limit, 1))))
    while size < limit and (count := os.readv(source, [view[: limit - size]])):
        part = view[:count]
        for each in (digest, *also):
            each.update(part)
        if sparse:
            _write_holes(target, part)
        else:
            write_all(target, part)
        size += count
    if sparse:
        os.ftruncate(target, size)
    return digest.hexdigest(), size


def _write_holes(target: int, data: memoryview) -> None:
    for start in range(0, len(data), 4096):
        block = data[start : start + 4096]
        if block == _ZEROES[: len(block)]:
            os.lseek(target, len(block), os.SEEK_CUR)
        else:
            write_all(target, block)


def write_all(target: int, data: bytes | memoryview) -> None:
    """Write all of it, however the kernel cuts it up."""
    view = memoryview(data)
    while view:
        view = view[os.write(target, view) :]
