"""The service manager and the process table in memory: a unit is run as it was last read."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from hashlib import sha256

from clawupgrade.errors import Refused, StepFailed
from clawupgrade.gateway.address import Address
from clawupgrade.gateway.answer import Answer, AnswerKind
from clawupgrade.model import CredentialRef, Owner, Service
from clawupgrade.openclaw.document import Document
from clawupgrade.openclaw.units import read_unit
from clawupgrade.ports import Process, ServiceState
from clawupgrade.testing import composed, daemon
from clawupgrade.testing.disk import Link
from clawupgrade.testing.faults import Hung
from clawupgrade.testing.world import World


class MemoryServices:
    """The `Services` port over one user unit, as systemd treats it."""

    def __init__(self, world: World) -> None:
        self._world = world

    def look(self, service: Service) -> ServiceState:
        """Running, or not and why."""
        running = self._world.daemon
        if running is not None:
            return ServiceState(True, running.pid, "active (running)")
        status = self._world.exit_status
        words = "inactive (dead)" if status is None else f"failed (exit-code), status {status}"
        return ServiceState(False, None, words, status, failed=status is not None)

    def stop(self, service: Service, limit: float) -> None:
        """Stop, and wait."""
        is_contained = service.owner is Owner.COMPOSE
        end = (lambda: composed.stop(self._world)) if is_contained else (lambda: daemon.end(self._world))
        self._ask("stop the gateway", end, limit, may_lie=True)
        self._world.time += 1.0

    def start(self, service: Service, limit: float) -> None:
        """Start; it may end itself again."""
        world, is_contained = self._world, service.owner is Owner.COMPOSE
        begin = (lambda: composed.start(world)) if is_contained else (lambda: daemon.launch(world))
        self._ask("start the gateway", begin, limit, may_lie=True)

    def reload(self, service: Service) -> None:
        """Read the unit's file again."""
        self._ask("reload the units", lambda: load(self._world), 30.0)

    def enable(self, service: Service, enabled: bool) -> None:
        """Make or remove the link that starts it at boot; a container gets another restart policy."""
        if service.composed is not None:
            policy = service.composed.restart if enabled else "no"
            if policy != self._world.restart:
                self._ask(f"restart={policy}", lambda: composed.give_policy(self._world, policy), 60.0)
            return
        name = "enable the unit" if enabled else "disable the unit"
        self._ask(name, lambda: enable(self._world, enabled), 30.0)

    def words(self, service: Service, since: datetime) -> tuple[str, ...]:
        """What gateways said when they ended themselves."""
        return self._world.words[-40:]

    def _ask(self, name: str, whole: Callable[[], None], limit: float, *, may_lie: bool = False) -> None:
        def done() -> bool:
            whole()
            return True

        try:
            self._world.effect(name, done, waits=True, lie=True if may_lie else None)
        except Hung as hung:
            self._world.time += limit
            raise StepFailed(f"{name}: nothing happened within {limit:.0f} s") from hung
        except OSError as error:
            raise StepFailed(f"{name}: {error.strerror}") from error


class MemoryProcesses:
    """The `Processes` port: the gateway and the dead-men."""

    def __init__(self, world: World) -> None:
        self._world = world

    def listeners(self, port: int) -> tuple[Process, ...]:
        """The gateway, if it is on that port."""
        running = self._world.daemon
        return (self._described(running.pid),) if running is not None and running.port == port else ()

    def find(self, pid: int) -> Process | None:
        """A gateway or a dead-man that is alive."""
        running = self._world.daemon
        is_alive = pid in self._world.watchers or (running is not None and running.pid == pid)
        return self._described(pid) if is_alive else None

    def ancestors(self) -> tuple[Process, ...]:
        """A shell."""
        return (Process(1000, 1.0, ("bash",), self._world.layout.account.uid),)

    def _described(self, pid: int) -> Process:
        running = self._world.daemon
        started = running.started if running is not None and running.pid == pid else self._world.time
        return Process(pid, started, (self._world.layout.node,), self._world.layout.account.uid)


class MemoryGateways:
    """The `Gateways` port."""

    def __init__(self, world: World) -> None:
        self._world = world

    def ask(self, address: Address, credential: CredentialRef | None, *, timeout: float = 10.0) -> Answer:
        """One handshake."""
        self._world.beat()
        if not address.relay:
            return daemon.ask(self._world, address, credential, timeout)
        cloned = self._world.clones.get(address.relay.removesuffix("/canary").removesuffix("/tmp"))
        if cloned is None:
            return Answer(AnswerKind.UNREACHABLE)
        inside: World = cloned.world  # type: ignore[attr-defined]
        inside.time = self._world.time
        answer = daemon.ask(inside, address, credential, timeout)
        self._world.time = inside.time
        return answer


class MemorySecrets:
    """The `Secrets` port: what stands in the config, in the unit, and in the environment of the running gateway."""

    def __init__(self, world: World) -> None:
        self._world = world

    def learn(self, config_path: str) -> None:
        """Nothing is shown that would have to be veiled."""

    def digest(self, ref: CredentialRef) -> str | None:
        """A hash of the secret, for a reference to it."""
        value = self._value(ref)
        return sha256(value.encode()).hexdigest() if value else None

    def _value(self, ref: CredentialRef) -> str | None:
        content = (self._world.disk.file(ref.place) or b"").decode()
        match ref.source:
            case "config":
                try:
                    found = Document.parse(content or "{}").get(ref.key)
                except Refused:
                    return None
                return found if isinstance(found, str) else None
            case "unit":
                return read_unit([content]).value(ref.key)
            case "process" if self._world.daemon is not None:
                return dict(self._world.daemon.environment).get(ref.key)
            case _:
                return None

    def assigned(self, name: str, ref: CredentialRef) -> bytes:
        """`NAME=value`."""
        return f"{name}={self._value(ref) or ''}\n".encode()

    def written(self, config: bytes, key: str, ref: CredentialRef | None) -> bytes:
        """The config with what stands at `ref` at `key`, or with a new token."""
        value = self._value(ref) if ref is not None else f"made-{self._world.time:.0f}"
        if value is None:
            raise Refused("the secret that was to be moved cannot be read any more")
        return Document.parse(config).set(key, value).encoded

    def key(self) -> bytes:
        """Always the same."""
        return b"the key of a machine in memory"


def load(world: World) -> None:
    """The manager reads the unit's file."""
    world.loaded = (world.disk.file(world.layout.unit_path) or b"").decode()


def enable(world: World, enabled: bool) -> None:
    """The link that starts it at boot."""
    if enabled:
        world.disk.put(world.layout.wants_path, Link(world.layout.unit_path))
    else:
        world.disk.delete(world.layout.wants_path)
