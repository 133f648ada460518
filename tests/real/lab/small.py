"""A Compose project whose gateway is small.mjs: a real engine and a real Node, and a run in seconds, not minutes."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .docker import Daemon
from .layers import NODE, UID, lay_node
from .ports import hold_port
from .project import SERVICE, Project
from .root import Lab

REPOSITORY = "lab/small"
_HOME = "/home/small"
_PROGRAM = Path(__file__).with_name("small.mjs")
_TEXT = """\
services:
  {service}:
    image: {image}
    network_mode: host
    restart: {restart}
    command: ["node", "openclaw.mjs", "gateway", "run", "--port", "{port}"]
    volumes:
      - ./state:{home}/.openclaw
      - ./heard:/heard
"""


def lay_small(lab: Lab, daemon: Daemon, version: str, schema: str) -> str:
    """The image of one release, made of Node, the libraries that it names, and the program."""
    name = f"{REPOSITORY}:{version}"
    with tempfile.TemporaryDirectory(dir=lab.runs, prefix="small-") as place:
        root = Path(place, "root")
        node = lay_node(lab, NODE) / "bin/node"
        for library in _libraries(node):
            _copy(library, root / str(library)[1:])
        _copy(node, root / "usr/local/bin/node")
        for folder in ("tmp", "heard", _HOME[1:]):
            (root / folder).mkdir(parents=True)
            os.chown(root / folder, UID, UID)
        _copy(_PROGRAM, root / "app/openclaw.mjs")
        said = {"name": "openclaw", "version": version, "schema": schema, "bin": {"openclaw": "openclaw.mjs"}}
        (root / "app/package.json").write_text(json.dumps(said | {"type": "module"}))
        tar = Path(place, "image.tar")
        subprocess.run(["tar", "-cf", tar, "-C", root, "."], check=True)
        changes = ("WORKDIR /app", f"USER {UID}:{UID}", "ENV PATH=/usr/local/bin", f"ENV HOME={_HOME}")
        daemon.run("docker", "import", *(word for each in changes for word in ("--change", each)), str(tar), name)
    return name


@contextmanager
def open_small(lab: Lab, daemon: Daemon, program: Path, image: str, schema: str, restart: str) -> Iterator[Project]:
    """A project that is up."""
    with hold_port(lab) as port, tempfile.TemporaryDirectory(dir=lab.runs, prefix="project-") as place:
        folder = Path(place, f"small-{port}")
        state, heard = folder / "state", folder / "heard"
        config = {"gateway": {"port": port, "mode": "local", "auth": {"mode": "token", "token": f"of-{port}"}}}
        config["meta"] = {"lastTouchedVersion": image.rpartition(":")[2]}
        for each in (state, heard):
            each.mkdir(parents=True)
        for path, text in ((state / "openclaw.json", json.dumps(config)), (state / "schema", schema)):
            path.write_text(text)
        for path in (state / "messages", heard / "messages"):
            path.touch()
        for path in (state, heard, *state.iterdir(), *heard.iterdir()):
            os.chown(path, UID, UID)
        project = Project(daemon, folder, port, state, Path(place, "ours"), (str(program), "-m", "clawupgrade"))
        facts = {"service": SERVICE, "image": image, "restart": restart, "port": port, "home": _HOME}
        project.file.write_text(_TEXT.format(**facts))
        try:
            project.compose("up", "-d")
            yield project
        finally:
            project.end_all()
            project.compose("down", "--volumes", "--timeout", "5", check=False)


def lost_messages(project: Project, version: str) -> set[str]:
    """What a gateway of this version took, and what the state does not hold now."""

    def taken(place: Path) -> set[str]:
        return {line for line in (place / "messages").read_text().splitlines() if line.startswith(f"{version} ")}

    return taken(project.folder / "heard") - taken(project.state)


def _libraries(program: Path) -> list[Path]:
    said = subprocess.run(["ldd", program], capture_output=True, text=True, check=True).stdout
    return [Path(word) for line in said.splitlines() for word in line.split() if word.startswith("/")]


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(source.resolve(), target)
