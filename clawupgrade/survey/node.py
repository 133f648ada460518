"""Finds the Node that the service runs on, the one that the shell would take, and the npm beside each."""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Mapping

from clawupgrade.errors import Refused
from clawupgrade.model import Account, Node
from clawupgrade.openclaw.units import Unit
from clawupgrade.ports import Command, Host

_NPMRC_PREFIX = re.compile(r"^\s*prefix\s*=\s*(\S.*?)\s*$", re.MULTILINE)
_VERSION = re.compile(r"v(\d+\.\d+\.\d+)")

SYSTEM_FOLDERS = ("/usr/local/bin", "/usr/bin", "/bin")


def folders(env: Mapping[str, str]) -> tuple[str, ...]:
    """The absolute folders of a PATH, the system's behind them."""
    stated = [each for each in env.get("PATH", "").split(":") if each.startswith("/")]
    return tuple(dict.fromkeys((*stated, *SYSTEM_FOLDERS)))


def on_path(host: Host, name: str, search: tuple[str, ...]) -> str:
    """The first `name` in the folders, or ""."""
    return next((path for folder in search if host.files.exists(path := f"{folder}/{name}")), "")


def service_node(host: Host, unit: Unit, search: tuple[str, ...]) -> str:
    """The Node that the unit names; for a wrapper or a `#!/usr/bin/env node` link, the first on its PATH."""
    if unit.node:
        return unit.node
    inner = folders({"PATH": unit.value("PATH") or ""}) if unit.argv else search
    return on_path(host, "node", inner)


def read_node(host: Host, account: Account, path: str, search: tuple[str, ...]) -> Node:
    """A Node with its version and its npm; OpenClaw looks for npm beside node, and so do we.

    Raises:
        Refused: there is no such Node, or no npm that it could run.
    """
    version = ask_version(host, account, path)
    if not version:
        raise Refused(
            f"{path or 'node'} does not run as Node.js",
            "install the Node.js that the target wants, or name it with --node PATH",
        )
    script = _npm_script(host, path, search)
    if not script:
        raise Refused(
            f"there is no npm beside {path}",
            f"install npm for it, so that {posixpath.dirname(path)}/npm exists",
        )
    return Node(path, version, (path, script), _version_of_npm(host, script))


def ask_version(host: Host, account: Account, path: str) -> str:
    """What a Node says that it is, such as `24.19.0`; "" for what is no Node, or not there."""
    if not path:
        return ""
    try:
        done = host.commands.run(Command((path, "--version"), account=account, wall=30.0))
    except Refused:
        return ""
    found = _VERSION.match(done.out.strip())
    return found.group(1) if done.ok and found else ""


def npm_prefixes(host: Host, home: str, search: tuple[str, ...]) -> tuple[str, ...]:
    """Where `npm install -g` puts packages: as ~/.npmrc says, and else beside the shell's Node.

    Read, not asked: `npm prefix -g` costs most of a second, and a run that finds nothing to do is to be quick.
    """
    text = (host.files.read(f"{home}/.npmrc") or b"").decode("utf-8", "replace")
    stated = [found.group(1).strip("\"'") for found in _NPMRC_PREFIX.finditer(text)]
    expanded = [re.sub(r"^~(?=/|$)|\$\{HOME\}", lambda _: home, each) for each in stated]
    node = on_path(host, "node", search)
    beside = [posixpath.dirname(posixpath.dirname(host.files.real(node)))] if node else []
    return tuple(each for each in (*expanded, *beside) if each.startswith("/"))


def _npm_script(host: Host, node: str, search: tuple[str, ...]) -> str:
    beside = posixpath.dirname(node)
    resolved = posixpath.dirname(host.files.real(node))
    candidates = (
        f"{beside}/npm",
        f"{resolved}/npm",
        f"{posixpath.dirname(resolved)}/lib/node_modules/npm/bin/npm-cli.js",
        on_path(host, "npm", search),
    )
    for candidate in candidates:
        # Only a script can be given to another Node: version managers put binaries and shell shims there.
        if candidate and host.files.exists(candidate) and (real := host.files.real(candidate)).endswith(".js"):
            return real
    return ""


def _version_of_npm(host: Host, script: str) -> str:
    content = host.files.read(posixpath.normpath(f"{posixpath.dirname(script)}/../package.json"))
    try:
        version = json.loads(content or b"{}").get("version", "")
    except ValueError:
        return ""
    return version if isinstance(version, str) else ""
