"""How the service will start the target's gateway, as a command for the clone."""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from clawupgrade.cloned import Clone
from clawupgrade.model import Hop, Owner, Plan
from clawupgrade.openclaw import environment
from clawupgrade.openclaw.assignments import read_assignments
from clawupgrade.openclaw.units import SECRET_FLAGS, Unit, read_unit
from clawupgrade.ports import Command, Host
from clawupgrade.steps import packages

_BY_UNIT = (Owner.SYSTEMD_USER, Owner.SYSTEMD_SYSTEM)
_TEMPORARY = "/tmp"  # where the unit's TMPDIR leads, with the compile cache in it (OpenClaw 2026.2 and later)


class Starting(Struct, frozen=True):
    """The command, and the folder for temporary files that the real gateway will have."""

    command: Command
    temporary: str


def on_clone(host: Host, plan: Plan, hop: Hop, clone: Clone) -> Starting | str:
    """As the unit starts it, with the Node that will serve, its entry in the staged tree at its own path.

    A text says why nothing is started there.
    """
    if not plan.serve_after:
        return "the gateway was stopped before the run"
    unit = _unit(host, plan, clone)
    if unit is None:
        return "no unit says with which environment the gateway is started"
    if any(word.partition("=")[0] in SECRET_FLAGS for word in unit.command):
        return "the unit has a secret on its command line, and we put none on ours"
    own = dict(environment.for_openclaw(plan.install)) | dict(unit.environment)
    env = environment.in_clone(tuple((k, v) for k, v in own.items() if k not in unit.unset))
    words = unit.command
    if unit.entry and not host.files.exists(hop.tree + unit.entry.removeprefix(hop.live)):
        # An older unit's entry that the target no longer has: it is refreshed before the real start.
        entry = hop.live + packages.entry(host, hop.tree)[len(hop.tree) :]
        words = tuple(entry if word == unit.entry else word for word in words)
    return Starting(Command(words, env=env, cwd=plan.install.account.home), unit.value("TMPDIR") or _TEMPORARY)


def _unit(host: Host, plan: Plan, clone: Clone) -> Unit | None:
    """The definition that the gateway will be started by, from the clone; None where there is none."""
    service = plan.landing.service
    if service.owner not in _BY_UNIT or not service.files:
        return None
    files = host.clones.view(clone, host).files
    texts = [(files.read(path) or b"").decode("utf-8", "replace") for path in service.files]
    unit = read_unit(texts, home=plan.install.account.home)
    listed = [content.decode("utf-8", "replace") for path, _ in unit.environment_files if (content := files.read(path))]
    more = (pair for text in listed for pair in read_assignments(text).items())
    return replace(unit, environment=(*unit.environment, *more))
