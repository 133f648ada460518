"""The values that the whole program speaks in: what was found, what will be done, what came of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import msgspec

from clawupgrade.composed import Composed
from clawupgrade.errors import JournalDamaged
from clawupgrade.gateway.address import Address
from clawupgrade.gateway.verdict import Baseline, Was

PLAN_FORMAT = 1

DEPENDENCIES = 350_000_000
"""Bytes that npm installs below the tarball's own files: 247 to 316 MB from 2026.4.29 to 2026.9.6."""


class Owner(StrEnum):
    """Who starts and stops the gateway."""

    SYSTEMD_USER = "systemd-user"
    SYSTEMD_SYSTEM = "systemd-system"
    PROCESS = "process"
    COMPOSE = "compose"
    NONE = "none"


class Engine(StrEnum):
    """How the target gets in: built beside and exchanged, by OpenClaw's own updater, or as a container image."""

    CLONE = "clone"
    INPLACE = "inplace"
    IMAGE = "image"


class Outcome(StrEnum):
    """How a run ended. The text is part of the JSON contract."""

    UPGRADED = "upgraded"
    MENDED = "mended"
    STAGED = "staged"
    NOTHING_TO_DO = "nothing-to-do"
    SKIPPED = "skipped"
    FAILED_CLEAN = "failed-clean"
    ROLLED_BACK = "rolled-back"
    NEEDS_PERSON = "needs-person"
    BROKEN = "broken"
    # Only of commands that ended before a run began:
    REFUSED = "refused"
    BUSY = "busy"
    STOPPED = "stopped"
    USAGE = "usage"
    CONFIG = "bad-configuration"


@dataclass(frozen=True, slots=True)
class Account:
    """The account that OpenClaw runs as, from the passwd database."""

    name: str
    uid: int
    gid: int
    home: str


@dataclass(frozen=True, slots=True)
class Offline:
    """A bundle to install from. keys: file with the public keys of those whose bundles are taken.

    unsigned: a person insists that no signature is asked for.
    """

    path: str
    keys: str = ""
    unsigned: bool = False


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked for, and the part of the caller's environment that says where OpenClaw is.

    environ holds `HOME`, `PATH`, `XDG_*`, `OPENCLAW_*`, `CLAWDBOT_*`, `MOLTBOT_*` only.
    to: a version or None for the channel's newest. losses: (conservation row, policy) where not the row's own.
    leave_out: what of the state no snapshot shall hold, besides logs: `caches`, `media`, or patterns.
    rehearse: whether all is done on a clone first; None: where the hop table has evidence for it.
    compose: a compose file or its folder; service: of it; image: the reference to change to; build, write: the
    project builds its image; the compose file itself may be edited.
    """

    environ: tuple[tuple[str, str], ...]
    account: Account
    to: str | None = None
    channel: str = "stable"
    engine: Engine | None = None
    allow_downgrade: bool = False
    profile: str = ""
    node: str | None = None
    migrate: bool = True
    losses: tuple[tuple[str, str], ...] = ()
    leave_out: tuple[str, ...] = ()
    rehearse: bool | None = None
    bundle: Offline | None = None
    compose: str = ""
    service: str = ""
    image: str = ""
    build: bool = False
    write: bool = False

    @property
    def names_one(self) -> bool:
        """Whether a person or a script named exactly one release."""
        return bool(self.to) or self.bundle is not None


@dataclass(frozen=True, slots=True)
class Target:
    """What the registry, or a bundle, says of the version that is wanted.

    contents: digest of what a bundle unpacks to, "" for npm's own.
    """

    version: str
    name: str
    spec: str
    engines_node: str = ""
    unpacked_bytes: int = 0
    published_at: str = ""
    contents: str = ""


@dataclass(frozen=True, slots=True)
class Node:
    """A Node.js with the npm beside it. `npm` is npm's command line: `(node, npm-cli.js)`."""

    path: str
    version: str
    npm: tuple[str, ...]
    npm_version: str = ""


@dataclass(frozen=True, slots=True)
class Package:
    """An installed npm-global package: `<prefix>/lib/node_modules/<name>`."""

    name: str
    version: str
    root: str
    prefix: str
    bin_dir: str


@dataclass(frozen=True, slots=True)
class CredentialRef:
    """Where a credential stands, never the credential itself.

    source: `config`, `argv`, `unit`, `plist`, `envfile`, `dotenv`, `compose`, `container`, `process`, `environment`
    place:  file, unit or pid; key: config path or variable; kind: `token` or `password`
    digest: keyed hash, equal for equal secrets of one installation
    """

    source: str
    place: str
    key: str
    kind: str
    digest: str


@dataclass(frozen=True, slots=True)
class Service:
    """The gateway's service as it was found, and the files that define it.

    `environment` holds names only: values may be secrets. composed: where a Compose project is the owner.
    """

    owner: Owner
    name: str = ""
    files: tuple[str, ...] = ()
    argv: tuple[str, ...] = ()
    environment: tuple[str, ...] = ()
    active: bool = False
    enabled: bool = False
    main_pid: int | None = None
    composed: Composed | None = None


@dataclass(frozen=True, slots=True)
class Install:
    """One OpenClaw installation, read once; afterwards nobody asks the machine again.

    obstacles: (message, hint) of what was found while looking and forbids a change, but no look.
    outlying: files outside the state that the target changes or removes, included ones among them.
    moves: (from, to) of what the target carries elsewhere: a legacy state folder, a legacy unit.
    """

    key: str
    account: Account
    package: Package
    node: Node
    state_dir: str
    config_path: str
    profile: str
    service: Service
    address: Address
    credentials: tuple[CredentialRef, ...] = ()
    credential: CredentialRef | None = None
    baseline: Baseline = field(default_factory=lambda: Baseline(Was.UNKNOWN))
    baseline_words: str = ""
    state_bytes: int = 0
    environment: tuple[tuple[str, str], ...] = ()
    warnings: tuple[str, ...] = ()
    obstacles: tuple[tuple[str, str], ...] = ()
    outlying: tuple[str, ...] = ()
    moves: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Hop:
    """One step on the way from version to version. Most ways have one hop.

    spec:  what npm is asked for, exact; or the path of a bundle, and `contents` the digest of what it unpacks to.
    name: the package that the version comes as.
    stage: private npm prefix in which it is built.
    tree: the package's root in there; after the switch it holds what was replaced.
    live: where the package lives once it is switched in.
    variables: files that set variables under names which only the version before reads.
    size: bytes that it takes with all it depends on, about; 0 where the registry states none.
    prepared: the run that has built the stage, and rehearsed on it, ahead of time; "" for this one.
    """

    version: str
    name: str
    spec: str
    stage: str
    tree: str
    live: str
    migrations: tuple[str, ...] = ()
    variables: tuple[str, ...] = ()
    size: int = 0
    contents: str = ""
    prepared: str = ""


@dataclass(frozen=True, slots=True)
class Limits:
    """Time limits in seconds. `settle` is how long a living gateway may take to serve.

    stop: 2026.9.6 gives its sessions up to 330 s to end before it lets go.
    """

    install: float = 1800.0
    doctor: float = 1200.0
    idle: float = 600.0
    stop: float = 360.0
    settle: float = 600.0
    hook: float = 300.0


@dataclass(frozen=True, slots=True)
class Plan:
    """All that a run will do, complete before its first effect, and record 0 of its journal.

    folder: the run's own, with its journal. program: how this clawupgrade is called again by a
    watcher or a unit. rungs: of the repair ladder, in order; request: a device's, for `pair-device`.
    losses: (conservation row, policy) where not the row's own; None: nothing is counted, as in a
    rollback. after: the installation as the target serves it, where that is not how it was found.
    hooks: (phase, file) in their order. soak: so many seconds the gateway is watched after the run;
    confirm_within: so many until silence takes the upgrade back, 0 for never.
    why: what made clawupgrade itself take an upgrade back, "" where a person did.
    rehearsal: how the clone is made that all is done on first (`cloned.Way`), "" for none; covers: the folders
    that it shows a copy of.
    """

    format: int
    run_id: str
    created_at: str
    install: Install
    target: str
    engine: Engine
    engine_reason: str
    hops: tuple[Hop, ...]
    snapshot: str
    sources: tuple[tuple[str, str, tuple[str, ...]], ...]
    serve_after: bool
    limits: Limits = field(default_factory=Limits)
    notes: tuple[str, ...] = ()
    kind: str = "upgrade"
    folder: str = ""
    program: tuple[str, ...] = ("clawupgrade",)
    takes_back: str = ""
    restore_from: str = ""
    restore_names: tuple[str, ...] = ()
    rungs: tuple[str, ...] = ()
    request: str = ""
    losses: tuple[tuple[str, str], ...] | None = None
    after: Install | None = None
    hooks: tuple[tuple[str, str], ...] = ()
    soak: float = 0.0
    confirm_within: float = 0.0
    why: str = ""
    rehearsal: str = ""
    covers: tuple[str, ...] = ()

    @property
    def landing(self) -> Install:
        """Where config, state and service are once the target serves (clawdbot → openclaw moves all three)."""
        return self.after or self.install

    @property
    def services(self) -> tuple[Service, ...]:
        """Every service that may run the gateway in the course of the run, the first one's first."""
        first, last = self.install.service, self.landing.service
        return (first,) if first.name == last.name else (first, last)


@dataclass(frozen=True, slots=True)
class StepReport:
    """What one step did, as the result document shows it."""

    name: str
    state: str
    seconds: float
    evidence: dict[str, Any] = field(default_factory=dict)
    error: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """How a run, or a command that ended before one, came out. `away` is in seconds.

    reason: stable word for why a run was skipped (`held`, `quarantined`, …), else "".
    """

    outcome: Outcome
    exit_code: int
    run_id: str = ""
    from_version: str = ""
    to_version: str = ""
    changed: bool = False
    away: float | None = None
    seconds: float = 0.0
    message: str = ""
    hint: str = ""
    steps: tuple[StepReport, ...] = ()
    notes: tuple[str, ...] = ()
    reason: str = ""


def plan_to_json(plan: Plan) -> dict[str, Any]:
    """The plan as plain JSON values."""
    document: dict[str, Any] = msgspec.to_builtins(plan)
    return document


def plan_from_json(document: dict[str, Any]) -> Plan:
    """The plan that `plan_to_json` wrote.

    Raises:
        JournalDamaged: another format, or fields that do not fit.
    """
    if document.get("format") != PLAN_FORMAT:
        raise JournalDamaged(
            f"the run was planned in format {document.get('format')!r}; this clawupgrade reads {PLAN_FORMAT}",
            "run the clawupgrade version that wrote it, or a newer one",
        )
    try:
        return msgspec.convert(document, Plan)
    except msgspec.ValidationError as error:
        raise JournalDamaged(f"the run's plan cannot be read: {error}") from error
