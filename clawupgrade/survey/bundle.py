"""Reads a bundle on the machine that it is meant for: whose it is, whether it is whole, whether it runs here."""

from __future__ import annotations

from clawupgrade.errors import Refused
from clawupgrade.model import DEPENDENCIES, Install, Offline, Target
from clawupgrade.openclaw import bundle, environment
from clawupgrade.ports import Command, Host

_NAME = "openclaw"
_DIGEST = 'tar -xOf "$1" "$2" | sha256sum'


def read_bundle(host: Host, install: Install, wish: Offline) -> tuple[Target, str, bundle.Manifest]:
    """What the bundle holds, as a target; who signed it, "" where that was not asked; its manifest.

    The signature comes first: nothing of an unsigned file is believed.

    Raises:
        Refused: signed by nobody who is trusted, damaged, or made for another kind of machine.
    """
    if not wish.path.startswith("/") or not host.files.exists(wish.path):
        raise Refused(f"there is no file {wish.path}", "give the absolute path of a bundle of this machine's")
    text = _member(host, install, wish.path, bundle.MANIFEST)
    by = "" if wish.unsigned else _signer(host, install, wish, text)
    manifest = bundle.manifest_of(text)
    if manifest.name != _NAME:
        raise Refused(f"{wish.path} holds {manifest.name}, not {_NAME}")
    here = platform_here(host, install)
    if why := here.runs(manifest.platform):
        raise Refused(f"{wish.path} does not run here: {why}", "make one on a machine of this kind")
    done = host.commands.run(
        Command(("sh", "-c", _DIGEST, "sh", wish.path, bundle.TREE), account=install.account, wall=600.0)
    )
    if done.out.split()[:1] != [manifest.tree]:
        raise Refused(f"{wish.path} is damaged: its tree is not the one that was signed", "bring it here anew")
    target = Target(
        version=manifest.version,
        name=_NAME,
        spec=wish.path,
        engines_node=manifest.engines_node,
        # A registry states a package without what it depends on, and whoever asks adds that.
        unpacked_bytes=max(manifest.unpacked_bytes - DEPENDENCIES, 1),
        contents=manifest.contents,
    )
    return target, by, manifest


def platform_here(host: Host, install: Install) -> bundle.Platform:
    """The machine as the Node sees it that serves the gateway. Raises Refused."""
    words = bundle.platform_argv(install.node.path)
    env = environment.for_openclaw(install)
    return bundle.platform_of(host.commands.run(Command(words, env=env, account=install.account, wall=60.0)).out)


def _signer(host: Host, install: Install, wish: Offline, text: str) -> str:
    keys = (host.files.read(wish.keys) or b"").decode("utf-8", "replace").splitlines()
    if not any(line.startswith("ssh-ed25519 ") for line in keys):
        raise Refused(
            f"{wish.keys} names nobody whose bundles are taken",
            "put the public key of whoever makes them there, one ssh-ed25519 line each; or give --unsigned",
        )
    by = bundle.signer(text, _member(host, install, wish.path, bundle.SIGNATURE), keys)
    if by is None:
        raise Refused(f"{wish.path} is signed by nobody in {wish.keys}", "ask where it comes from before anything else")
    return by


def _member(host: Host, install: Install, path: str, name: str) -> str:
    done = host.commands.run(Command(("tar", "-xOf", path, name), account=install.account, wall=60.0))
    if name == bundle.MANIFEST and not done.ok:
        raise Refused(
            f"{path} is no bundle of clawupgrade, or only a part of one",
            "make one with: clawupgrade bundle --to VERSION",
        )
    return done.out.strip() if done.ok else ""
