"""The Node of the service, and the one that a shell takes, have to suit the target (#48862, #143159)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from clawupgrade.errors import ClawupgradeError, Refused
from clawupgrade.openclaw.versions import satisfies
from clawupgrade.survey.checks.scene import Scene
from clawupgrade.survey.node import ask_version, folders, on_path


def check_nodes(scene: Scene) -> Iterator[ClawupgradeError]:
    """Both Nodes satisfy `engines.node` of the target.

    A shell whose Node was too old for the installed release already is left alone: its owner runs
    OpenClaw some other way, and timers see a poorer PATH than people do. So is one whose owner has
    said with --node which one it shall be.
    """
    wanted, node = scene.target.engines_node, scene.install.node
    if not satisfies(node.version, wanted):
        yield Refused(
            f"the service's Node {node.version} ({node.path}) does not suit {scene.target.version}, "
            f"which wants {wanted}",
            _hint(scene, wanted),
        )
    search = folders(dict(scene.request.environ))
    path = on_path(scene.host, "node", search)
    if not path or path == node.path or scene.request.node:
        return
    version = ask_version(scene.host, scene.install.account, path)
    if version and not satisfies(version, wanted) and satisfies(version, _wanted_so_far(scene)):
        yield Refused(
            f"the shell's Node {version} ({path}) does not suit {scene.target.version}, which wants "
            f"{wanted}: the openclaw command would stop working",
            f"put {node.path.rpartition('/')[0]} first on PATH, or replace the Node in {path}",
        )


def _wanted_so_far(scene: Scene) -> str:
    content = scene.host.files.read(f"{scene.install.package.root}/package.json") or b""
    found = re.search(rb'"engines"\s*:\s*\{[^}]*"node"\s*:\s*"([^"]*)"', content)
    return found.group(1).decode() if found else ""


def _hint(scene: Scene, wanted: str) -> str:
    """One Node that would do, if the machine has it; else how to get one."""
    env, home = dict(scene.request.environ), scene.install.account.home
    nvm = env.get("NVM_DIR") or f"{home}/.nvm"
    here = [f"{nvm}/versions/node/{name}/bin/node" for name in scene.host.files.names(f"{nvm}/versions/node")]
    here += [f"{folder}/node" for folder in folders(env)]
    for path in filter(scene.host.files.exists, here):
        version = ask_version(scene.host, scene.install.account, path)
        if version and satisfies(version, wanted):
            return f"Node {version} is here and would do: add --node {path}"
    major = min(re.findall(r">=\s*(\d+)", wanted) or ["24"], key=int)
    if scene.host.files.exists(f"{nvm}/nvm.sh"):
        return f'run: nvm install {major}; then add --node "$(nvm which {major})"'
    return (
        f"install the newest Node {major} (https://nodejs.org/en/download), npm included; "
        "then add --node PATH with its path"
    )
