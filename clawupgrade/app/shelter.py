"""`init --compose`: a container's state moves to a folder of its own, and its token is pinned; a run like any other."""

from __future__ import annotations

import posixpath
from collections.abc import Callable

from msgspec.structs import replace

from clawupgrade.app.finish import owe
from clawupgrade.app.recover import settle
from clawupgrade.app.report import report_of
from clawupgrade.engine.runner import drive
from clawupgrade.engine.runs import Runs
from clawupgrade.errors import Exit, Refused
from clawupgrade.model import PLAN_FORMAT, CredentialRef, Engine, Install, Outcome, Plan, Report, Request
from clawupgrade.planning import limits_for
from clawupgrade.ports import Host
from clawupgrade.steps import steps_of
from clawupgrade.steps.shelter import TOKEN, VARIABLE, env_file
from clawupgrade.survey.composed import choose_composed, find_composed, survey_composed
from clawupgrade.survey.contained import token_of_image

FOLDER = "openclaw-state"
_ONLY_THIS = "the container's own layer"


def shelter(
    host: Host, runs: Runs, request: Request, run_id: str, *, program: tuple[str, ...], agree: Callable[[Plan], None]
) -> Report:
    """Move what has to be moved and pin what has to be pinned; nothing to do where both is so already.

    Raises:
        Refused: there is no such gateway, no token that could be kept, or something else stands in the way.
    """
    settle(host, runs)
    install = survey_composed(host, request, choose_composed(find_composed(host, request)))
    plan = _planned(host, runs, install, run_id, program)
    if plan is None:
        message = f"{install.service.name} has its state on a volume and its token pinned; nothing to do"
        return Report(Outcome.NOTHING_TO_DO, int(Exit.OK), message=message)
    agree(plan)
    owe(runs, run_id)
    journal = runs.create(plan)
    drive(steps_of(plan), plan, journal, host)
    return report_of(journal.records)


def _planned(host: Host, runs: Runs, install: Install, run_id: str, program: tuple[str, ...]) -> Plan | None:
    found = install.service.composed
    assert found is not None
    others = [each for each in install.obstacles if _ONLY_THIS not in each[0]]
    if others:
        raise Refused(*others[0])
    kept = _kept(host, install)
    state = found.outside(found.state)
    given = [ref for ref in install.credentials if ref.source == "container" and ref.key == VARIABLE]
    if state is not None and any(ref.digest == kept.digest for ref in given):
        return None
    if state is None and not install.service.active:
        raise Refused(
            f"{found.service} has stopped: its state can be read only while it runs",
            f"start it: {' '.join(found.compose)} start {found.service}",
        )
    there = state or f"{found.folder}/{FOLDER}"
    if state is None and host.files.exists(there):
        raise Refused(f"{there} is there already", "move it out of the way: the state is copied to that place")
    config = f"{there}/{posixpath.relpath(found.config, found.state)}" if state is None else install.config_path
    credential = CredentialRef("config", config, TOKEN, "token", kept.digest)
    if state is None and kept.source == "config":
        # The path through /proc is that of one process: it leads nowhere once the container has been stopped.
        place = f"{found.project}/{found.service}:{found.config}"
        kept = CredentialRef("inside", place, TOKEN, "token", kept.digest)
    install = replace(install, credential=kept, obstacles=())
    plan = Plan(
        format=PLAN_FORMAT,
        run_id=run_id,
        created_at=host.clock.now().isoformat(),
        install=install,
        target=install.package.version,
        engine=Engine.IMAGE,
        engine_reason="the image stays as it is",
        hops=(),
        snapshot=run_id,
        sources=(),
        serve_after=True,
        limits=limits_for(install),
        folder=runs.folder(run_id),
        program=program,
        kind="shelter",
        after=replace(install, state_dir=there, config_path=config, credential=credential),
    )
    files = dict.fromkeys((*install.service.files, found.pin, env_file(plan)))
    return replace(plan, sources=tuple((f"service-{n}", path, ()) for n, path in enumerate(files)))


def _kept(host: Host, install: Install) -> CredentialRef:
    """The token that clients hold: the present one; the pinned one where a build has put another in its place."""
    found, chosen = install.service.composed, install.credential
    assert found is not None
    if chosen is None or chosen.kind != "token" or not chosen.digest:
        raise Refused(
            f"{found.service} has no token that could be kept", "see what it has: clawupgrade diagnose --compose"
        )
    given = [ref for ref in install.credentials if ref.source == "container" and ref.key == VARIABLE]
    made_by_build = token_of_image(host, host.containers.surroundings(found).config)
    if given and made_by_build == chosen.digest:
        return given[0]
    return chosen
