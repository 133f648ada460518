"""Arm: somebody outside the gateway's cgroup and this shell ends the run if we cannot any more."""

from __future__ import annotations

import posixpath

from msgspec import Struct

from clawupgrade.composed import Composed
from clawupgrade.engine.step import Evidence
from clawupgrade.errors import Refused, StepFailed
from clawupgrade.model import Owner, Plan
from clawupgrade.openclaw import boot_units
from clawupgrade.openclaw.updaters import list_processes, updating_process
from clawupgrade.ports import Command, Host
from clawupgrade.steps import leftovers, packages

_ALIVE_WITHIN = 20.0
_MANAGED = (Owner.SYSTEMD_USER, Owner.SYSTEMD_SYSTEM, Owner.COMPOSE)


class Arm(Struct, frozen=True):
    """A watcher for the death of this process, and two units for the death of the machine.

    The watcher does nothing but wait for the run's lock to fall free with the journal still open;
    it ends by itself when the journal is closed, so there is nothing that must be disarmed in time.
    """

    name: str = "arm"
    live: bool = False

    def do(self, host: Host, plan: Plan) -> None:
        """Write the units, then start the watcher: through the service manager, else detached."""
        _require_alone(host, plan)
        host.files.remove(watcher_mark(plan))
        composed = plan.install.service.composed
        for path, content, link in _boot_units(plan):
            if composed is not None and not host.files.exists(posixpath.dirname(path)):
                continue  # a machine with containers and without systemd: the next command recovers
            host.files.write(path, content.encode(), mode=0o644)
            host.files.make_folder(posixpath.dirname(link), mode=0o755)
            host.files.link(link, path)
        watch = (*plan.program, "deadman", "--folder", plan.folder)
        reach = () if composed is None else composed.reach
        if plan.install.service.owner in _MANAGED and _through_manager(host, plan, watch, reach):
            return
        host.commands.detach(Command(watch, env=reach), f"{plan.folder}/deadman.log")

    def prove(self, host: Host, plan: Plan) -> Evidence:
        """The watcher has written down that it watches, and it is alive."""
        until = host.clock.monotonic() + _ALIVE_WITHIN
        while host.clock.monotonic() < until:
            pid = int(host.files.read(watcher_mark(plan)) or b"0")
            if pid and host.processes.find(pid) is not None:
                return {"watcher": pid, "boot_units": [path for path, _, _ in _boot_units(plan)]}
            host.clock.sleep(0.1)
        raise StepFailed("the dead-man did not come up", f"see {plan.folder}/deadman.log")

    def undo(self, host: Host, plan: Plan) -> Evidence:
        """The units go. The watcher stays until the journal is closed: it may be the one who runs this."""
        remove_boot_units(host, plan)
        return {}


def _through_manager(host: Host, plan: Plan, watch: tuple[str, ...], reach: tuple[tuple[str, str], ...]) -> bool:
    """Whether systemd has taken the watcher on: outside of any control group that ends with us."""
    scope = ("--user",) if plan.install.service.owner is Owner.SYSTEMD_USER else ()
    unit = f"--unit=clawupgrade-deadman-{plan.run_id}"
    more = tuple(f"--setenv={name}={value}" for name, value in reach)
    line = ("systemd-run", *scope, unit, "--collect", "--quiet", *more, "--", *watch)
    try:
        return host.commands.run(Command(line, wall=30.0)).ok
    except Refused:
        return False  # a machine with containers and without systemd


def _require_alone(host: Host, plan: Plan) -> None:
    """OpenClaw's own updater knows nothing of our lock, and has had the time of a download to be started.

    Raises:
        StepFailed: it is at work, or has been. Here nothing is live yet: it gets the gateway that it knows.
    """
    account, package = plan.install.account, plan.install.package
    if (composed := plan.install.service.composed) is not None:
        seen = host.containers.look(composed)
        if seen is None or seen.image_id != composed.image_id:
            raise StepFailed(
                f"{composed.service} has another container or image than when the run began",
                "somebody else changes this project; run this again once that has ended",
            )
        return
    if pid := updating_process(host.commands.run(Command(list_processes(account.uid), wall=30.0)).out):
        raise StepFailed(
            f"another update of OpenClaw has been started meanwhile, process {pid}",
            "wait for it to end, then run this again; never delete its lock files",
        )
    found = packages.version_at(host, package.root)
    if found != package.version:
        raise StepFailed(
            f"{package.root} holds {found or 'nothing'}, and held {package.version} when the run began",
            "somebody else changes this installation; run this again once that has ended",
        )


def watcher_mark(plan: Plan) -> str:
    """The file in which the watcher names its PID."""
    return f"{plan.folder}/deadman.pid"


def remove_boot_units(host: Host, plan: Plan) -> None:
    """After the end of a run nobody needs them; idempotent."""
    for path, _, link in _boot_units(plan):
        host.files.remove(link)
        host.files.remove(path)
        leftovers.remove(host, link, path)


def boot_unit_paths(plan: Plan) -> tuple[str, ...]:
    """Every file and link that this run itself puts among the units."""
    return tuple(path for unit, _, link in _boot_units(plan) for path in (unit, link))


def _boot_units(plan: Plan) -> tuple[tuple[str, str, str], ...]:
    service = plan.install.service
    match service.owner:
        case Owner.SYSTEMD_USER:
            folder, target = f"{plan.install.account.home}/.config/systemd/user", "default.target"
        case Owner.SYSTEMD_SYSTEM:
            folder, target = "/etc/systemd/system", "multi-user.target"
        case Owner.COMPOSE if service.composed is not None and plan.install.account.uid == 0:
            return (_after_engine(plan, service.composed),)
        case _:
            return ()
    first, last = f"clawupgrade-before-{plan.run_id}.service", f"clawupgrade-after-{plan.run_id}.service"
    names = " ".join(each.name for each in plan.services)
    texts = (
        (first, boot_units.before_gateway(plan.program, plan.folder, names, target)),
        (last, boot_units.after_gateway(plan.program, plan.folder, names, target)),
    )
    return tuple((f"{folder}/{name}", text, f"{folder}/{target}.wants/{name}") for name, text in texts)


def _after_engine(plan: Plan, found: Composed) -> tuple[str, str, str]:
    """A container is held (see `held`), so that after a power cut nobody else starts it.

    There is no unit before the engine: nothing can be taken back without it.
    """
    folder, target = "/etc/systemd/system", "multi-user.target"
    name = f"clawupgrade-after-{plan.run_id}.service"
    reach = [f"{variable}={value}" for variable, value in found.reach]
    program = ("/usr/bin/env", *reach, *plan.program) if reach else plan.program
    text = boot_units.after_gateway(program, plan.folder, f"{found.engine[0]}.service", target)
    return f"{folder}/{name}", text, f"{folder}/{target}.wants/{name}"
