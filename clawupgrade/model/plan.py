"""What will be done."""

from __future__ import annotations

from msgspec import Struct, field

from clawupgrade.model.install import Install
from clawupgrade.model.request import Engine
from clawupgrade.model.service import Service
from clawupgrade.model.target import Hop


class Limits(Struct, frozen=True):
    """Time limits in seconds. `settle` is how long a living gateway may take to serve.

    stop: 2026.9.6 gives its sessions up to 330 s to end before it lets go.
    """

    install: float = 1800.0
    doctor: float = 1200.0
    idle: float = 600.0
    stop: float = 360.0
    settle: float = 600.0
    hook: float = 300.0


class Plan(Struct, frozen=True):
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
