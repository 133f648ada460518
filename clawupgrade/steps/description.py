"""What is noted with a snapshot, so that months later somebody knows what it is of and what it needs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from clawupgrade.model import Install
from clawupgrade.ports import Host

# Where releases have put plugins that are not bundled; bundled ones have the package's own version.
_PLUGIN_FOLDERS = ("extensions", "npm/node_modules", "plugins")


def describe(host: Host, install: Install, why: str) -> Mapping[str, Any]:
    """Plain JSON values: the package, its Node.js, the plugins with their versions, and why it was taken."""
    return {
        "why": why,
        "package": {
            "name": install.package.name,
            "version": install.package.version,
            "root": install.package.root,
        },
        "node": {"path": install.node.path, "version": install.node.version},
        "plugins": [{"name": name, "version": version} for name, version in sorted(_plugins(host, install))],
        "serving": install.service.active,
    }


def version_of(meta: Mapping[str, Any]) -> str:
    """The version that a description names; "" where it names none."""
    package = meta.get("package")
    return str(package.get("version", "")) if isinstance(package, dict) else ""


def _plugins(host: Host, install: Install) -> Iterator[tuple[str, str]]:
    for folder in (f"{install.state_dir}/{name}" for name in _PLUGIN_FOLDERS):
        for name in host.files.names(folder):
            inner = host.files.names(f"{folder}/{name}") if name.startswith("@") else ()
            for root in (f"{folder}/{name}/{each}" for each in inner) if inner else (f"{folder}/{name}",):
                stated = _stated(host.files.read(f"{root}/package.json"))
                if "name" in stated:
                    yield str(stated["name"]), str(stated.get("version", ""))


def _stated(content: bytes | None) -> Mapping[str, Any]:
    try:
        found = json.loads(content or b"{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
