"""From facts to the one root cause: the answer speaks first, then the places, then the rest."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from clawupgrade.app.diagnose import exit_code
from clawupgrade.diagnose.cause import diagnose
from clawupgrade.diagnose.diagnosis import Cause, Colour, Rung
from clawupgrade.diagnose.facts import Config, Daemon, Facts, Listener, Role, Source
from clawupgrade.errors import Exit
from clawupgrade.gateway.answer import Answer, AnswerKind, Reached
from clawupgrade.model import CredentialRef, Owner, Service
from clawupgrade.ports import Process, ServiceState

UNIT = "/home/claw/.config/systemd/user/openclaw-gateway.service"
SERVICE = Service(Owner.SYSTEMD_USER, "openclaw-gateway.service", (UNIT,), active=True, enabled=True, main_pid=7)
GATEWAY = Listener(Process(7, 1.0, ("openclaw-gateway",), 1000), is_gateway=True)
HELLO = Answer(AnswerKind.HELLO, Reached.RESPONSE, server_version="2026.6.11", credentialed=True)
NOBODY = Answer(AnswerKind.UNREACHABLE)


def source(role: Role, digest: str = "aa", *, place: str = "/c", key: str = "K", kind: str = "token") -> Source:
    names = {Role.CONFIG: "config", Role.PROCESS: "process", Role.SHELL: "environment", Role.PINNED: "dotenv"}
    return Source(role, CredentialRef(names.get(role, "unit"), place, key, kind, digest), "/home/claw")


def refused(code: str, message: str = "", **more: Any) -> Answer:
    return Answer(
        AnswerKind.REFUSED,
        Reached.RESPONSE,
        message=message,
        detail_code=code,
        close_code=1008,
        credentialed=True,
        **more,
    )


HEALTHY = Facts(
    version="2026.6.11",
    config=Config("/home/claw/.openclaw/openclaw.json", mode="token"),
    sources=(source(Role.CONFIG),),
    daemon=Daemon(SERVICE, ServiceState(True, 7, "active (running)"), age=4000.0),
    port=18789,
    listeners=(GATEWAY,),
    answer=HELLO,
)
LEGACY = replace(HEALTHY.config, has_legacy_key=True)
STOPPED = Daemon(replace(SERVICE, active=False), ServiceState(False, None, "inactive (dead)"))
MISMATCH = refused("AUTH_TOKEN_MISMATCH", "unauthorized: gateway token mismatch")
OWN_UNIT = source(Role.UNIT, "bb", place=UNIT, key="OPENCLAW_GATEWAY_TOKEN")

CASES: dict[str, tuple[dict[str, Any], Cause, tuple[Rung, ...]]] = {
    "trusted proxy": (
        {
            "config": replace(HEALTHY.config, mode="trusted-proxy"),
            "sources": (),
            "answer": replace(refused("DEVICE_IDENTITY_REQUIRED", "device identity required"), credentialed=False),
        },
        Cause.NONE,
        (),
    ),
    "healthy": ({}, Cause.NONE, ()),
    "no token": (
        {"sources": (), "answer": refused("AUTH_TOKEN_NOT_CONFIGURED")},
        Cause.NONE_GENERATED,
        (Rung.GENERATE,),
    ),
    "no token, but a snapshot has it": (
        {"sources": (), "snapshot": "s1", "answer": NOBODY},
        Cause.FORMAT_OR_PLACE,
        (Rung.PUT_BACK,),
    ),
    "the unit's own line is another": (
        {"sources": (source(Role.CONFIG), OWN_UNIT)},
        Cause.MISMATCH_AFTER_EDIT,
        (Rung.REFRESH,),
    ),
    "a drop-in is somebody else's": (
        {"sources": (source(Role.CONFIG), source(Role.UNIT, "bb", place=f"{UNIT}.d/mine.conf"))},
        Cause.MISMATCH_AFTER_EDIT,
        (),
    ),
    "the unit is another release's": (
        {
            "sources": (source(Role.CONFIG), OWN_UNIT),
            "daemon": replace(HEALTHY.daemon, stale="it was written by 2026.2.12"),
        },
        Cause.STALE_UNIT,
        (Rung.REFRESH,),
    ),
    "the process is older than the unit": (
        {"sources": (source(Role.CONFIG), source(Role.PROCESS, "bb", place="7"))},
        Cause.STALE_UNIT,
        (Rung.RESTART,),
    ),
    "all agree, and the gateway refuses": ({"answer": MISMATCH}, Cause.MISMATCH_AFTER_EDIT, (Rung.RESTART,)),
    ".env pins another": ({"sources": (source(Role.CONFIG), source(Role.PINNED, "bb"))}, Cause.REBUILT, ()),
    "a LaunchAgent carries another": (
        {"sources": (source(Role.CONFIG), source(Role.UNIT, "bb", place="/h/Library/LaunchAgents/a.plist"))},
        Cause.MISMATCH_AFTER_EDIT,
        (),
    ),
    "a compose file starts the container with another": (
        {"sources": (source(Role.CONFIG), source(Role.COMPOSE, "bb")), "container": "docker-proxy"},
        Cause.REBUILT,
        (),
    ),
    "a compose file of no container that serves": (
        {"sources": (source(Role.CONFIG), source(Role.COMPOSE, "bb"))},
        Cause.NONE,
        (),
    ),
    "legacy key alone": (
        {"config": LEGACY, "sources": (source(Role.LEGACY),), "answer": NOBODY, "listeners": ()},
        Cause.FORMAT_OR_PLACE,
        (Rung.MOVE_KEY,),
    ),
    "legacy key, and a unit with another": (
        {"config": LEGACY, "sources": (source(Role.LEGACY), OWN_UNIT)},
        Cause.FORMAT_OR_PLACE,
        (Rung.MOVE_KEY, Rung.REFRESH),
    ),
    "a name of the guides, alone": ({"sources": (source(Role.UNREAD),)}, Cause.FORMAT_OR_PLACE, (Rung.MOVE_KEY,)),
    "a name of the guides, beside": (
        {"sources": (source(Role.CONFIG), source(Role.UNREAD, "bb", place=UNIT))},
        Cause.FORMAT_OR_PLACE,
        (Rung.REFRESH,),
    ),
    "rate limit": ({"answer": refused("AUTH_RATE_LIMITED")}, Cause.RATE_LIMIT, (Rung.WAIT,)),
    "pairing": ({"answer": refused("PAIRING_REQUIRED", request_id="r1")}, Cause.DEVICE_OR_PAIRING, ()),
    "our own device waits": (
        {"answer": refused("PAIRING_REQUIRED"), "pending_device": "r1", "knows_device": True},
        Cause.DEVICE_OR_PAIRING,
        (Rung.PAIR,),
    ),
    "our own device waits, and the gateway has forgotten it": (
        {"answer": refused("PAIRING_REQUIRED"), "pending_device": "r1"},
        Cause.DEVICE_OR_PAIRING,
        (),
    ),
    "another matter, while our own device waits": (
        {"answer": refused("DEVICE_AUTH_SIGNATURE_INVALID"), "pending_device": "r1", "knows_device": True},
        Cause.DEVICE_OR_PAIRING,
        (),
    ),
    "another certificate": ({"answer": Answer(AnswerKind.UNTRUSTED, Reached.TCP)}, Cause.NOT_A_TOKEN, ()),
    "a protocol that we do not speak": ({"answer": refused("PROTOCOL_MISMATCH")}, Cause.NOT_A_TOKEN, ()),
    "device token": (
        {"answer": refused("AUTH_DEVICE_TOKEN_MISMATCH"), "cached_device": "differs"},
        Cause.DEVICE_OR_PAIRING,
        (Rung.CLEAR_DEVICE,),
    ),
    "starting": (
        {"answer": NOBODY, "listeners": (), "daemon": replace(HEALTHY.daemon, age=20.0)},
        Cause.NOT_A_TOKEN,
        (Rung.WAIT,),
    ),
    "came to listen after it was asked": (
        {"answer": NOBODY, "daemon": replace(HEALTHY.daemon, age=20.0)},
        Cause.NOT_A_TOKEN,
        (Rung.WAIT,),
    ),
    "nobody for long": ({"answer": NOBODY, "listeners": ()}, Cause.NOT_A_TOKEN, ()),
    "stopped": ({"answer": None, "listeners": (), "daemon": STOPPED}, Cause.NOT_A_TOKEN, ()),
    "a stranger on the port": (
        {"listeners": (Listener(Process(9, 1.0, ("python3",), 1000), is_gateway=False),), "answer": None},
        Cause.NOT_A_TOKEN,
        (),
    ),
    "a config that does not parse": (
        {"config": replace(HEALTHY.config, error="line 3: a comma is missing"), "sources": (), "answer": NOBODY},
        Cause.NOT_A_TOKEN,
        (),
    ),
    "words that nobody knows": ({"answer": refused("AUTH_MOON_PHASE")}, Cause.UNKNOWN, ()),
    "open gateway": ({"config": replace(HEALTHY.config, mode="none"), "sources": ()}, Cause.NONE, ()),
    "only this shell has another": ({"sources": (source(Role.CONFIG), source(Role.SHELL, "bb"))}, Cause.NONE, ()),
}


@pytest.mark.parametrize("name", CASES)
def test_the_root_cause_and_its_rungs(name: str) -> None:
    facts, cause, rungs = CASES[name]
    found = diagnose(replace(HEALTHY, **facts))
    assert (found.cause, found.rungs) == (cause, rungs)
    assert found.why


def test_a_compose_file_is_told_of_as_far_as_it_matters() -> None:
    def container(*sources: Source) -> tuple[Colour, str]:
        found = diagnose(replace(HEALTHY, sources=(source(Role.CONFIG), *sources), container="docker-proxy"))
        line = next(line for line in found.lines if line.check == "container")
        return line.colour, line.evidence

    assert container()[0] is Colour.YELLOW
    assert container(source(Role.COMPOSE))[0] is Colour.GREEN
    assert container(source(Role.COMPOSE, "bb"))[0] is Colour.RED
    colour, said = container(source(Role.COMPOSE, key="OPENCLAW_GATEWAY_AUTH_TOKEN"))
    assert (colour, "a name that no release reads" in said) == (Colour.YELLOW, True)


@pytest.mark.parametrize(("keeps", "colours"), [(None, []), (True, [Colour.GREEN]), (False, [Colour.RED])])
def test_the_state_of_a_container_lies_on_a_volume(keeps: bool | None, colours: list[Colour]) -> None:
    facts = replace(HEALTHY, sources=(source(Role.CONFIG), source(Role.COMPOSE)), keeps_state=keeps)
    assert [line for line in diagnose(facts).lines if line.check == "volume"] == []  # no container, no volume
    found = diagnose(replace(facts, container="docker-proxy"))
    assert [line.colour for line in found.lines if line.check == "volume"] == colours
    assert found.cause is (Cause.NOT_A_TOKEN if keeps is False else Cause.NONE)


def test_what_may_pass_by_itself_is_not_a_fault() -> None:
    passing = [name for name, (facts, _, _) in CASES.items() if diagnose(replace(HEALTHY, **facts)).may_pass]
    assert passing == ["rate limit", "starting", "came to listen after it was asked"]


def test_only_what_answers_as_no_gateway_is_away() -> None:
    away = [name for name, (facts, _, _) in CASES.items() if diagnose(replace(HEALTHY, **facts)).away]
    assert away == [
        "no token, but a snapshot has it",
        "legacy key alone",
        "starting",
        "came to listen after it was asked",
        "nobody for long",
        "stopped",
        "a stranger on the port",
        "a config that does not parse",
    ]


def test_our_own_device_is_a_persons_matter_and_its_command_is_named() -> None:
    facts, _, _ = CASES["our own device waits"]
    found = diagnose(replace(HEALTHY, **facts))
    assert exit_code(found) is Exit.NEEDS_PERSON
    assert "diagnose --fix --pair" in found.cure
    assert "openclaw devices approve r1" in found.cure


def test_our_own_device_that_was_forgotten_is_approved_on_the_page_and_by_no_command() -> None:
    facts, _, _ = CASES["our own device waits, and the gateway has forgotten it"]
    found = diagnose(replace(HEALTHY, **facts))
    assert exit_code(found) is Exit.NEEDS_PERSON
    assert "approve request r1 on the page that `openclaw dashboard` opens" in found.cure
    assert not [line for line in found.lines if "devices approve" in line.cure], "a line names what cannot help"


def test_another_certificate_is_no_gateway_that_is_away() -> None:
    facts, _, _ = CASES["another certificate"]
    assert exit_code(diagnose(replace(HEALTHY, **facts))) is Exit.NEEDS_PERSON


def test_a_crash_loop_is_no_start() -> None:
    looping = replace(HEALTHY.daemon, age=4.0, state=ServiceState(True, 7, restarts=5))
    found = diagnose(replace(HEALTHY, daemon=looping, answer=NOBODY, listeners=()))
    assert not found.may_pass
    assert not found.is_well


def test_a_reference_that_cannot_be_resolved_is_unknown_and_no_fault() -> None:
    found = diagnose(replace(HEALTHY, sources=(source(Role.CONFIG, ""),), answer=refused("AUTH_TOKEN_MISMATCH")))
    assert (found.cause, found.rungs) == (Cause.UNKNOWN, ())
    secret = next(line for line in found.lines if line.check == "secret")
    assert secret.colour is Colour.YELLOW


def test_the_cure_of_a_drop_in_names_the_file_and_the_variable() -> None:
    foreign = source(Role.UNIT, "bb", place=f"{UNIT}.d/mine.conf", key="OPENCLAW_GATEWAY_TOKEN")
    found = diagnose(replace(HEALTHY, sources=(source(Role.CONFIG), foreign)))
    assert "OPENCLAW_GATEWAY_TOKEN out of ~/.config/systemd/user/openclaw-gateway.service.d/mine.conf" in found.cure


def test_the_command_for_a_person_carries_the_request() -> None:
    found = diagnose(replace(HEALTHY, answer=refused("PAIRING_REQUIRED", request_id="r-17")))
    assert "devices approve r-17" in found.cure
