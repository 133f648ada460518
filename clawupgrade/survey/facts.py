"""Gathers what a diagnosis needs beyond the survey; reads only, and leaves nothing behind."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from clawupgrade.diagnose.facts import Config as ConfigFacts
from clawupgrade.diagnose.facts import Daemon, Facts, Listener
from clawupgrade.errors import Refused
from clawupgrade.gateway.answer import Answer
from clawupgrade.gateway.reading import row_for
from clawupgrade.gateway.row import State
from clawupgrade.model import Account, Install, Owner, Request
from clawupgrade.openclaw.compose import keeps_state
from clawupgrade.openclaw.output import last_words
from clawupgrade.openclaw.staleness import why_stale
from clawupgrade.ports import Host
from clawupgrade.survey.config import Config, read_config
from clawupgrade.survey.contained import find_contained
from clawupgrade.survey.device import cached_device, is_known, pending_device
from clawupgrade.survey.elsewhere import compose_file
from clawupgrade.survey.service import FORWARDERS, Defined, find_services, is_gateway, is_of_service, nobody, pick
from clawupgrade.survey.tokens import find_sources

_RECENT = timedelta(minutes=10)


def find_facts(host: Host, request: Request, install: Install, answer: Answer | None, *, snapshot: str = "") -> Facts:
    """The facts of an installation that was surveyed a moment ago, with the answer that it gave then.

    snapshot: the last of ours in whose config a credential stands.
    """
    is_contained = install.service.composed is not None
    defined = nobody() if is_contained else pick(find_services(host, *_where(request)))
    config, error = _config(host, install.config_path)
    mode = config.get("gateway.auth.mode")
    sources = find_sources(config, install)
    return Facts(
        version=install.package.version,
        config=ConfigFacts(
            path=install.config_path,
            exists=host.files.exists(install.config_path),
            error=error,
            mode=mode if isinstance(mode, str) else "",
            has_legacy_key=config.find("gateway.token") is not None,
        ),
        sources=sources,
        daemon=_daemon(host, install, defined, answer),
        port=install.address.port,
        listeners=tuple(_listeners(host, install)),
        answer=answer,
        cached_device=cached_device(host, install),
        pending_device=pending_device(host, install),
        knows_device=is_known(host, install),
        snapshot=snapshot,
        container="" if is_contained else _forwarder(host, install),
        contained=find_contained(host, install),
        keeps_state=None if is_contained else _keeps_state(host, install),
    )


def _where(request: Request) -> tuple[Account, dict[str, str], str]:
    return request.account, dict(request.environ), request.profile


def _config(host: Host, path: str) -> tuple[Config, str]:
    try:
        return read_config(host, path), ""
    except Refused as error:
        return Config(path, {}), error.message


def _daemon(host: Host, install: Install, defined: Defined, answer: Answer | None) -> Daemon:
    service = install.service
    state = host.services.look(service)
    serves = answer is not None and row_for(answer).state is State.READY
    words = () if serves else host.services.words(service, host.clock.now() - _RECENT)
    process = host.processes.find(state.main_pid) if state.main_pid is not None else None
    return Daemon(
        service,
        state,
        stale=_stale(host, install, defined),
        needs_reload=defined.needs_reload,
        words=last_words("\n".join(words)),
        age=host.clock.now().timestamp() - process.started if process is not None else None,
    )


def _stale(host: Host, install: Install, defined: Defined) -> str:
    """A definition of the user's own makes no promise about a version: only its entry point counts."""
    if install.service.owner is not Owner.SYSTEMD_USER or not install.service.files:
        return ""
    text = (host.files.read(install.service.files[0]) or b"").decode(errors="replace")
    return why_stale(text, install.package.version, host.files.exists(defined.merged.entry))


def _listeners(host: Host, install: Install) -> Iterator[Listener]:
    for process in host.processes.listeners(install.address.port):
        known = is_of_service(host, install.service, process) or is_gateway(process, install.package.root)
        yield Listener(process, known)


def _keeps_state(host: Host, install: Install) -> bool | None:
    path, text = compose_file(host, install.account.home, install.state_dir)
    return keeps_state(text) if path else None


def _forwarder(host: Host, install: Install) -> str:
    for process in host.processes.listeners(install.address.port):
        name = (process.exe or "".join(process.argv[:1])).rpartition("/")[2]
        if name in FORWARDERS:
            return name
    return ""
