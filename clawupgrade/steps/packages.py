"""Package trees on the disk: which version lies where, what starts it, which links lead to it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from clawupgrade.errors import StepFailed, UndoFailed
from clawupgrade.model import Hop, Plan
from clawupgrade.ports import Host
from clawupgrade.steps import leftovers


def description(host: Host, root: str) -> Mapping[str, Any]:
    """The tree's package.json; empty where there is none or it is torn."""
    content = host.files.read(f"{root}/package.json")
    try:
        found = json.loads(content or b"{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def version_at(host: Host, root: str) -> str | None:
    """The version that a tree says it is; None for no tree."""
    version = description(host, root).get("version")
    return version if isinstance(version, str) else None


def bins(host: Host, root: str) -> Mapping[str, str]:
    """Command name → file inside the tree."""
    stated = description(host, root).get("bin", {})
    if isinstance(stated, str):
        return {root.rsplit("/", 1)[-1]: stated.removeprefix("./")}
    return {name: path.removeprefix("./") for name, path in stated.items()}


def entry(host: Host, root: str) -> str:
    """The file that Node runs for this package's own command.

    Raises:
        StepFailed: the tree has no command.
    """
    found = bins(host, root)
    own = root.rsplit("/", 1)[-1]
    for name in (own, "openclaw", "clawdbot"):
        if name in found:
            return f"{root}/{found[name]}"
    raise StepFailed(f"the package in {root} has no command to run")


def manifest_path(hop: Hop) -> str:
    """Where the stage's manifest lies: beside the stage, out of the package."""
    return f"{hop.stage}/clawupgrade-manifest.json"


def write_manifest(host: Host, hop: Hop, root: str) -> None:
    """Note what the tree at `root` holds, beside the stage."""
    host.files.write(manifest_path(hop), json.dumps(dict(host.files.manifest(root))).encode())


def manifest(host: Host, hop: Hop) -> Mapping[str, str]:
    """What the stage held when it was built. Raises StepFailed when that was lost."""
    content = host.files.read(manifest_path(hop))
    if content is None:
        raise StepFailed(f"the manifest of the staged {hop.version} is gone")
    found: Mapping[str, str] = json.loads(content)
    return found


def refuse_to_drop_old(host: Host, plan: Plan, hop: Hop) -> None:
    """Guard: a stage that holds the only copy of what was installed is never removed.

    Raises:
        UndoFailed: the old package is still in the stage.
    """
    live = version_at(host, plan.install.package.root)
    if live is None and version_at(host, hop.tree) == plan.install.package.version:
        raise UndoFailed(
            f"the old package still lies in {hop.tree}, not in {plan.install.package.root}",
            "move it back by hand, then run: clawupgrade recover --retry",
        )


def put_live(host: Host, kept: str, live: str) -> None:
    """Put the kept tree where packages live; what is there, if anything, goes where it was kept.

    The kept tree comes first: it is the one whose content an exchange that is cut off must not lose.
    """
    if host.files.exists(live):
        host.files.exchange(kept, live)
    else:
        host.files.rename(kept, live)


def link_bins(host: Host, bin_dir: str, root: str) -> None:
    """Make every command of a package lead into it, as npm's global install does."""
    up = "../lib/node_modules/" + root.rsplit("/", 1)[-1]
    for name, path in bins(host, root).items():
        leftovers.remove(host, f"{bin_dir}/{name}")
        if host.files.real(f"{bin_dir}/{name}") != f"{host.files.real(root)}/{path}":
            host.files.link(f"{bin_dir}/{name}", f"{up}/{path}")


def unlink_bins(host: Host, bin_dir: str, tree: str) -> None:
    """Remove the commands of a package that is no longer live: those that lead nowhere now."""
    for name in bins(host, tree):
        link = f"{bin_dir}/{name}"
        leftovers.remove(host, link)
        if host.files.exists(link) and not host.files.exists(host.files.real(link)):
            host.files.remove(link)
