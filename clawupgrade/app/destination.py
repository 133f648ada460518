"""Where a rollback leads to: a run that is taken back, or a snapshot that somebody names."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import UTC, datetime

from clawupgrade.app.earlier import Earlier, run_to_take_back
from clawupgrade.errors import Refused
from clawupgrade.held import SnapshotInfo
from clawupgrade.model import PLAN_FORMAT, Engine, Hop, Install, Limits, Package, Plan
from clawupgrade.planning import kept_image
from clawupgrade.ports import Host
from clawupgrade.steps import packages
from clawupgrade.steps.description import version_of


def destination(every: Collection[Earlier], kind: str, of: str | None) -> Plan:
    """The run that is to be taken back.

    Raises:
        Refused: there is none.
    """
    found = run_to_take_back(every, kind, of)
    if found is None:
        raise Refused(
            f"there is no {kind} to take back" if of is None else f"run {of} is no upgrade that can be taken back",
            "see: clawupgrade history",
        )
    return found


def require_package(host: Host, earlier: Plan) -> None:
    """Refuse where the package that a run replaced is gone."""
    version, tree = earlier.install.package.version, earlier.hops[0].tree
    found = earlier.install.service.composed
    if found is not None:
        if earlier.hops[0].stage and host.images.find(found, kept_image(earlier)) is None:
            raise Refused(
                f"the image of {version} is no longer kept as {kept_image(earlier)}",
                f"get it anew: clawupgrade run --to {version} --allow-downgrade",
            )
        return
    if packages.version_at(host, tree) != version:
        raise Refused(
            f"the package of {version} is no longer kept in {tree}",
            f"install it anew: clawupgrade run --to {version} --allow-downgrade",
        )


def plan_of(host: Host, every: Collection[Earlier], install: Install, info: SnapshotInfo) -> Plan:
    """A snapshot as if it were the one that a run took which led from its version to the installed one.

    The package is the installed one where the versions are equal, else one that an earlier run keeps.

    Raises:
        Refused: the snapshot does not say of which version it is, or that package is kept nowhere.
    """
    version = version_of(info.meta)
    if info.damaged or not version:
        raise Refused(
            f"snapshot {info.snapshot_id} does not say of which version it is"
            + (f": {info.damaged}" * bool(info.damaged)),
            "restore it with the clawupgrade that took it, or name another one",
        )
    stated = info.meta["package"]
    root = str(stated["root"])
    hop = _hop(host, every, install, version, root)
    if hop is None:
        raise Refused(
            f"snapshot {info.snapshot_id} is of {version}, and no run keeps that package",
            f"install it first: clawupgrade run --to {version} --allow-downgrade",
        )
    was = Package(str(stated["name"]), version, root, install.package.prefix, install.package.bin_dir)
    return Plan(
        format=PLAN_FORMAT,
        run_id=info.snapshot_id,
        created_at=datetime.fromtimestamp(info.when, UTC).isoformat(),
        install=Install(
            key=install.key,
            account=install.account,
            package=was,
            node=install.node,
            state_dir=install.state_dir,
            config_path=install.config_path,
            profile=install.profile,
            service=install.service,
            address=install.address,
        ),
        target=install.package.version,
        engine=Engine.CLONE if install.service.composed is None else Engine.IMAGE,
        engine_reason="a snapshot that was named",
        hops=(hop,),
        snapshot=info.snapshot_id,
        sources=tuple((name, "", ()) for name in info.sources),
        serve_after=install.service.active,
        limits=Limits(),
    )


def _hop(host: Host, every: Collection[Earlier], install: Install, version: str, root: str) -> Hop | None:
    name = root.rpartition("/")[2]
    if install.package.version == version:
        return Hop(version, name, "", "", install.package.root, install.package.root)
    if install.service.composed is not None:
        return None
    for stage, tree in _kept(every):
        if tree.rpartition("/")[2] and packages.version_at(host, tree) == version:
            return Hop(version, name, "", stage, tree, root)
    return None


def _kept(every: Collection[Earlier]) -> Iterator[tuple[str, str]]:
    for plan in (each.plan for each in every if each.changed):
        yield from ((hop.stage, hop.tree) for hop in plan.hops if hop.stage)
