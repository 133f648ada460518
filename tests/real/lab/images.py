"""Container images with real releases in them: a small Debian, the lab's Node, and the package at /app."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

from .disk import mount_disk, unmount
from .docker import Daemon
from .layers import NODE, UID, USER, lay_node
from .releases import prepare, release_of
from .root import Lab

REPOSITORY = "lab/openclaw"
_PACKAGE = f"home/{USER}/.npm-global/lib/node_modules/openclaw"
_CHANGES = (
    "WORKDIR /app",
    f"USER {UID}:{UID}",
    f"ENV PATH=/usr/local/bin:/usr/bin:/bin NODE_ENV=production HOME=/home/{USER}",
    'CMD ["node","openclaw.mjs","gateway","run"]',
)


def lay_image(lab: Lab, daemon: Daemon, version: str) -> str:
    """The image's name, in the daemon; made on first use, kept in the daemon's data root."""
    name = f"{REPOSITORY}:{version}"
    if daemon.image_id(name):
        return name
    base, disk = _lay_base(lab), prepare(lab, release_of(version))
    with tempfile.TemporaryDirectory(dir=lab.runs, prefix="image-") as place:
        copy, at, tar = Path(place, "disk"), Path(place, "at"), Path(place, "image.tar")
        subprocess.run(["cp", "--reflink=always", disk, copy], check=True)
        mount_disk(copy, at)
        try:
            subprocess.run(["tar", "-cf", tar, "-C", base, "."], check=True)
            named = f"--transform=s,^{_PACKAGE},./app,"
            owner = ["--owner=0", "--group=0"]
            subprocess.run(["tar", "-rf", tar, "-C", at, named, *owner, _PACKAGE], check=True)
        finally:
            unmount(at)
        changes = [word for change in _CHANGES for word in ("--change", change)]
        daemon.run("docker", "import", *changes, str(tar), name)
    return name


def spoil(daemon: Daemon, name: str, script: str, onto: str) -> str:
    """An image on top of another one in which a shell script was run as root; its name is `onto`."""
    made = f"spoil-{onto.replace('/', '-').replace(':', '-')}"
    daemon.run("docker", "rm", "--force", made, check=False)
    shell = ("--user", "0", "--network", "none", "--entrypoint", "sh", name, "-euc", script)
    daemon.run("docker", "run", "--name", made, *shell)
    inspected = daemon.docker("inspect", "--format", "{{json .Config.Cmd}}", name).strip()
    changes = (f"USER {UID}:{UID}", "ENTRYPOINT []", f"CMD {inspected}")
    daemon.run("docker", "commit", *(word for each in changes for word in ("--change", each)), made, onto)
    daemon.run("docker", "rm", "--force", made)
    return onto


def _lay_base(lab: Lab) -> Path:
    """Debian's smallest system with git, and the lab's Node and its npm; made once."""
    node, done = lay_node(lab, NODE), lab.root / "image-base"
    with lab.locked("image-base"):
        if not done.exists():
            scratch = done.with_suffix(".new")
            shutil.rmtree(scratch, ignore_errors=True)
            packages = "--include=ca-certificates,git"
            url = "http://deb.debian.org/debian"
            words = ["debootstrap", "--variant=minbase", packages, "bookworm", scratch, url]
            subprocess.run(words, check=True, stdout=subprocess.DEVNULL)
            subprocess.run(["chroot", scratch, "useradd", "--uid", str(UID), "--create-home", USER], check=True)
            modules = scratch / "usr/local/lib/node_modules"
            modules.mkdir(parents=True)
            shutil.copytree(node / "lib/node_modules/npm", modules / "npm", symlinks=True)
            shutil.copy2(node / "bin/node", scratch / "usr/local/bin/node")
            (scratch / "usr/local/bin/npm").symlink_to("../lib/node_modules/npm/bin/npm-cli.js")
            (scratch / "usr/local/bin/openclaw").symlink_to("/app/openclaw.mjs")
            shutil.rmtree(scratch / "var/cache/apt/archives", ignore_errors=True)
            scratch.rename(done)
    return done
