"""`clawupgrade self-check`: whether this clawupgrade is whole, wherever it was installed from; looks at no OpenClaw."""

from __future__ import annotations

import argparse
import importlib
import json
import os
import shutil
import sqlite3
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from clawupgrade import __version__
from clawupgrade.cli.place import installation_folder, own_account
from clawupgrade.errors import Exit
from clawupgrade.render.documents import print_json
from clawupgrade.render.layout import painted

_LIBRARIES = (
    *("argcomplete", "cryptography.hazmat.primitives.asymmetric.ed25519", "filelock", "git", "msgspec", "packaging"),
    *("plumbum", "psutil", "rich", "websockets"),
)
_OLDEST_SQLITE = (3, 27)


def self_check(args: argparse.Namespace) -> int:
    """Try every part of it once; exit 78 where something is missing."""
    found = [_tried(name, act) for name, act in _parts(args)]
    code = Exit.OK if all(ok for _, ok, _ in found) else Exit.CONFIG
    if args.json:
        checks = [{"name": name, "ok": ok, "words": words} for name, ok, words in found]
        print_json({"schema": "clawupgrade.self-check.v1", "exit_code": int(code), "changed": False, "checks": checks})
    elif not (args.quiet and code is Exit.OK):
        for name, ok, words in found:
            print(f"{painted('✓' if ok else '✗', 'good' if ok else 'bad')} {name:<12} {words}")
        print("clawupgrade is whole" if code is Exit.OK else "clawupgrade is not whole: install it anew")
    return int(code)


def _parts(args: argparse.Namespace) -> Iterator[tuple[str, Callable[[], str]]]:
    yield "clawupgrade", lambda: f"{__version__} in {Path(__file__).parents[1]}"
    yield "python", lambda: f"{sys.version.split()[0]} ({sys.executable})"
    yield "libraries", _libraries
    yield "git", _git
    yield "sqlite", _sqlite
    yield "schemas", _schemas
    yield "folder", lambda: _folder(args)


def _tried(name: str, act: Callable[[], str]) -> tuple[str, bool, str]:
    try:
        return name, True, act()
    except Exception as error:  # whatever is wrong with an installation, it is told as one line
        return name, False, f"{type(error).__name__}: {error}"


def _libraries() -> str:
    for name in _LIBRARIES:
        importlib.import_module(name)
    return f"all {len(_LIBRARIES)} can be imported"


def _git() -> str:
    found = shutil.which("git")
    if found is None:
        raise FileNotFoundError("git is not in PATH; snapshots need it")
    return found


def _sqlite() -> str:
    if sqlite3.sqlite_version_info < _OLDEST_SQLITE:
        raise RuntimeError(f"SQLite {sqlite3.sqlite_version} is too old for OpenClaw's databases")
    return sqlite3.sqlite_version


def _schemas() -> str:
    files = list((Path(__file__).parents[1] / "schemas").glob("*.v*.json"))
    for file in files:
        json.loads(file.read_text())
    if not files:
        raise FileNotFoundError("the JSON schemas are not there")
    return f"{len(files)} can be read"


def _folder(args: argparse.Namespace) -> str:
    folder = installation_folder(own_account(), os.environ, args.profile)
    there = next(each for each in (folder, *folder.parents) if each.is_dir())
    with tempfile.NamedTemporaryFile(dir=there, prefix=".clawupgrade-"):
        pass
    return f"{folder} can be written"
