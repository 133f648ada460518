"""A bundle in two lines, or as JSON."""

from __future__ import annotations

import msgspec

from clawupgrade.app.bundling import Bundled
from clawupgrade.render.documents import print_json


def show_bundle(found: Bundled, *, as_json: bool, quiet: bool, made: bool) -> None:
    """What was made, or what was found; made: whether it is new."""
    if as_json:
        document = {"schema": "clawupgrade.bundle.v1", "exit_code": 0, "changed": made}
        print_json(document | msgspec.to_builtins(found))
        return
    if quiet:
        return
    manifest = found.manifest
    print(f"✓ {found.path}")
    signed = f"signed by {found.signed_by}" if found.signed_by else "not signed"
    print(f"  {manifest.name} {manifest.version} for {manifest.platform.words}: {found.size / 1e6:.0f} MB, {signed}")
