"""The bundle that the command line names, and whose bundles are taken."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from clawupgrade.errors import UsageError
from clawupgrade.model import Offline


def bundle_of(args: argparse.Namespace) -> Offline | None:
    """The bundle that was asked for. Raises UsageError where a version was named as well."""
    path = getattr(args, "bundle", None) or getattr(args, "check", None)
    if not isinstance(path, str):
        return None
    if args.to:
        raise UsageError("--to and a bundle each say what to install", "give one of them")
    keys = args.bundle_keys or _usual_keys()
    return Offline(str(Path(path).absolute()), str(Path(keys).absolute()), args.unsigned)


def _usual_keys() -> str:
    folder = os.environ.get("XDG_CONFIG_HOME") or f"{os.environ.get('HOME') or Path.home()}/.config"
    return f"{folder}/clawupgrade/bundle-keys"
