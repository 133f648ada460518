"""Gateways that a Compose project owns: Compose starts and stops them, the engine tells how they are."""

from __future__ import annotations

from datetime import UTC, datetime

from clawupgrade.composed import Composed
from clawupgrade.containers import argv
from clawupgrade.errors import StepFailed
from clawupgrade.host.containers.finding import containers_of, files_of
from clawupgrade.host.containers.program import Program
from clawupgrade.host.scrub import Scrub
from clawupgrade.model import Service
from clawupgrade.openclaw.output import last_words
from clawupgrade.ports import Clock, Commands, ServiceState

_WORDS = 40
_STAYS_UP = 1.0
_KILLED_WITHIN = 30.0


class ComposeOwner:
    """Part of the `Services` port."""

    def __init__(self, commands: Commands, clock: Clock, scrub: Scrub) -> None:
        self._program = Program(commands)
        self._clock = clock
        self._scrub = scrub

    def look(self, service: Service) -> ServiceState:
        """The newest container of the service. A one-shot container of ours at work on its state counts as running."""
        found = composed_of(service)
        seen = next(iter(containers_of(self._program, found)), None)
        busy = self._program.inspected((*found.engine, "inspect", found.once), found.reach)
        if busy and busy[0]["State"].get("Running"):
            return ServiceState(True, words=f"{found.once} works on its state")
        if seen is None:
            return ServiceState(False, words="it has no container")
        if seen.running:
            pid = seen.pid or None
            return ServiceState(True, pid, f"running {seen.health}".rstrip(), None, seen.restarts, self._cpu(seen.id))
        return ServiceState(False, None, f"exited ({seen.exit_status})", seen.exit_status, seen.restarts)

    def stop(self, service: Service, limit: float) -> None:
        """Stop it, and end what of ours works on its state. Raises StepFailed."""
        found = composed_of(service)
        self._program.run((*found.engine, "rm", "--force", "--volumes", found.once), found.reach)
        line = argv.stop(found, files_of(found), limit)
        done = self._program.run(line, found.reach, wall=limit + _KILLED_WITHIN)
        if not done.ok:
            raise StepFailed(f"{found.service} does not stop: {last_words(done.err or done.out)}")

    def start(self, service: Service, limit: float) -> None:
        """Have Compose make it what the files say, and start it. Raises StepFailed."""
        found = composed_of(service)
        done = self._program.run(argv.up(found, files_of(found)), found.reach, wall=limit)
        if not done.ok:
            raise StepFailed(f"{found.service} does not start: {last_words(done.err or done.out)}")
        self._clock.sleep(_STAYS_UP)

    def enable(self, service: Service, enabled: bool) -> None:
        """The restart policy that it was found with, or none: an engine starts by it at boot. Raises StepFailed."""
        found = composed_of(service)
        seen = next(iter(containers_of(self._program, found)), None)
        policy = found.restart if enabled else "no"
        if not found.restart or seen is None or seen.restart == policy:
            return
        line = argv.restart(found, seen.id, policy)
        done = self._program.run(line, found.reach)
        if not done.ok:
            by_hand = " ".join((*line[:-1], seen.name))
            raise StepFailed(
                f"the restart policy of {seen.name} is not {policy}: {last_words(done.err or done.out)}",
                f"set it by hand: {by_hand}",
            )

    def words(self, service: Service, since: datetime) -> tuple[str, ...]:
        """The last lines that it said since then, secrets scrubbed."""
        found = composed_of(service)
        seen = next(iter(containers_of(self._program, found)), None)
        if seen is None:
            return ()
        at = since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        line = (*found.engine, "logs", "--since", at, "--tail", str(_WORDS), seen.id)
        done = self._program.run(line, found.reach)
        return tuple(self._scrub.line(each) for each in (done.out + done.err).splitlines() if each.strip())

    def _cpu(self, container: str) -> float | None:
        """Seconds of processor time, from the kernel's own count where the control group is where Docker puts it."""
        for path, unit in (
            (f"/sys/fs/cgroup/cpuacct/docker/{container}/cpuacct.usage", 1e9),
            (f"/sys/fs/cgroup/system.slice/docker-{container}.scope/cpu.stat", 1e6),
            (f"/sys/fs/cgroup/docker/{container}/cpu.stat", 1e6),
        ):
            try:
                with open(path, encoding="ascii") as file:
                    return float(file.read().replace("usage_usec", "").split()[0]) / unit
            except (OSError, ValueError, IndexError):
                continue
        return None


def composed_of(service: Service) -> Composed:
    """Raises StepFailed for a service that no Compose project owns."""
    if service.composed is None:
        raise StepFailed("the plan does not say which Compose project owns the gateway")
    return service.composed
