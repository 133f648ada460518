"""A release's tarball rebuilt under another version, broken on the way; its own inventories still match."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import subprocess
import tarfile
from pathlib import Path

from .breaks import ENTRIES, Break
from .root import Lab

INVENTORY = "dist/postinstall-content-inventory.json"


def fetch_tarball(lab: Lab, version: str) -> Path:
    """The real tarball of a version, by npm, kept in the lab."""
    target = lab.tarballs / f"openclaw-{version}.tgz"
    with lab.locked(target.name):
        if not target.exists():
            pack = ["npm", "pack", "--silent", f"openclaw@{version}", "--pack-destination"]
            scratch = lab.tarballs / f".new-{version}"
            scratch.mkdir(exist_ok=True)
            subprocess.run([*pack, scratch], check=True, capture_output=True, cwd=scratch)
            next(scratch.glob("*.tgz")).rename(target)
            scratch.rmdir()
    return target


def _rewrite(path: str, data: bytes, version: str, broken: Break) -> bytes:
    if path in ENTRIES and broken.prelude:
        text = data.decode()
        first, rest = text.split("\n", 1) if text.startswith("#!") else ("", text)
        return f"{first}\n{broken.prelude}{rest}".encode()
    if path in {"package.json", "dist/build-info.json", "npm-shrinkwrap.json"}:
        facts = json.loads(data)
        facts["version"] = version
        if path == "package.json":
            facts["scripts"] |= dict(broken.scripts)
        return json.dumps(facts, indent=2).encode()
    return data


def build_tarball(source: Path, target: Path, version: str, broken: Break) -> None:
    """Write `source` anew as `version`, broken; done only when `target` is there."""
    contents: dict[str, tuple[str, int]] = {}
    scratch = target.with_suffix(".new")
    with tarfile.open(source) as old, tarfile.open(scratch, "w:gz", compresslevel=1) as new:
        # The inventory of hashes goes last: OpenClaw's own updater compares dist with it (2026.9).
        members = sorted(old.getmembers(), key=lambda member: member.name == f"package/{INVENTORY}")
        for member in members:
            if not member.isfile():
                new.addfile(member)
                continue
            path = member.name.removeprefix("package/")
            stream = old.extractfile(member)
            assert stream is not None
            before = stream.read()
            data = _rewrite(path, before, version, broken)
            if path == INVENTORY:
                data = _refresh(before, contents)
            if data != before:
                contents[path] = (hashlib.sha256(data).hexdigest(), len(data))
            member.size = len(data)
            new.addfile(member, io.BytesIO(data))
    scratch.rename(target)


def _refresh(inventory: bytes, contents: dict[str, tuple[str, int]]) -> bytes:
    entries = json.loads(inventory)
    for entry in entries:
        if entry["path"] in contents:
            entry["sha256"], entry["size"] = contents[entry["path"]]
    return json.dumps(entries, indent=2).encode()


def describe(tarball: Path) -> dict[str, str]:
    """The `dist` digests that a registry states for a tarball (sha512 integrity, sha1 shasum)."""
    data = tarball.read_bytes()
    integrity = base64.b64encode(hashlib.sha512(data).digest()).decode()
    return {"integrity": f"sha512-{integrity}", "shasum": hashlib.sha1(data).hexdigest()}
