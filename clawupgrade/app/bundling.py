"""Makes a bundle: the release is staged as a run would stage it, proven, packed, signed; the gateway serves on."""

from __future__ import annotations

from msgspec import Struct

from clawupgrade import __version__
from clawupgrade.errors import Refused
from clawupgrade.model import Install, Plan, Request
from clawupgrade.openclaw import bundle
from clawupgrade.openclaw.hops import CLONE, Way
from clawupgrade.openclaw.output import last_words
from clawupgrade.planning import make_plan
from clawupgrade.ports import Command, Host
from clawupgrade.steps import packages
from clawupgrade.steps.stage import Stage
from clawupgrade.steps.unpacking import PARTS, contents
from clawupgrade.survey.bundle import platform_here, read_bundle
from clawupgrade.survey.survey import survey
from clawupgrade.survey.target import resolve_target

_WALL = 1800.0


class Bundled(Struct, frozen=True):
    """A bundle. path: where it lies; size in bytes; signed_by: "" for an unsigned one."""

    path: str
    manifest: bundle.Manifest
    size: int
    signed_by: str = ""


def make_bundle(host: Host, request: Request, run_id: str, folder: str, key: bytes | None) -> Bundled:
    """Stage the release that is wanted, and write it into `folder` as one file, signed with `key`.

    Native parts are npm's for this machine and its Node, postinstall scripts have run here: a tree, and not
    npm's cache, is what every machine of the kind gets without any work of its own.

    Raises:
        Refused, Busy, StepFailed: it cannot be had, does not run here, or cannot be written.
    """
    install = survey(host, request)
    plan = _plan(host, install, request, run_id)
    hop = plan.hops[-1]
    stage = Stage(hop)
    try:
        stage.do(host, plan)
        stage.prove(host, plan)
        return _packed(host, plan, folder, key)
    finally:
        host.files.remove(hop.stage.rpartition("/")[0])


def _plan(host: Host, install: Install, request: Request, run_id: str) -> Plan:
    target = resolve_target(host, install, request)
    return make_plan(
        request,
        install,
        target,
        Way((), CLONE, "a bundle is only staged"),
        run_id=run_id,
        created_at=host.clock.now().isoformat(),
        migrations={},
    )


def _packed(host: Host, plan: Plan, folder: str, key: bytes | None) -> Bundled:
    hop, work = plan.hops[-1], f"{plan.hops[-1].stage}/bundle"
    host.files.make_folder(work, account=plan.install.account)
    held = contents(host, hop.stage)
    platform = platform_here(host, plan.install)
    _run(host, plan, ("tar", "-czf", f"{work}/{bundle.TREE}", "-C", hop.stage, *PARTS))
    said = _run(host, plan, ("sha256sum", f"{work}/{bundle.TREE}"))
    manifest = bundle.Manifest(
        format=bundle.FORMAT,
        name=hop.name,
        version=hop.version,
        engines_node=str(packages.description(host, hop.tree).get("engines", {}).get("node", "")),
        platform=platform,
        unpacked_bytes=host.files.tree_bytes(hop.tree),
        files=len(held),
        tree=said.split()[0],
        contents=bundle.contents_digest(held),
        made_at=plan.created_at,
        made_by=f"clawupgrade {__version__}",
    )
    text = bundle.text_of(manifest)
    host.files.write(f"{work}/{bundle.MANIFEST}", text.encode())
    parts = [bundle.MANIFEST]
    if key is not None:
        host.files.write(f"{work}/{bundle.SIGNATURE}", bundle.sign(text, key).encode())
        parts.append(bundle.SIGNATURE)
    path = f"{folder}/{hop.name}-{hop.version}-{platform.words}{bundle.SUFFIX}"
    _run(host, plan, ("tar", "-cf", f"{path}.new", "-C", work, *parts, bundle.TREE), own=True)
    host.files.remove(path)
    host.files.rename(f"{path}.new", path)
    return Bundled(path, manifest, host.files.tree_bytes(path), bundle.owner(key) if key is not None else "")


def _run(host: Host, plan: Plan, words: tuple[str, ...], *, own: bool = False) -> str:
    account = None if own else plan.install.account
    done = host.commands.run(Command(words, account=account, wall=_WALL))
    if not done.ok:
        raise Refused(f"the bundle cannot be written: {done.ended_by or last_words(done.err)}", "is there room?")
    return done.out


def check_bundle(host: Host, request: Request) -> Bundled:
    """See whether `request.bundle` would be taken here: signature, digest, kind of machine. Raises Refused."""
    assert request.bundle is not None
    install = survey(host, request)
    _, by, manifest = read_bundle(host, install, request.bundle)
    path = request.bundle.path
    return Bundled(path, manifest, host.files.tree_bytes(path), by)
