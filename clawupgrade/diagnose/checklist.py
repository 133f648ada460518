"""The checklist that users follow by hand, line by line: facts in, green, yellow or red out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from clawupgrade.diagnose.contained import lines_of
from clawupgrade.diagnose.diagnosis import Colour, Line
from clawupgrade.diagnose.facts import CRASH_LOOP, Facts, Role, Source
from clawupgrade.gateway.reading import row_for
from clawupgrade.gateway.row import Row, State
from clawupgrade.gateway.verdict import cure_for
from clawupgrade.openclaw.variables import UNREAD

_PIN = "pin the gateway's own as OPENCLAW_GATEWAY_TOKEN in the compose file's .env"
PROXY_ASKED = "the gateway is alive, and lets in only whom its trusted proxy names, which this machine is not"
_APPROVABLE = ("not-paired", "role-upgrade", "scope-upgrade", "metadata-upgrade")
_KEYS = {"token": "gateway.auth.token", "password": "gateway.auth.password"}


def checklist(facts: Facts) -> tuple[Line, ...]:
    """Every line, in the order in which a person would go."""
    found = (_config, _exists, _place, _agreement, _pins, _service, _port, _container, _device, _answer)
    return tuple(line for check in found for line in check(facts))


def named(sources: Sequence[Source]) -> str:
    """The places in one breath, the first two by name."""
    shown = [source.where for source in sources[:2]]
    more = f" and {len(sources) - 2} more" if len(sources) > 2 else ""
    return ", ".join(shown) + more


def _config(facts: Facts) -> Iterator[Line]:
    config = facts.config
    if config.error:
        yield Line("config", Colour.RED, config.error, "correct the config by hand, or run: openclaw doctor")
    elif not config.exists:
        yield Line("config", Colour.RED, f"there is no config at {config.path}", "run: openclaw onboard")
    else:
        yield Line("config", Colour.GREEN, f"{config.path} can be read")


def _exists(facts: Facts) -> Iterator[Line]:
    kind, own = facts.kind, facts.own
    if not kind:
        yield Line("secret", Colour.GREEN, f"gateway.auth.mode is {facts.config.mode}: no shared secret is asked for")
    elif own is None:
        where = "where the gateway looks for it" if facts.of(Role.LEGACY, Role.OLD_NAME, Role.UNREAD) else "anywhere"
        yield Line("secret", Colour.RED, f"no gateway {kind} stands {where}", f"it belongs at {_KEYS[kind]}")
    elif not own.digest:
        yield Line(
            "secret",
            Colour.YELLOW,
            f"{own.where} refers to a {kind} that only the service can resolve",
            "see that the service's own environment has what it refers to",
        )
    else:
        yield Line("secret", Colour.GREEN, f"a {kind} stands in {own.where}")


def _place(facts: Facts) -> Iterator[Line]:
    kind = facts.kind or "token"
    strange = facts.of(Role.OLD_NAME, Role.UNREAD)
    if facts.config.has_legacy_key:
        yield Line(
            "place",
            Colour.RED,
            "the config has gateway.token, which no release reads and with which none starts",
            f"move it to {_KEYS['token']}, or take it out where that one is set",
        )
    if strange:
        alone = facts.own is None
        yield Line(
            "place",
            Colour.RED if alone else Colour.YELLOW,
            f"{named(strange)}: a name that {facts.version} does not read",
            f"set {_KEYS[kind]} to what stands there" if alone else "take it out: it protects nothing",
        )
    if not facts.config.has_legacy_key and not strange and facts.own is not None:
        yield Line("place", Colour.GREEN, f"it stands where {facts.version} looks for it")


def _agreement(facts: Facts) -> Iterator[Line]:
    own = facts.own
    if own is None or not own.digest:
        return
    service = facts.differing(Role.UNIT, Role.PINNED, Role.PROCESS)
    if service:
        yield Line(
            "agreement",
            Colour.RED,
            f"not the {facts.kind} of {own.where}: {named(service)}",
            "give the service the same one: openclaw gateway install --force, then restart"
            if facts.contained is None
            else "have the container given the one that clients hold: clawupgrade init --compose",
        )
    else:
        count = len([each for each in facts.of(*Role) if each.digest == own.digest])
        places = "the only place" if count == 1 else f"the same in all {count} places"
        yield Line("agreement", Colour.GREEN, f"{places} that the gateway and its service use")


def _pins(facts: Facts) -> Iterator[Line]:
    for source in facts.differing(Role.SHELL):
        yield Line(
            "this shell",
            Colour.YELLOW,
            f"{source.where} is another {facts.kind}; openclaw commands typed here send that one",
            f"unset {source.ref.key}",
        )
    for source in facts.differing(Role.REMOTE):
        yield Line(
            "remote",
            Colour.YELLOW,
            f"{source.where} is another {facts.kind}; it is for a gateway elsewhere",
            "nothing, if this machine talks to another gateway; else take it out",
        )


def _service(facts: Facts) -> Iterator[Line]:
    daemon = facts.daemon
    name = daemon.service.name or "the gateway"
    if daemon.stale:
        yield Line("service", Colour.YELLOW, f"{name}: {daemon.stale}", "run: openclaw gateway install --force")
    if daemon.needs_reload:
        yield Line(
            "service",
            Colour.YELLOW,
            f"{name} was changed on disk since it was last read",
            "run: systemctl --user daemon-reload, then restart it",
        )
    if not daemon.state.active:
        said = f": {daemon.words}" if daemon.words else ""
        state = daemon.state.words or "not running"
        yield Line("service", Colour.RED, f"{name} is {state}{said}", "run: openclaw gateway start")
    elif daemon.state.restarts >= CRASH_LOOP:
        yield Line(
            "service",
            Colour.YELLOW,
            f"{name} was restarted {daemon.state.restarts} times by its manager",
            "read its log: journalctl --user -u " + name,
        )
    elif not daemon.stale and not daemon.needs_reload:
        pid = f", process {daemon.state.main_pid}" if daemon.state.main_pid else ""
        yield Line("service", Colour.GREEN, f"{name} runs{pid}")


def _port(facts: Facts) -> Iterator[Line]:
    strangers = [each.process for each in facts.listeners if not each.is_gateway]
    if strangers:
        who = ", ".join(_who(process.pid, process.argv) for process in strangers)
        yield Line(
            "port",
            Colour.RED,
            f"port {facts.port} is held by {who}, which is not this gateway",
            "stop that program, or give the gateway another port: openclaw config set gateway.port PORT",
        )
    elif not facts.listeners and facts.is_starting:
        yield Line("port", Colour.YELLOW, f"nobody listens on port {facts.port} yet", "wait until it has started")
    elif not facts.listeners:
        yield Line("port", Colour.RED, f"nobody listens on port {facts.port}", "start the gateway, or wait for it")
    elif len(facts.listeners) > 1:
        pids = ", ".join(str(each.process.pid) for each in facts.listeners)
        yield Line("port", Colour.RED, f"port {facts.port} has several gateways: {pids}", "stop all but the service's")
    else:
        yield Line("port", Colour.GREEN, f"port {facts.port} is the gateway's, and nobody else's")


def _container(facts: Facts) -> Iterator[Line]:
    pinned = facts.pinned_in_compose
    if unread := [source for source in facts.of(Role.COMPOSE) if source.ref.key == UNREAD]:
        yield Line("container", Colour.YELLOW, f"{named(unread)}: a name that no release reads", _PIN)
    if facts.contained is not None:
        yield from lines_of(facts.contained)
        return
    if not facts.container:
        return
    said = f"port {facts.port} is forwarded by {facts.container}: the gateway lives in a container"
    if not pinned:
        yield Line("container", Colour.YELLOW, said, f"{_PIN}, and keep ~/.openclaw on a volume")
    elif any(facts.is_another(source) for source in pinned):
        yield Line("container", Colour.RED, f"{said}, and {named(pinned)} is another {facts.kind}", _PIN)
    else:
        yield Line("container", Colour.GREEN, f"{said}; its {facts.kind} is pinned: {named(pinned)}")
    if facts.keeps_state is False:
        lost = "no volume keeps /home/node/.openclaw: config, sessions and token go with the container"
        yield Line("volume", Colour.RED, lost, "mount a folder or a volume there before the container is made anew")
    elif facts.keeps_state:
        yield Line("volume", Colour.GREEN, "the state of the container lies on a volume")


def own_device_waits(facts: Facts, row: Row) -> bool:
    """Whether the gateway refuses what the approval of our own device's request would let in."""
    return row.cause in _APPROVABLE and bool(facts.pending_device)


def how_to_approve(facts: Facts) -> str:
    """What a person does about our own device's request.

    The release's command is that device: a gateway that has forgotten it lets it in for nothing, not over loopback
    either, as long as its request waits (seen on real 2026.2.12, 4.29 and 6.11).
    """
    if facts.knows_device:
        return f"run: openclaw devices approve {facts.pending_device}"
    opened = "the page that `openclaw dashboard` opens"
    return f"approve request {facts.pending_device} on {opened}: this machine's own command is what is not let in"


def _device(facts: Facts) -> Iterator[Line]:
    if facts.pending_device:
        yield Line(
            "device",
            Colour.YELLOW,
            f"this machine's own device waits for approval, request {facts.pending_device}",
            how_to_approve(facts),
        )
    if facts.cached_device == "differs":
        yield Line(
            "device",
            Colour.YELLOW,
            "the device token cached here is not the gateway's any more",
            "clear the cached one only: clawupgrade diagnose --fix; never delete paired.json",
        )


def _answer(facts: Facts) -> Iterator[Line]:
    if facts.answer is None:
        yield Line("answer", Colour.RED, "the gateway was not asked: nothing runs and nobody listens", "start it")
        return
    if facts.asks_the_proxy:
        yield Line("answer", Colour.YELLOW, PROXY_ASKED, "to see more, come through the proxy; nothing has to be done")
        return
    row = row_for(facts.answer)
    if facts.is_starting and row.state is State.SILENT:
        age = f"its process is {facts.daemon.age:.0f} s old"
        yield Line("answer", Colour.YELLOW, f"the gateway does not answer yet; {age}", "wait, then ask again")
        return
    words = facts.answer.message or facts.answer.close_reason
    said = f" (“{words}”)" if words else ""
    match row.state:
        case State.READY:
            version = f" {facts.answer.server_version}" if facts.answer.server_version else ""
            yield Line("answer", Colour.GREEN, f"hello-ok from the gateway{version}")
        case State.STARTING:
            yield Line("answer", Colour.YELLOW, row.explanation + said, row.cure)
        case _:
            cure = how_to_approve(facts) if own_device_waits(facts, row) else cure_for(row, facts.answer)
            yield Line("answer", Colour.RED, row.explanation + said, cure)


def _who(pid: int, argv: tuple[str, ...]) -> str:
    if not pid:
        return "a process of another account"
    return f"process {pid} ({argv[0] if argv else 'unnamed'})"
