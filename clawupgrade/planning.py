"""Request and Install become a Plan, or a reason why not. Pure: it looks at nothing."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator, Mapping
from pathlib import PurePosixPath

from msgspec.structs import replace

from clawupgrade.landing import landing_of
from clawupgrade.model import DEPENDENCIES, PLAN_FORMAT, Engine, Hop, Install, Limits, Owner, Plan, Request, Target
from clawupgrade.openclaw.hops import Way

# Logs are evidence of what failed, and nothing that a release reads back: a restore leaves them.
STATE_EXCLUDES = ("logs", "logs/*")

# What may be left out by name. 2026.9 makes `cache` anew (1,500 files of its web pages); media came from outside.
LEFT_OUT_BY_NAME = {"caches": ("cache", "cache/*"), "media": ("media", "media/*")}

# Names of a snapshot's parts; the config has its own, so that a rollback can restore it alone.
# What begins with STATE goes back in time with it; MOVED are the ends of what a run moves.
STATE, CONFIG, MOVED = "state", "config", "moved"

_BUNDLED = "a bundle is unpacked beside the live package"


def make_plan(
    request: Request,
    install: Install,
    target: Target,
    way: Way,
    *,
    run_id: str,
    created_at: str,
    migrations: Mapping[str, tuple[str, ...]],
    folder: str = "",
    program: tuple[str, ...] = ("clawupgrade",),
    rehearsal: str = "",
    covers: tuple[str, ...] = (),
) -> Plan:
    """The complete plan of an upgrade.

    `way` comes from the hop table; `migrations` maps each hop's version to the ids of the config
    migrations that apply on it. rehearsal, covers: how a clone can be made here, and what it has to show.
    """
    return Plan(
        format=PLAN_FORMAT,
        run_id=run_id,
        created_at=created_at,
        install=install,
        target=target.version,
        engine=Engine.CLONE if target.contents else request.engine or Engine(way.engine),
        engine_reason=_BUNDLED if target.contents else "asked for by --engine" if request.engine else way.reason,
        hops=tuple(
            _hop(install, run_id, version, target, migrations.get(version, ()))
            for version in (*way.waypoints, target.version)
        ),
        snapshot=run_id,
        sources=sources_of(install, tuple(_with_links(target for _, target in install.moves)), request.leave_out),
        serve_after=install.service.active,
        limits=limits_for(install),
        notes=install.warnings,
        folder=folder,
        program=program,
        losses=request.losses,
        after=landing_of(install),
        rehearsal=rehearsal,
        covers=covers if rehearsal else (),
    )


def make_rollback(
    install: Install,
    earlier: Plan,
    *,
    run_id: str,
    created_at: str,
    restore_from: str,
    restore_names: tuple[str, ...],
    serve_after: bool,
    folder: str = "",
    program: tuple[str, ...] = ("clawupgrade",),
) -> Plan:
    """The plan that takes an installation back to before `earlier`, whose old package is kept."""
    hop = earlier.hops[0]
    found = earlier.install
    service = replace(found.service, enabled=install.service.enabled, main_pid=None)
    moved = replace(found, service=service, baseline=install.baseline, address=install.address)
    is_image = earlier.engine is Engine.IMAGE
    back = Hop(
        version=earlier.install.package.version,
        name=earlier.install.package.name,
        spec=found.service.composed.image if found.service.composed is not None else "",
        stage=kept_image(earlier) if is_image and hop.stage else hop.stage,
        tree=hop.tree,
        live=earlier.install.package.root,
    )
    return Plan(
        format=PLAN_FORMAT,
        run_id=run_id,
        created_at=created_at,
        install=install,
        target=back.version,
        engine=Engine.IMAGE if is_image else Engine.CLONE,
        engine_reason=f"the {'image' if is_image else 'package'} kept by run {earlier.run_id}",
        hops=(back,),
        snapshot=run_id,
        sources=sources_of(install, tuple(_with_links(source for source, _ in found.moves))),
        serve_after=serve_after,
        limits=limits_for(install),
        folder=folder,
        program=program,
        after=moved if found.moves else None,
        kind="rollback",
        takes_back=earlier.run_id,
        restore_from=restore_from,
        restore_names=restore_names,
    )


def make_repair(
    install: Install,
    rungs: tuple[str, ...],
    *,
    run_id: str,
    created_at: str,
    restore_from: str = "",
    request: str = "",
    folder: str = "",
    program: tuple[str, ...] = ("clawupgrade",),
) -> Plan:
    """The plan that climbs these rungs of the repair ladder, with all that they may touch in its snapshot.

    restore_from: the snapshot that holds a lost secret. request: a device's request to be approved.
    """
    unit = install.service.files[:1] if install.service.owner is Owner.SYSTEMD_USER else ()
    # 2026.6.11 keeps what `gateway install --force` replaces beside it.
    touched = [*_with_links(unit), *(f"{path}.bak" for path in unit), f"{install.state_dir}/identity/device-auth.json"]
    return Plan(
        format=PLAN_FORMAT,
        run_id=run_id,
        created_at=created_at,
        install=install,
        target=install.package.version,
        engine=Engine.CLONE,
        engine_reason="nothing is installed",
        hops=(),
        snapshot=run_id,
        sources=((CONFIG, install.config_path, ()), *((f"touched-{n}", path, ()) for n, path in enumerate(touched))),
        serve_after=install.service.active,
        limits=limits_for(install),
        folder=folder,
        program=program,
        kind="repair",
        rungs=rungs,
        request=request,
        restore_from=restore_from,
    )


def kept_image(plan: Plan) -> str:
    """The name under which an upgrade by image keeps the image that it replaced; "" for any other run."""
    found = plan.install.service.composed
    return f"{found.keep}:{plan.run_id}-old" if found is not None else ""


def stage_root(install: Install) -> str:
    """Where stages and kept trees lie: on the package's own file system, so that a rename suffices."""
    return f"{install.package.prefix}/lib/.clawupgrade"


def sources_of(
    install: Install, moved: tuple[str, ...] = (), leave_out: tuple[str, ...] = ()
) -> tuple[tuple[str, str, tuple[str, ...]], ...]:
    """What a snapshot takes: (name, path, excludes), the service's definition files among it.

    moved: further paths, between which and the installation's own the run moves things. leave_out: names of
    LEFT_OUT_BY_NAME, or patterns relative to the state folder; a restore does not touch what they match.
    """
    config = PurePosixPath(install.config_path)
    within = config.is_relative_to(install.state_dir)
    excludes = (*STATE_EXCLUDES, *([str(config.relative_to(install.state_dir))] if within else []))
    excludes += tuple(pattern for name in leave_out for pattern in LEFT_OUT_BY_NAME.get(name, (name, f"{name}/*")))
    sources: list[tuple[str, str, tuple[str, ...]]] = [
        (CONFIG, install.config_path, ()),
        (STATE, install.state_dir, excludes),
    ]
    files = list(install.service.files)
    if install.service.owner is Owner.SYSTEMD_USER:
        units = f"{install.account.home}/.config/systemd/user"
        files += _with_links([f"{units}/{install.service.name}"])
    for number, path in enumerate(dict.fromkeys(files)):
        if not PurePosixPath(path).is_relative_to(install.state_dir):
            sources.append((f"service-{number}", path, ()))
    sources += [(f"{STATE}-{number}", path, ()) for number, path in enumerate(install.outlying)]
    sources += [(f"{MOVED}-{number}", path, ()) for number, path in enumerate(moved)]
    return tuple(sources)


def limits_for(install: Install) -> Limits:
    """Patience grows with the state: five minutes of settling, and five more for each GB."""
    gigabytes = install.state_bytes / 1e9
    return Limits(doctor=1200.0 + 300.0 * gigabytes, settle=300.0 + 300.0 * gigabytes)


def _with_links(paths: Iterable[str]) -> Iterator[str]:
    """With each unit the link that starts it at boot."""
    for path in paths:
        folder, name = posixpath.split(path)
        yield path
        if name.endswith(".service"):
            yield f"{folder}/default.target.wants/{name}"


def _hop(install: Install, run_id: str, version: str, target: Target, migrations: tuple[str, ...]) -> Hop:
    stage = f"{stage_root(install)}/{run_id}/{version}"
    return Hop(
        version=version,
        name=target.name,
        spec=f"{target.name}@{version}" if version != target.version else target.spec,
        stage=stage,
        tree=f"{stage}/lib/node_modules/{target.name}",
        live=f"{install.package.prefix}/lib/node_modules/{target.name}",
        migrations=migrations,
        size=target.unpacked_bytes + DEPENDENCIES if target.unpacked_bytes and version == target.version else 0,
        contents=target.contents if version == target.version else "",
    )
