"""A machine in memory with a living OpenClaw installation on it: every port of a `Host`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any

from msgspec import Struct

from clawupgrade.gateway.address import Address
from clawupgrade.gateway.verdict import Baseline, Was
from clawupgrade.model import Account, CredentialRef, Install, Node, Owner, Package, Service
from clawupgrade.ports import Event, Host
from clawupgrade.testing import daemon, services
from clawupgrade.testing.clock import MemoryClock, MemoryFence
from clawupgrade.testing.clones import MemoryClones
from clawupgrade.testing.commands import MemoryCommands
from clawupgrade.testing.composed import ENTRY, NODE, ROOT, contain, launch, project, starts_at_boot
from clawupgrade.testing.containers import MemoryContainers
from clawupgrade.testing.databases import MemoryDatabases, job
from clawupgrade.testing.disk import Disk, Link, parent
from clawupgrade.testing.faults import Fault, Faults
from clawupgrade.testing.files import MemoryFiles
from clawupgrade.testing.images import MemoryImages
from clawupgrade.testing.layout import Layout
from clawupgrade.testing.openclaw import config_text, unit_text
from clawupgrade.testing.releases import Release, database
from clawupgrade.testing.runs import MemoryRuns
from clawupgrade.testing.services import MemoryGateways, MemoryProcesses, MemorySecrets, MemoryServices
from clawupgrade.testing.snapshots import MemorySnapshots
from clawupgrade.testing.world import Film, World

_TOKEN = "token-of-a-machine-in-memory"


class Machine(Struct, frozen=True):
    """Fork it for every try; what happens to one fork leaves the others alone."""

    world: World

    def fork(self, *faults: Fault, film: Film | None = None) -> Machine:
        """An independent copy on which these faults await; effects are counted from 0."""
        return Machine(self.world.fork(faults=Faults(*faults), film=film))

    def host(self, *, signal: int | None = None, since: int = 0) -> Host:
        """The ports of a new process on this machine; `signal` reaches it at effect number `since`."""
        world = self.world
        return Host(
            commands=MemoryCommands(world, self.address, self.credential),
            files=MemoryFiles(world),
            services=MemoryServices(world),
            processes=MemoryProcesses(world),
            gateways=MemoryGateways(world),
            secrets=MemorySecrets(world),
            snapshots=MemorySnapshots(world),
            databases=MemoryDatabases(world),
            clones=MemoryClones(world, self.address, self.credential),
            containers=MemoryContainers(world),
            images=MemoryImages(world),
            clock=MemoryClock(world),
            fence=MemoryFence(world, signal, since),
            say=_unheard,
        )

    def runs(self) -> MemoryRuns:
        """The runs of the installation."""
        return MemoryRuns(self.world)

    @property
    def address(self) -> Address:
        """Where the gateway listens."""
        return Address("127.0.0.1", self.world.layout.port)

    @property
    def credential(self) -> CredentialRef:
        """Where the gateway's token stands."""
        digest = sha256(_TOKEN.encode()).hexdigest()
        return CredentialRef("config", self.world.layout.config_path, "gateway.auth.token", "token", digest)

    def install(self) -> Install:
        """What a survey of this machine finds."""
        world, layout = self.world, self.world.layout
        if world.container:
            return self._contained()
        release = daemon.release_at(world, layout.root)
        running = world.daemon
        return Install(
            key="memory",
            account=layout.account,
            package=Package(layout.name, release.version, layout.root, layout.prefix, layout.bin_dir),
            node=Node(layout.node, layout.node_version, layout.npm, "11.17.0"),
            state_dir=layout.state_dir,
            config_path=layout.config_path,
            profile="",
            service=Service(
                owner=Owner.SYSTEMD_USER,
                name=layout.unit_name,
                files=(layout.unit_path,),
                active=running is not None,
                enabled=world.disk.at(layout.wants_path) is not None,
                main_pid=running.pid if running is not None else None,
            ),
            address=self.address,
            credential=self.credential,
            baseline=Baseline(Was.READY if running is not None else Was.DOWN),
        )

    def _contained(self) -> Install:
        world, layout, found = self.world, self.world.layout, project(self.world)
        running, version = world.daemon, world.container.removeprefix("sha256:")
        files = (found.files[0], found.pin)
        return Install(
            key="memory",
            account=Account("root", 0, 0, "/root"),
            package=Package("openclaw", version, ROOT, "/", ""),
            node=Node(NODE, "24.19.0", (NODE, "/npm")),
            state_dir=layout.state_dir,
            config_path=layout.config_path,
            profile="",
            service=Service(
                owner=Owner.COMPOSE,
                name=found.service,
                files=files,
                argv=(NODE, ENTRY, "gateway", "run"),
                active=running is not None,
                enabled=world.restart != "no",
                main_pid=running.pid if running is not None else None,
                composed=found,
            ),
            address=self.address,
            credential=self.credential,
            baseline=Baseline(Was.READY if running is not None else Was.DOWN),
        )

    def lose_power(self) -> None:
        """Every process is gone, and so is what was not on the disk."""
        world = self.world
        daemon.end(world)
        world.watchers = ()
        world.disk.lose_power()
        services.load(world)
        world.time += 60.0

    def boot(self) -> None:
        """What is enabled starts."""
        if self.world.disk.at(self.world.layout.wants_path) is not None:
            daemon.launch(self.world)
            self.world.time += 30.0
        elif self.world.container:
            if starts_at_boot(self.world):
                launch(self.world)
            self.world.time += 30.0


def born(
    releases: Sequence[Release],
    *,
    running: bool = True,
    enabled: bool = True,
    config: Mapping[str, Any] | None = None,
    can_clone: bool = False,
    is_quiet: bool = False,
    contained: bool = False,
    restart: str = "unless-stopped",
) -> Machine:
    """A machine with the first of the releases installed, and all of them in its registry.

    config: sections that the config has besides the usual ones. can_clone, is_quiet: see `World`. contained: whether
    the gateway runs in a Compose project, with this restart policy.
    """
    first = releases[0]
    layout = Layout(first.name)
    registry = {release.spec: release for release in releases}
    world = World(layout, Disk(), registry, can_clone=can_clone, is_quiet=is_quiet)
    _install(world, first, config or {})
    if enabled:
        world.disk.make(f"{layout.units}/default.target.wants")
        services.enable(world, True)
    services.load(world)
    if running:
        daemon.launch(world)
        world.time += 3600.0
        world.beat()
    if contained:
        contain(world, restart)
    return Machine(world)


def _install(world: World, release: Release, more: Mapping[str, Any]) -> None:
    disk, layout = world.disk, world.layout
    for path, content in release.tree().items():
        disk.put_text(f"{layout.root}/{path}", content.decode())
    disk.make(layout.bin_dir)
    disk.put(f"{layout.bin_dir}/{release.name}", Link(f"../lib/node_modules/{release.name}/{release.entry}"))
    config = {
        "meta": {"lastTouchedVersion": release.version},
        "gateway": {"port": layout.port, "auth": {"mode": "token", "token": _TOKEN}},
        "channels": {"telegram": {"enabled": True}},
        **more,
    }
    disk.put_text(layout.config_path, config_text(config), 0o600)
    disk.put_text(layout.database_path, database(release.schema).decode(), 0o600)
    jobs = {"version": 1, "jobs": [job("a"), job("b")]}
    disk.put_text(layout.legacy_path, config_text(jobs), 0o600)
    disk.put_text(f"{layout.state_dir}/devices/paired.json", '{"d1": {"platform": "ios"}}\n', 0o600)
    disk.put_text(f"{layout.state_dir}/credentials/oauth.json", "{}\n", 0o600)
    disk.put_text(f"{layout.state_dir}/workspace/NOTES.md", "what the agent knows\n")
    disk.put_text(f"{layout.state_dir}/logs/gateway.log", "ready\n")
    disk.put_text(layout.unit_path, unit_text(release, layout.root, layout.node, layout.port))
    disk.make(f"{layout.units}/default.target.wants")
    disk.make(layout.runs)
    disk.put_text(layout.node, "a program\n", 0o755)
    disk.put_text(layout.npm_script, "// npm\n")
    disk.put_text(f"{layout.npm_script.rpartition('/bin/')[0]}/package.json", '{"version": "11.17.0"}\n')
    disk.put(f"{parent(layout.node)}/npm", Link(layout.npm_script))


def _unheard(event: Event) -> None:
    """Nobody watches."""
