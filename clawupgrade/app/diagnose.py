"""Diagnose: look, ask once, name the root cause; with `fix`, climb the ladder and roll back what did not help."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct
from msgspec.structs import replace

from clawupgrade.app.finish import finish
from clawupgrade.app.recover import settle
from clawupgrade.app.report import report_of
from clawupgrade.diagnose.cause import diagnose
from clawupgrade.diagnose.diagnosis import Cause, Diagnosis, Rung
from clawupgrade.diagnose.facts import Facts, Role
from clawupgrade.engine.runner import drive
from clawupgrade.engine.runs import Runs
from clawupgrade.errors import Exit, Refused
from clawupgrade.gateway.address import Address
from clawupgrade.gateway.answer import Answer
from clawupgrade.model import CredentialRef, Install, Outcome, Owner, Report, Request
from clawupgrade.openclaw.document import Document
from clawupgrade.planning import make_repair
from clawupgrade.ports import Gateways, Host
from clawupgrade.repairs import in_order
from clawupgrade.steps import steps_of
from clawupgrade.survey.facts import find_facts
from clawupgrade.survey.survey import survey


class Examined(Struct, frozen=True):
    """An installation with its diagnosis; the snapshot and the device's request that repairs may need."""

    install: Install
    diagnosis: Diagnosis
    snapshot: str = ""
    request: str = ""


class Listening:
    """A `Gateways` port that remembers the last answer: the survey's one knock is the only one."""

    def __init__(self, gateways: Gateways) -> None:
        self._gateways = gateways
        self.answer: Answer | None = None

    def ask(self, address: Address, credential: CredentialRef | None, *, timeout: float = 10.0) -> Answer:
        """Ask, and remember."""
        self.answer = self._gateways.ask(address, credential, timeout=timeout)
        return self.answer


def examine(host: Host, request: Request) -> Examined:
    """Look at everything and ask the gateway once: five runs in a minute stay far from its rate limit.

    Raises:
        Refused: there is no installation to look at.
    """
    gateways = Listening(host.gateways)
    install = survey(replace(host, gateways=gateways), request)
    facts = find_facts(host, request, install, gateways.answer)
    if facts.kind and not facts.of(Role.CONFIG):
        facts = replace(facts, snapshot=_remembered(host, facts))
    return Examined(install, diagnose(facts), facts.snapshot, facts.pending_device)


class Climb(Struct, frozen=True):
    """What `--fix` came to: the diagnosis at the end, and the runs, each mended or rolled back."""

    examined: Examined
    runs: tuple[Report, ...]


def climb(
    host: Host,
    runs: Runs,
    request: Request,
    *,
    program: tuple[str, ...],
    new_run_id: Callable[[], str],
    may_pair: bool = False,
) -> Climb:
    """Climb the ladder as far as it has to be climbed; a run that did not help is rolled back by the engine.

    may_pair: the person has allowed that this machine's own device is approved.

    Raises:
        Refused: no installation, or something forbids a change of it.
        Broken: an earlier run is stuck.
    """
    settle(host, runs)
    found = examine(host, request)
    reports: list[Report] = []
    tried: set[Rung] = set()
    while rungs := _next(found, tried, may_pair=may_pair):
        _refuse_obstacles(found.install)
        tried |= set(rungs)
        reports.append(_run(host, runs, found, rungs, run_id=new_run_id(), program=program))
        match reports[-1].outcome:
            case Outcome.MENDED:
                found = examine(host, request)
            case Outcome.ROLLED_BACK | Outcome.FAILED_CLEAN if reports[-1].exit_code < int(Exit.INTERRUPTED):
                continue
            case _:
                break
    return Climb(found, tuple(reports))


def exit_code_of_climb(climbed: Climb) -> Exit:
    """0 all is well now; 3 nothing helped and all is as it was; 4 going back failed; else as of a look."""
    last = climbed.runs[-1] if climbed.runs else None
    if last is not None and last.outcome is not Outcome.MENDED:
        return Exit(last.exit_code)
    left = exit_code(climbed.examined.diagnosis)
    return Exit.NEEDS_PERSON if left is Exit.PENDING else left


def _next(found: Examined, tried: set[Rung], *, may_pair: bool) -> tuple[Rung, ...]:
    """What the diagnosis asks for; after that has failed, one rung further up where a unit may be to blame."""
    diagnosis = found.diagnosis
    allowed = tuple(rung for rung in diagnosis.rungs if rung is not Rung.PAIR or may_pair)
    fresh = tuple(rung for rung in allowed if rung not in tried)
    if fresh:
        return in_order(fresh)
    is_own = found.install.service.owner is Owner.SYSTEMD_USER
    if allowed == (Rung.RESTART,) and Rung.REFRESH not in tried and is_own:
        return (Rung.REFRESH,)
    return ()


def _run(
    host: Host, runs: Runs, found: Examined, rungs: tuple[Rung, ...], *, run_id: str, program: tuple[str, ...]
) -> Report:
    plan = make_repair(
        found.install,
        tuple(rung.value for rung in rungs),
        run_id=run_id,
        created_at=host.clock.now().isoformat(),
        restore_from=found.snapshot,
        request=found.request,
        folder=runs.folder(run_id),
        program=program,
    )
    journal = runs.create(plan)
    drive(steps_of(plan), plan, journal, host)
    return finish(host, runs, report_of(journal.records))


def _refuse_obstacles(install: Install) -> None:
    if install.obstacles:
        message, hint = install.obstacles[0]
        raise Refused(message, hint)


def exit_code(diagnosis: Diagnosis) -> Exit:
    """Of a look without `--fix`: 0 well, 2 `--fix` can mend it, 75 it passes, 5 a person, 4 the gateway is away.

    Our own device waits for a person's word as any other does.
    """
    if diagnosis.may_pass:
        return Exit.BUSY
    if diagnosis.is_well and not diagnosis.rungs:
        return Exit.OK
    if diagnosis.rungs and diagnosis.rungs != (Rung.PAIR,):
        return Exit.PENDING
    if diagnosis.cause is Cause.NOT_A_TOKEN and diagnosis.away:
        return Exit.BROKEN
    return Exit.NEEDS_PERSON


def _remembered(host: Host, facts: Facts) -> str:
    """The newest snapshot whose config holds a literal credential of the kind that is missing now."""
    for info in reversed(host.snapshots.listed()):
        try:
            content = host.snapshots.read_file(info.snapshot_id, facts.config.path)
            value = Document.parse(content or b"{}").get(f"gateway.auth.{facts.kind}")
        except Refused:
            continue  # that snapshot is of no use; an older one may be
        if isinstance(value, str) and value and "${" not in value:
            return info.snapshot_id
    return ""
