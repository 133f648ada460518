"""Names the one root cause and the rungs that mend it: the answer speaks first, then the places, then the rest."""

from __future__ import annotations

from clawupgrade.diagnose.checklist import PROXY_ASKED, checklist, named, own_device_waits
from clawupgrade.diagnose.diagnosis import Cause, Colour, Diagnosis, Line, Rung
from clawupgrade.diagnose.facts import Facts, Role, Source
from clawupgrade.gateway.reading import row_for
from clawupgrade.gateway.row import Action, Row, State

_DEVICE_ROWS = ("device-token-mismatch",)
_NOT_OF_DEVICES = ("certificate", "protocol-mismatch", "invalid-handshake", "client-version")
"""A person's matter, or a fault of the one who asks, that no approval of a device would mend."""
_Finding = tuple[Cause, str, tuple[Rung, ...]]


def diagnose(facts: Facts) -> Diagnosis:
    """What keeps clients out, or may do so soon; `Cause.NONE` where nothing does."""
    lines = checklist(facts)
    row = row_for(facts.answer) if facts.answer is not None else None
    serves = row is not None and row.state is State.READY
    cause, why, rungs = _find(facts, row, lines)
    return Diagnosis(
        lines=lines,
        cause=cause,
        why=why,
        cure=_cure(facts, lines, rungs),
        serves=serves,
        rungs=rungs,
        may_pass=cause is not Cause.NONE and rungs == (Rung.WAIT,),
        away=row is None or row.state in (State.SILENT, State.BROKEN),
    )


def _starts(facts: Facts, row: Row | None) -> bool:
    if row is None:
        return False
    return row.state is State.STARTING or (facts.is_starting and row.state is State.SILENT)


def _find(facts: Facts, row: Row | None, lines: tuple[Line, ...]) -> _Finding:
    for look in (_by_design, _shut_door, _person, _format, _none, _disagreement, _memory, _device_token):
        if (found := look(facts, row)) is not None:
            return found
    if _starts(facts, row):
        return Cause.NOT_A_TOKEN, "the gateway is still starting", (Rung.WAIT,)
    if red := next((line for line in lines if line.colour is Colour.RED and line.check != "answer"), None):
        return Cause.NOT_A_TOKEN, red.evidence, _for_definition(facts)
    if row is None or row.state in (State.SILENT, State.BROKEN):
        why = row.explanation if row is not None else "the gateway does not run"
        return Cause.NOT_A_TOKEN, why, _for_definition(facts)
    if row.state is State.READY:
        return Cause.NONE, "the gateway serves with the secret that its clients read", ()
    return Cause.UNKNOWN, f"{row.explanation}; the places that can be read do not say why", ()


def _by_design(facts: Facts, _row: Row | None) -> _Finding | None:
    return (Cause.NONE, PROXY_ASKED, ()) if facts.asks_the_proxy else None


def _shut_door(facts: Facts, row: Row | None) -> _Finding | None:
    if row is None or row.cause != "rate-limited":
        return None
    others = facts.differing(Role.UNIT, Role.PINNED, Role.PROCESS, Role.SHELL)
    suspect = f"; {named(others)} may be what keeps trying" if others else ""
    return Cause.RATE_LIMIT, f"{row.explanation}{suspect}", (Rung.WAIT,)


def _person(facts: Facts, row: Row | None) -> _Finding | None:
    if row is None or row.action not in (Action.PERSON, Action.OURS):
        return None
    if row.cause in _NOT_OF_DEVICES:
        return Cause.NOT_A_TOKEN, row.explanation, ()
    rungs = (Rung.PAIR,) if own_device_waits(facts, row) and facts.knows_device else ()
    return Cause.DEVICE_OR_PAIRING, row.explanation, rungs


def _format(facts: Facts, _row: Row | None) -> _Finding | None:
    own, strange = facts.own, facts.of(Role.OLD_NAME, Role.UNREAD)
    if facts.config.has_legacy_key:
        both = "beside gateway.auth.token" if own is not None and own.role is Role.CONFIG else "alone"
        refresh = (Rung.REFRESH,) if _unit_differs_from_legacy(facts) else ()
        return Cause.FORMAT_OR_PLACE, f"gateway.token stands {both} in the config", (Rung.MOVE_KEY, *refresh)
    if strange and (own is None or facts.differing(Role.OLD_NAME, Role.UNREAD)):
        rungs = (Rung.MOVE_KEY,) if own is None else _for_service(facts, strange)
        return Cause.FORMAT_OR_PLACE, f"{named(strange)}: {facts.version} does not read that name", rungs
    return None


def _unit_differs_from_legacy(facts: Facts) -> bool:
    """Whether the unit would still carry another token once the legacy key has moved to its place."""
    tokens = {each.digest for each in facts.sources if each.role in (Role.LEGACY, Role.CONFIG) and each.digest}
    config = [each.digest for each in facts.of(Role.CONFIG)]
    wanted = set(config) or tokens
    return any(each.digest and each.digest not in wanted for each in facts.of(Role.UNIT))


def _none(facts: Facts, _row: Row | None) -> _Finding | None:
    if not facts.kind or facts.own is not None or facts.config.error or not facts.config.exists:
        return None
    if facts.snapshot:
        return Cause.FORMAT_OR_PLACE, f"the config had a {facts.kind} before, and has none now", (Rung.PUT_BACK,)
    generate = (Rung.GENERATE,) if facts.kind == "token" else ()
    return Cause.NONE_GENERATED, f"no gateway {facts.kind} stands anywhere", generate


def _disagreement(facts: Facts, _row: Row | None) -> _Finding | None:
    unit, pinned = facts.differing(Role.UNIT), facts.differing(Role.PINNED)
    process = facts.differing(Role.PROCESS)
    own = facts.own.where if facts.own is not None else ""
    if unit and facts.daemon.stale:
        return (
            Cause.STALE_UNIT,
            f"{named(unit)} is not the {facts.kind} of {own}, and the unit is old: {facts.daemon.stale}",
            _for_service(facts, unit),
        )
    if unit:
        return (
            Cause.MISMATCH_AFTER_EDIT,
            f"{own} was changed, and {named(unit)} still carries another {facts.kind}",
            _for_service(facts, unit),
        )
    if rebuilt := _rebuilt(facts):
        why = f"{named(rebuilt)} starts the container with another {facts.kind} than {own}"
        return Cause.REBUILT, why, ()
    if pinned:
        return Cause.REBUILT, f"{named(pinned)} still pins another {facts.kind} than {own}", ()
    if process:
        return (
            Cause.STALE_UNIT,
            f"{named(process)} is from before the last change: it was not restarted",
            (Rung.RESTART,),
        )
    return None


def _rebuilt(facts: Facts) -> tuple[Source, ...]:
    """What a compose file gives to the container that the gateway lives in, where that is another secret (#33088)."""
    return tuple(each for each in facts.pinned_in_compose if facts.container and facts.is_another(each))


def _memory(facts: Facts, row: Row | None) -> _Finding | None:
    """All places agree, and the gateway refuses their secret: it took another one in when it started."""
    if row is None or row.action is not Action.MEND or row.cause in _DEVICE_ROWS:
        return None
    if facts.own is None or not facts.own.digest:
        return None
    return (
        Cause.MISMATCH_AFTER_EDIT,
        f"all places agree, but the running gateway holds another {facts.kind}: it was started before the change",
        (Rung.RESTART,),
    )


def _device_token(facts: Facts, row: Row | None) -> _Finding | None:
    if row is not None and row.cause in _DEVICE_ROWS:
        rungs = (Rung.CLEAR_DEVICE,) if facts.cached_device else ()
        return Cause.DEVICE_OR_PAIRING, row.explanation, rungs
    if facts.cached_device == "differs":
        why = "the device token cached on this machine is not the gateway's any more"
        return Cause.DEVICE_OR_PAIRING, why, (Rung.CLEAR_DEVICE,)
    return None


def _for_service(facts: Facts, sources: tuple[Source, ...]) -> tuple[Rung, ...]:
    """OpenClaw rewrites its own unit; a drop-in, an EnvironmentFile and `.env` are somebody else's (#46621)."""
    files = facts.daemon.service.files
    if facts.daemon.has_unit and files and any(source.ref.place == files[0] for source in sources):
        return (Rung.REFRESH,)
    return ()


def _for_definition(facts: Facts) -> tuple[Rung, ...]:
    """A definition that leads nowhere, or was never read, explains a gateway that is away."""
    if facts.daemon.stale and facts.daemon.has_unit:
        return (Rung.REFRESH,)
    return (Rung.RESTART,) if facts.daemon.needs_reload else ()


def _cure(facts: Facts, lines: tuple[Line, ...], rungs: tuple[Rung, ...]) -> str:
    if rungs == (Rung.PAIR,):
        return f"run: clawupgrade diagnose --fix --pair, or openclaw devices approve {facts.pending_device}"
    if rungs:
        return "run: clawupgrade diagnose --fix"
    worst = next((line for line in lines if line.colour is Colour.RED), None)
    if facts.contained is not None and (facts.differing(Role.PINNED) or not facts.contained.on_volume):
        return "run: clawupgrade init --compose; it keeps the token that clients hold, and the state"
    if pinned := facts.differing(Role.PINNED) or _rebuilt(facts):
        first = pinned[0]
        return f"write the gateway's own {facts.kind} there, or take {first.ref.key} out of {first.place}, then restart"
    if any(source.ref.source == "plist" for source in facts.differing(Role.UNIT)):
        return "run: openclaw gateway install --force"
    if strange := facts.differing(Role.UNIT):
        return f"that file is your own: take {strange[0].ref.key} out of {strange[0].place}, then restart"
    return worst.cure if worst is not None else ""
