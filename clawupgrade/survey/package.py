"""Enumerates the OpenClaw packages on a machine and says which one the gateway is."""

from __future__ import annotations

import json
import posixpath
from collections.abc import Iterable, Mapping

from msgspec import Struct

from clawupgrade.errors import Refused
from clawupgrade.model import Package
from clawupgrade.ports import Host

NAMES = ("openclaw", "clawdbot")
_COMMON = ("/.npm-global", "/.local")
_SYSTEM = ("/usr/local", "/usr", "/opt/homebrew")


class Tree(Struct, frozen=True):
    """A package tree. `found_by` says how one comes across it, for the message to the person."""

    root: str
    name: str
    version: str
    engines_node: str
    entry: str
    found_by: str

    @property
    def prefix(self) -> str:
        """The npm prefix whose global package this is, or "" for a checkout or another package manager."""
        tail = f"/lib/node_modules/{self.name}"
        return self.root.removesuffix(tail) if self.root.endswith(tail) else ""


def read_tree(host: Host, root: str, found_by: str) -> Tree | None:
    """The package in `root`, or None when none of ours is there."""
    content = host.files.read(f"{root}/package.json")
    try:
        said = json.loads(content) if content else {}
    except ValueError:
        return None
    name, version = said.get("name"), said.get("version")
    if name not in NAMES or not isinstance(version, str):
        return None
    engines, bins = said.get("engines"), said.get("bin")
    wanted = engines.get("node", "") if isinstance(engines, dict) else ""
    script = bins.get(name, "") if isinstance(bins, dict) else bins
    real = host.files.real(root)
    return Tree(real, name, version, str(wanted), posixpath.normpath(f"{real}/{script}"), found_by)


def find_entry(host: Host, root: str) -> str:
    """The script that Node runs for this package's own command; "" for no package."""
    tree = read_tree(host, root, root)
    return tree.entry if tree else ""


def tree_of(host: Host, path: str, found_by: str) -> Tree | None:
    """The package that a command or an entry file belongs to, all links resolved."""
    folder = posixpath.dirname(host.files.real(path))
    for _ in range(4):
        if tree := read_tree(host, folder, found_by):
            return tree
        folder = posixpath.dirname(folder)
    return None


def enumerate_trees(
    host: Host, home: str, search: tuple[str, ...], prefixes: Iterable[str], env: Mapping[str, str]
) -> tuple[Tree, ...]:
    """Every package that a command on PATH, npm or a usual place leads to; each tree once."""
    found: dict[str, Tree] = {}
    for folder in search:
        for name in NAMES:
            if host.files.exists(path := f"{folder}/{name}") and (tree := tree_of(host, path, path)):
                found.setdefault(tree.root, tree)
    nvm = env.get("NVM_DIR") or f"{home}/.nvm"
    places = [*prefixes, *(home + each for each in _COMMON), *_SYSTEM]
    places += [f"{nvm}/versions/node/{each}" for each in host.files.names(f"{nvm}/versions/node")]
    for place in dict.fromkeys(places):
        for name in NAMES:
            root = f"{place}/lib/node_modules/{name}"
            if host.files.exists(root) and (tree := read_tree(host, root, root)):
                found.setdefault(tree.root, tree)
    return tuple(found.values())


def choose(serving: Tree | None, trees: tuple[Tree, ...]) -> tuple[Tree, tuple[Tree, ...]]:
    """The installation that serves, else the first that a shell comes across; and all others.

    Raises:
        Refused: there is none.
    """
    known = {tree.root: tree for tree in trees}
    if serving:
        known[serving.root] = serving
    if not known:
        raise Refused(
            "no OpenClaw was found: no service, no command on PATH, nothing in npm's prefix or a usual place",
            "run this as the account that OpenClaw runs as, with its PATH",
        )
    chosen = known[serving.root] if serving else max(known.values(), key=lambda tree: tree.name == "openclaw")
    return chosen, tuple(tree for tree in known.values() if tree.root != chosen.root)


def is_dormant(tree: Tree, chosen: Tree) -> bool:
    """Whether it is the clawdbot that was left beside the openclaw that followed it."""
    return tree.name == "clawdbot" and chosen.name == "openclaw"


def refuse_rivals(chosen: Tree, others: tuple[Tree, ...]) -> Refused | None:
    """A second installation, which may be the one that the person means (#24230, #79091, #150744)."""
    rivals = [tree for tree in others if not is_dormant(tree, chosen)]
    if not rivals:
        return None
    named = "; ".join(f"{t.name} {t.version} in {t.root} ({t.found_by})" for t in (chosen, *rivals))
    example = f"--prefix {rivals[0].prefix} {rivals[0].name}" if rivals[0].prefix else rivals[0].name
    return Refused(
        f"there are {1 + len(rivals)} installations of OpenClaw: {named}",
        f"keep one; a second one goes, for example, with: npm uninstall -g {example}",
    )


def as_package(tree: Tree) -> Package:
    """The tree as an npm-global package.

    Raises:
        Refused: it is a git checkout, or another package manager put it there.
    """
    if not tree.prefix:
        raise Refused(
            f"{tree.name} {tree.version} in {tree.root} was not installed by npm -g",
            "update a git checkout, a pnpm or a bun installation with: openclaw update",
        )
    return Package(tree.name, tree.version, tree.root, tree.prefix, f"{tree.prefix}/bin")
