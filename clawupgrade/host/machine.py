"""Puts a Host together from the adapters of this machine."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from clawupgrade.host.children import Children
from clawupgrade.host.clock import SystemClock
from clawupgrade.host.clones import LocalClones
from clawupgrade.host.commands import LocalCommands
from clawupgrade.host.containers import LocalContainers
from clawupgrade.host.databases import LocalDatabases
from clawupgrade.host.dial import Dial
from clawupgrade.host.fence import SignalFence
from clawupgrade.host.files import LocalFiles
from clawupgrade.host.gateways import LocalGateways
from clawupgrade.host.processes import LocalProcesses
from clawupgrade.host.scrub import Scrub
from clawupgrade.host.secrets import LocalSecrets
from clawupgrade.host.services import Owners
from clawupgrade.host.services.compose import ComposeOwner
from clawupgrade.host.services.process import ProcessOwner
from clawupgrade.host.services.systemd import Systemd
from clawupgrade.host.snapshot_port import StoredSnapshots
from clawupgrade.host.snapshots import SnapshotStore
from clawupgrade.model import Account
from clawupgrade.ports import Event, Host


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
    lock: the descriptor of the lock that is held, for children to inherit.
    """
    account = account or own
    scrub = Scrub()
    clock = SystemClock(fence.wait)
    children = Children(folder / "children")
    commands = LocalCommands(fence=fence, own=own, caller=caller, scrub=scrub, children=children, lock=lock, tell=say)
    containers = LocalContainers(folder, commands, scrub)
    secrets = LocalSecrets(
        folder, commands=commands, account=account, caller=caller, scrub=scrub, containers=containers
    )
    process = ProcessOwner(folder, account=account, own=own, caller=caller, clock=clock, scrub=scrub)
    return Host(
        commands=commands,
        files=LocalFiles(commands),
        services=Owners(Systemd(commands, clock, account, scrub), process, ComposeOwner(commands, clock, scrub)),
        processes=LocalProcesses(),
        gateways=LocalGateways(Dial(), secrets),
        secrets=secrets,
        snapshots=StoredSnapshots(SnapshotStore(folder / "snapshots"), say),
        databases=LocalDatabases(),
        clones=LocalClones(commands, scrub),
        containers=containers,
        clock=clock,
        fence=fence,
        say=say,
        veil=scrub.line,
    )
