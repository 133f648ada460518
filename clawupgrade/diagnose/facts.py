"""The facts that a diagnosis is made of: every place of a token by its hash, the service, the port, the answer."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from clawupgrade.diagnose.contained import Contained
from clawupgrade.gateway.answer import Answer
from clawupgrade.gateway.reading import NOBODY, row_for
from clawupgrade.model import CredentialRef, Owner, Service
from clawupgrade.openclaw.variables import UNREAD
from clawupgrade.ports import Process, ServiceState

START_WITHIN = 300.0
"""Seconds. Starts of 68 to 947 s were reported; after this long a person may want to look."""
_UNNAMED = ("no-credential", "device-identity-required", "proxy-identity", "credential-refused")
CRASH_LOOP = 3
"""Restarts by the service manager, from which on nobody speaks of a start any more."""


class Role(StrEnum):
    """What a place of a credential is for."""

    CONFIG = "config"
    """`gateway.auth.*`: the gateway's own; it wins over any variable on every release looked at."""
    LEGACY = "legacy"
    """`gateway.token`, which no release reads and every one refuses to start on."""
    REMOTE = "remote"
    """`gateway.remote.*`: what this machine's clients send to a gateway elsewhere."""
    UNIT = "unit"
    """The service definition: `Environment=` with its drop-ins, `--token` on its command line, a LaunchAgent."""
    PINNED = "pinned"
    """An EnvironmentFile or `.env`: what a person or a guide has pinned."""
    COMPOSE = "compose"
    """A compose file with its `.env`: what a container is started with; none of the gateway's own here."""
    PROCESS = "process"
    """What the running gateway was started with."""
    SHELL = "shell"
    """The shell that asks."""
    OLD_NAME = "old-name"
    """`CLAWDBOT_*`, `MOLTBOT_*` where the installed release no longer reads them (#14298)."""
    UNREAD = "unread"
    """`OPENCLAW_GATEWAY_AUTH_TOKEN`, which guides pin and no release reads."""


def short(path: str, home: str) -> str:
    """A path with `~` for the home.

    >>> short("/home/claw/.openclaw/.env", "/home/claw")
    '~/.openclaw/.env'
    """
    return f"~{path.removeprefix(home)}" if home and path.startswith(f"{home}/") else path


class Source(Struct, frozen=True):
    """One place where a credential stands. `digest` is "" for a reference that cannot be resolved from here.

    home: what `~` stands for when the place is shown. stated: the place in words, where `ref` only says to
    what a reference in the config leads.
    """

    role: Role
    ref: CredentialRef
    home: str = ""
    stated: str = ""

    @property
    def digest(self) -> str:
        """Equal for equal secrets of one installation."""
        return self.ref.digest

    @property
    def where(self) -> str:
        """`OPENCLAW_GATEWAY_TOKEN in ~/.openclaw/.env`: names and places only."""
        if self.stated:
            return self.stated
        match self.ref.source:
            case "process":
                return f"{self.ref.key} in the running process {self.ref.place}"
            case "environment":
                return f"{self.ref.key} in this shell"
            case _:
                return f"{self.ref.key} in {self.place}"

    @property
    def place(self) -> str:
        """The file, with `~` for the home."""
        return short(self.ref.place, self.home)


class Config(Struct, frozen=True):
    """How the config is: where, whether it parses (`error` is the reason), which mode it states ("" for none)."""

    path: str
    exists: bool = True
    error: str = ""
    mode: str = ""
    has_legacy_key: bool = False


class Daemon(Struct, frozen=True):
    """The service and its process. `stale`: why the definition has to be written anew, or "".

    words: the last that the gateway itself said of a failure. age: of its process, in seconds.
    """

    service: Service
    state: ServiceState
    stale: str = ""
    needs_reload: bool = False
    words: str = ""
    age: float | None = None

    @property
    def has_unit(self) -> bool:
        """Whether a service manager runs it, so that there is a definition to refresh."""
        return self.service.owner in (Owner.SYSTEMD_USER, Owner.SYSTEMD_SYSTEM)


class Listener(Struct, frozen=True):
    """Who listens on the gateway's port, and whether it is a gateway of this installation."""

    process: Process
    is_gateway: bool


class Facts(Struct, frozen=True):
    """All that a diagnosis looks at; read once.

    cached_device: "" | "agrees" | "differs": the local device's cached token against the gateway's own list.
    snapshot: a snapshot of ours in whose config a token stands, while the config of today has none.
    pending_device: the id of our own local device's request that waits for approval. knows_device: whether the gateway
    has approved that device for something else before.
    container: what forwards the port to one, "" for none. keeps_state: whether the compose file mounts its state
    from outside; None where there is no such file.
    """

    version: str
    config: Config
    sources: tuple[Source, ...]
    daemon: Daemon
    port: int
    listeners: tuple[Listener, ...] = ()
    answer: Answer | None = None
    cached_device: str = ""
    snapshot: str = ""
    pending_device: str = ""
    knows_device: bool = False
    container: str = ""
    keeps_state: bool | None = None
    contained: Contained | None = None

    @property
    def kind(self) -> str:
        """Which kind of credential opens this gateway: `token`, `password`, or "" where it asks for none."""
        match self.config.mode:
            case "none" | "trusted-proxy":
                return ""
            case "password":
                return "password"
            case "token":
                return "token"
        own = [source.ref.kind for source in self.sources if source.role is Role.CONFIG]
        return "password" if "password" in own and "token" not in own else "token"

    def of(self, *roles: Role) -> tuple[Source, ...]:
        """The sources of the wanted kind with these roles, in the order in which they were found."""
        return tuple(each for each in self.sources if each.role in roles and each.ref.kind == self.kind)

    @property
    def asks_the_proxy(self) -> bool:
        """A gateway in `trusted-proxy` mode refuses everybody whom its proxy does not name, us as well, by design."""
        row = row_for(self.answer) if self.answer is not None else None
        return self.config.mode == "trusted-proxy" and row is not None and row.cause in _UNNAMED

    @property
    def is_starting(self) -> bool:
        """A young process that nobody hears yet: 2026.6.11 takes a minute on a busy machine (#139082, #119958).

        The gateway is asked before its port is looked at: one that came to listen in between was not heard either.
        """
        daemon = self.daemon
        young = daemon.age is not None and daemon.age < START_WITHIN and daemon.state.restarts < CRASH_LOOP
        unheard = not self.listeners or (self.answer is not None and row_for(self.answer) is NOBODY)
        return young and unheard and daemon.state.active is True

    @property
    def own(self) -> Source | None:
        """The credential that the gateway takes: the config's, else what its service gives it."""
        for role in (Role.CONFIG, Role.PROCESS, Role.PINNED, Role.UNIT):
            if found := self.of(role):
                return next((source for source in found if source.digest), found[0])
        return None

    def differing(self, *roles: Role) -> tuple[Source, ...]:
        """The sources with these roles that hold another secret than the gateway's own."""
        return tuple(each for each in self.of(*roles) if self.is_another(each))

    @property
    def pinned_in_compose(self) -> tuple[Source, ...]:
        """What a container is started with, under a name that the releases read."""
        return tuple(source for source in self.of(Role.COMPOSE) if source.ref.key != UNREAD)

    def is_another(self, source: Source) -> bool:
        """Whether a source holds another secret than the gateway's own, as far as both can be told."""
        own = self.own
        return own is not None and bool(own.digest and source.digest) and source.digest != own.digest
