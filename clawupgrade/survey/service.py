"""Finds who starts and stops the gateway: a systemd unit of the user or the system, a process, or nobody."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec import Struct

from clawupgrade.errors import Refused
from clawupgrade.gateway.credential import VEIL
from clawupgrade.model import Account, Owner, Service
from clawupgrade.openclaw.units import SECRET_FLAGS, Unit, read_unit, unit_names
from clawupgrade.ports import Host, Process
from clawupgrade.survey import systemctl

FORWARDERS = ("docker-proxy", "rootlessport", "conmon", "slirp4netns", "pasta")
_TITLES = ("openclaw-gateway", "openclaw", "clawdbot-gateway", "clawdbot")


class Defined(Struct, frozen=True):
    """A gateway service with its definition.

    merged: as systemd merges it. parts: each file by itself, in that order, to say where a value stands.
    exe: the Node of a gateway that runs without a unit. needs_reload: the manager has read an older text.
    """

    service: Service
    merged: Unit
    parts: tuple[tuple[str, Unit], ...] = ()
    exe: str = ""
    needs_reload: bool = False


class Services(Struct, frozen=True):
    """All gateway services of one profile, and the managers as they answered."""

    defined: tuple[Defined, ...]
    managers: tuple[systemctl.Manager, ...]


def find_services(host: Host, account: Account, env: Mapping[str, str], profile: str) -> Services:
    """Units under every name that a release has used for this profile, in both managers.

    Where a manager cannot be asked its files are read all the same, so that preflight can say what
    it would have stopped.
    """
    wanted = env.get("OPENCLAW_SYSTEMD_UNIT", "").strip()
    own = (wanted if wanted.endswith(".service") else f"{wanted}.service",) if wanted else ()
    names = tuple(dict.fromkeys((*own, *unit_names(profile))))
    managers = tuple(systemctl.ask(host, account, scope, names) for scope in ("user", "system"))
    defined: list[Defined] = []
    for manager in managers:
        folder = f"{account.home}/.config/systemd/user" if manager.scope == "user" else "/etc/systemd/system"
        units = manager.units if manager.reachable else _from_files(host, folder, names)
        defined += [_define(host, account, manager.scope, unit) for unit in units]
    return Services(tuple(each for each in defined if each.merged.argv), managers)


def pick(services: Services) -> Defined:
    """The service that runs, else the one that is enabled, else any; nobody when none is defined."""
    by_weight = sorted(services.defined, key=lambda each: (each.service.active, each.service.enabled))
    return by_weight[-1] if by_weight else nobody()


def refuse_two_scopes(services: Services) -> Refused | None:
    """Two managers that both would run this gateway fight over its port (#62557, #75692)."""
    live = [each.service for each in services.defined if each.service.active or each.service.enabled]
    if len({service.owner for service in live}) < 2:
        return None
    named = " and ".join(f"{service.name} ({service.owner})" for service in live)
    return Refused(
        f"two service managers would run this gateway: {named}",
        "disable one of them: systemctl --user disable --now NAME, or as root: systemctl disable --now NAME",
    )


def refuse_vanished(host: Host, defined: Defined) -> Refused | None:
    """A gateway whose environment file went after its start serves on, and could never be started again."""
    wanted = (path for path, may_be_missing in defined.merged.environment_files if not may_be_missing)
    # systemd expands patterns itself, and specifiers that we do not know.
    plain = (path for path in wanted if not set(path) & set("*?[%"))
    gone = next((path for path in plain if not host.files.exists(path)), None)
    if gone is None:
        return None
    return Refused(
        f"{defined.service.name} reads {gone}, which does not exist: the gateway could not be started again",
        "put the file back, or take its EnvironmentFile= out of the unit; then: systemctl daemon-reload",
    )


def warn_of_leftover_units(services: Services, picked: Defined) -> Iterator[str]:
    """A unit from before the rename stays enabled when OpenClaw installs its new one (seen with 2026.9.6)."""
    for each in services.defined:
        service = each.service
        if service.name != picked.service.name and service.owner is picked.service.owner and service.enabled:
            yield f"{service.name} is enabled as well and would start a second gateway at the next boot"


def running(host: Host, port: int, root: str) -> Defined:
    """The gateway that listens without any unit, started by hand or by clawupgrade; else nobody."""
    for process in host.processes.listeners(port):
        if process.pid and is_gateway(process, root):
            service = Service(owner=Owner.PROCESS, active=True, main_pid=process.pid)
            exe = process.exe if process.exe.endswith("/node") else ""
            return Defined(service, Unit(working_directory=process.cwd), exe=exe)
    return nobody()


def is_gateway(process: Process, root: str) -> bool:
    """Whether a process is the gateway of the package in `root`.

    OpenClaw overwrites its command line with a title (`openclaw-gateway`), so that counts as well.
    """
    titled = bool(process.argv) and process.argv[0].strip() in _TITLES
    return titled or any(word.startswith(f"{root}/") for word in process.argv[1:])


def is_of_service(host: Host, service: Service, process: Process) -> bool:
    """Whether a process is the service's main one or lives in its control group."""
    if process.pid == service.main_pid:
        return True
    group = (host.files.read(f"/proc/{process.pid}/cgroup") or b"").decode("utf-8", "replace")
    if service.composed is not None:
        return service.composed.container in group or _forwards(process)
    return bool(service.name) and any(f"/{service.name}" in line for line in group.splitlines())


def _forwards(process: Process) -> bool:
    """The engine's own listener for a published port; docker says nothing of whose it is."""
    return (process.exe or "".join(process.argv[:1])).rpartition("/")[2] in FORWARDERS


def nobody() -> Defined:
    """No service is defined and nothing runs."""
    return Defined(Service(owner=Owner.NONE), Unit())


def _from_files(host: Host, folder: str, names: tuple[str, ...]) -> tuple[systemctl.Shown, ...]:
    found = []
    for name in names:
        if host.files.exists(path := f"{folder}/{name}"):
            drop_ins = (f"{path}.d/{each}" for each in host.files.names(f"{path}.d") if each.endswith(".conf"))
            enabled = host.files.exists(f"{folder}/default.target.wants/{name}")
            found.append(systemctl.Shown(name, False, enabled, None, (path, *drop_ins)))
    return tuple(found)


def _veiled(argv: tuple[str, ...]) -> tuple[str, ...]:
    """The command line without the secret behind `--token`: plans and journals are read by people."""
    words: list[str] = []
    for word in argv:
        name, sign, _ = word.partition("=")
        if words and words[-1] in SECRET_FLAGS:
            words.append(VEIL)
        else:
            words.append(f"{name}={VEIL}" if sign and name in SECRET_FLAGS else word)
    return tuple(words)


def _define(host: Host, account: Account, scope: str, shown: systemctl.Shown) -> Defined:
    texts = [(path, (host.files.read(path) or b"").decode("utf-8", "replace")) for path in shown.files]
    specifiers = (("t", f"/run/user/{account.uid}"), ("u", account.name), ("U", str(account.uid)))
    merged = read_unit((text for _, text in texts), home=account.home, specifiers=specifiers)
    service = Service(
        owner=Owner.SYSTEMD_USER if scope == "user" else Owner.SYSTEMD_SYSTEM,
        name=shown.name,
        files=shown.files,
        argv=_veiled(merged.argv),
        environment=merged.names,
        active=shown.active,
        enabled=shown.enabled,
        main_pid=shown.main_pid,
    )
    parts = ((path, read_unit([text], home=account.home, specifiers=specifiers)) for path, text in texts)
    return Defined(service, merged, tuple(parts), needs_reload=shown.needs_reload)
