"""A release that installs but cannot serve: a real one with one line put before its entry points."""

from __future__ import annotations

import json
import tarfile
from pathlib import Path

from clawupgrade.demo.ground import Ground

VERSION = "2026.9.99"
_ENTRIES = ("openclaw.mjs", "dist/index.js", "dist/entry.js")
_VERSIONED = ("package.json", "dist/build-info.json", "npm-shrinkwrap.json")
_FAULT = """\
if (process.argv.slice(2).includes("gateway") && !process.argv.includes("install")) {
  throw new Error("demo: this release cannot open its gateway");
}
"""


def make_bad_release(ground: Ground, of: str) -> Path:
    """A tarball of release `of` under another version number, whose gateway dies at its start."""
    folder = ground.root / "bad"
    folder.mkdir(exist_ok=True)
    packed = ground.run(["npm", "pack", "--silent", "--pack-destination", str(folder), f"openclaw@{of}"])
    with tarfile.open(folder / packed.split()[-1]) as archive:
        archive.extractall(folder, filter="data")
    package = folder / "package"
    for name in _VERSIONED:
        if (package / name).exists():
            facts = json.loads((package / name).read_text())
            (package / name).write_text(json.dumps(facts | {"version": VERSION}, indent=2))
    for entry in _ENTRIES:
        if (package / entry).exists():
            _put_before(package / entry, _FAULT)
    tarball = folder / f"openclaw-{VERSION}.tgz"
    with tarfile.open(tarball, "w:gz", compresslevel=1) as archive:
        archive.add(package, "package")
    return tarball


def _put_before(path: Path, fault: str) -> None:
    text = path.read_text()
    shebang, rest = text.split("\n", 1) if text.startswith("#!") else ("", text)
    path.write_text(f"{shebang}\n{fault}{rest}" if shebang else fault + rest)
