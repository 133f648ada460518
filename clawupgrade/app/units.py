"""Init: the units that stay are written and taken away again, at one stroke each, as often as one likes."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from clawupgrade.errors import Refused
from clawupgrade.model import Account, Owner, Request
from clawupgrade.openclaw.output import last_words
from clawupgrade.openclaw.standing_units import SIGNED, Setting, StandingUnit, standing_units
from clawupgrade.openclaw.units import unit_names
from clawupgrade.ports import Command, Host
from clawupgrade.survey.survey import survey

_LINGER = "/var/lib/systemd/linger"


class Units(Struct, frozen=True):
    """The units of one manager, as they shall be. scope: `user` or `system`; folder: where they lie.

    account: whose manager a user's is; root asks the system's as itself.
    """

    scope: str
    folder: str
    account: Account
    units: tuple[StandingUnit, ...]
    notes: tuple[str, ...] = ()

    def path(self, unit: StandingUnit) -> str:
        """Where a unit's file lies."""
        return f"{self.folder}/{unit.name}"


def units_for(host: Host, request: Request, program: str, environment: Sequence[tuple[str, str]]) -> Units:
    """The units for the installation, in the manager that runs its gateway.

    program: how clawupgrade is called, as ExecStart= wants it.

    Raises:
        Refused: no systemd unit runs the gateway, or a unit of that name is somebody else's.
    """
    install = survey(host, request)
    scope = _scope(install.service.owner)
    wanted = _written(scope, request, program, tuple(environment))
    notes: tuple[str, ...] = ()
    if scope == "user" and not host.files.exists(f"{_LINGER}/{request.account.name}"):
        notes = (f"units of {request.account.name} run only while logged in: loginctl enable-linger",)
    found = Units(scope, _folder(scope, request.account), request.account, wanted, notes)
    for unit in wanted:
        _refuse_foreign(host, found.path(unit))
    return found


def written_before(host: Host, request: Request) -> tuple[Units, ...]:
    """What `init --units` has written for this profile, in either manager; OpenClaw is not asked."""
    found = []
    for scope in ("user", "system"):
        folder = _folder(scope, request.account)
        known = _written(scope, request, "", ())
        ours = [unit for unit in known if _is_ours(host.files.read(f"{folder}/{unit.name}"))]
        if ours:
            found.append(Units(scope, folder, request.account, tuple(ours)))
    return tuple(found)


def pending(host: Host, wanted: Units) -> tuple[StandingUnit, ...]:
    """Those whose file is not there, or not as it shall be."""
    return tuple(unit for unit in wanted.units if host.files.read(wanted.path(unit)) != unit.text.encode())


def install_units(host: Host, wanted: Units) -> None:
    """Write them, and have systemd start what starts by itself; right again when run twice.

    Raises:
        Refused: the manager does not answer, or the folder may not be written; nothing was written.
    """
    _tell(host, wanted, "daemon-reload")
    try:
        host.files.make_folder(wanted.folder, mode=0o755)
        for unit in pending(host, wanted):
            host.files.write(wanted.path(unit), unit.text.encode(), mode=0o644)
    except PermissionError as error:
        raise _refuse_folder(wanted.folder) from error
    _tell(host, wanted, "daemon-reload")
    enabled = [unit.name for unit in wanted.units if unit.is_enabled]
    _tell(host, wanted, "enable", *enabled)
    _tell(host, wanted, "start", *(name for name in enabled if name.endswith(".timer")))


def remove_units(host: Host, written: Units) -> None:
    """Stop and disable them, and remove their files. Raises Refused as `install_units` does."""
    enabled = [unit.name for unit in written.units if unit.is_enabled]
    timers = [name for name in enabled if name.endswith(".timer")]
    _tell(host, written, "daemon-reload")
    if timers:
        _tell(host, written, "stop", *timers)
    if enabled:
        _tell(host, written, "disable", *enabled)
    try:
        for unit in written.units:
            host.files.remove(written.path(unit))
    except PermissionError as error:
        raise _refuse_folder(written.folder) from error
    _tell(host, written, "daemon-reload")


def _written(
    scope: str, request: Request, program: str, environment: tuple[tuple[str, str], ...]
) -> tuple[StandingUnit, ...]:
    profile = request.profile
    return standing_units(
        Setting(
            command=program,
            gateways=unit_names(profile),
            target="default.target" if scope == "user" else "multi-user.target",
            options=f" --profile {profile}" if profile else "",
            suffix=f"-{profile}" if profile else "",
            environment=environment,
        )
    )


def _scope(owner: Owner) -> str:
    match owner:
        case Owner.SYSTEMD_USER:
            return "user"
        case Owner.SYSTEMD_SYSTEM:
            return "system"
        case _:
            raise Refused(
                f"no systemd unit runs this gateway ({owner}), so there is nothing to be ordered around",
                "call clawupgrade run --yes from cron, and clawupgrade recover at boot",
            )


def _folder(scope: str, account: Account) -> str:
    return f"{account.home}/.config/systemd/user" if scope == "user" else "/etc/systemd/system"


def _is_ours(content: bytes | None) -> bool:
    return content is not None and content.startswith(SIGNED.encode())


def _refuse_foreign(host: Host, path: str) -> None:
    content = host.files.read(path)
    if content is not None and not _is_ours(content):
        raise Refused(f"{path} was not written by clawupgrade init", "move it away, then try again")


def _refuse_folder(folder: str) -> Refused:
    return Refused(f"{folder} may not be written by this account", "try again as root")


def _tell(host: Host, units: Units, *words: str) -> None:
    scope = units.scope
    account = units.account if scope == "user" else None
    argv = ("systemctl", f"--{scope}", "--no-ask-password", *words)
    done = host.commands.run(Command(argv, account=account, wall=60.0))
    if not done.ok:
        said = last_words(done.err or done.out)
        raise Refused(
            f"systemctl --{scope} {words[0]} failed: {said}",
            "without a session: loginctl enable-linger, and export XDG_RUNTIME_DIR=/run/user/$(id -u)"
            if scope == "user"
            else "try again as root",
        )
