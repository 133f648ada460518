"""Puts a Host together from the adapters of this machine."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from clawupgrade.host.children import Children
from clawupgrade.host.clock import SystemClock
from clawupgrade.host.commands import LocalCommands
from clawupgrade.host.fence import SignalFence
from clawupgrade.host.files import LocalFiles
from clawupgrade.host.later import at_once, later
from clawupgrade.host.processes import LocalProcesses
from clawupgrade.host.scrub import Scrub
from clawupgrade.host.secrets import LocalSecrets
from clawupgrade.host.spawn import plainly, through_plumbum
from clawupgrade.lazily import put_off
from clawupgrade.model import Account
from clawupgrade.ports import Event, Host

if TYPE_CHECKING:
    from clawupgrade.host.clones import LocalClones
    from clawupgrade.host.containers import LocalContainers, LocalImages
    from clawupgrade.host.databases import LocalDatabases
    from clawupgrade.host.gateways import LocalGateways
    from clawupgrade.host.services import Owners
    from clawupgrade.host.snapshot_port import StoredSnapshots


def build_host(
    folder: Path,
    *,
    own: Account,
    caller: Mapping[str, str],
    fence: SignalFence,
    say: Callable[[Event], None],
    lock: int | None = None,
    account: Account | None = None,
) -> Host:
    """Build the host of one installation.

    folder: our own of the installation, where lock, runs, snapshots and records are kept.
    own: whom we run as. account: whom OpenClaw runs as, if that is somebody else.
    caller: the environment that we were called with.
    lock: the descriptor of the lock that is held, for children to inherit. Who only looks has none, and pays for the
    libraries of what is looked at.
    """
    account = account or own
    scrub = Scrub()
    clock = SystemClock(fence.wait)
    children = Children(folder / "children")
    commands = LocalCommands(
        fence=fence,
        own=own,
        caller=caller,
        scrub=scrub,
        children=children,
        lock=lock,
        tell=say,
        start=plainly if lock is None else through_plumbum,
    )
    put = later if lock is None else at_once
    containers = put(lambda: _containers(folder, commands, scrub))
    secrets = LocalSecrets(
        folder, commands=commands, account=account, caller=caller, scrub=scrub, containers=containers
    )
    return Host(
        commands=commands,
        files=LocalFiles(commands),
        services=put(lambda: _services(folder, commands, clock, scrub, own=own, account=account, caller=caller)),
        processes=LocalProcesses(),
        gateways=put(lambda: _gateways(secrets)),
        secrets=secrets,
        snapshots=put(lambda: _snapshots(folder, say)),
        databases=put(_databases),
        clones=put(lambda: _clones(commands, scrub)),
        containers=containers,
        images=put(lambda: _images(folder, commands)),
        clock=clock,
        fence=fence,
        say=say,
        veil=scrub.line,
    )


def _containers(folder: Path, commands: LocalCommands, scrub: Scrub) -> LocalContainers:
    from clawupgrade.host.containers import LocalContainers

    return LocalContainers(folder, commands, scrub)


def _images(folder: Path, commands: LocalCommands) -> LocalImages:
    from clawupgrade.host.containers import LocalImages

    return LocalImages(folder, commands)


def _services(
    folder: Path,
    commands: LocalCommands,
    clock: SystemClock,
    scrub: Scrub,
    *,
    own: Account,
    account: Account,
    caller: Mapping[str, str],
) -> Owners:
    from clawupgrade.host.services import Owners
    from clawupgrade.host.services.compose import ComposeOwner
    from clawupgrade.host.services.process import ProcessOwner
    from clawupgrade.host.services.systemd import Systemd

    process = ProcessOwner(folder, account=account, own=own, caller=caller, clock=clock, scrub=scrub)
    return Owners(Systemd(commands, clock, account, scrub), process, ComposeOwner(commands, clock, scrub))


def _gateways(secrets: LocalSecrets) -> LocalGateways:
    put_off("importlib.metadata")  # websockets imports it for versions of its own that were never released
    from clawupgrade.host.dial import Dial
    from clawupgrade.host.gateways import LocalGateways

    return LocalGateways(Dial(), secrets)


def _snapshots(folder: Path, say: Callable[[Event], None]) -> StoredSnapshots:
    from clawupgrade.host.snapshot_port import StoredSnapshots
    from clawupgrade.host.snapshots import SnapshotStore

    return StoredSnapshots(SnapshotStore(folder / "snapshots"), say)


def _databases() -> LocalDatabases:
    from clawupgrade.host.databases import LocalDatabases

    return LocalDatabases()


def _clones(commands: LocalCommands, scrub: Scrub) -> LocalClones:
    from clawupgrade.host.clones import LocalClones

    return LocalClones(commands, scrub)
