"""A machine made of plain facts, as a scenario file states them; it answers only what was stated."""

from __future__ import annotations

import fnmatch
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import Any, cast

from clawupgrade.errors import Refused
from clawupgrade.gateway.answer import Answer, AnswerKind, Reached
from clawupgrade.model import Account, CredentialRef, Engine, Request
from clawupgrade.ports import Command, Completed, Event, Host, Process

CLAW = Account("claw", 1000, 1000, "/home/claw")


def merge(base: Any, over: Any) -> Any:
    """`over` laid over `base`: objects key by key (null removes), everything else replaced."""
    if not isinstance(base, dict) or not isinstance(over, dict):
        return over
    merged = dict(base)
    for key, value in over.items():
        if value is None:
            merged.pop(key, None)
        else:
            merged[key] = merge(base.get(key), value)
    return merged


@dataclass
class FactFiles:
    """Files by path: a text, a list of lines, an object (as JSON), or `true` for a folder."""

    stated: dict[str, Any]
    links: dict[str, str]
    sizes: dict[str, int]
    free: dict[str, int]
    closed: Sequence[str]
    modes: dict[str, str] = field(default_factory=dict)

    def mode(self, path: str) -> int | None:
        return int(self.modes.get(path, "0600"), 8) if self.exists(path) else None

    def read(self, path: str) -> bytes | None:
        stated = self.stated.get(self.real(path))
        match stated:
            case str():
                return stated.encode()
            case list():
                return ("\n".join(stated) + "\n").encode()
            case dict():
                return json.dumps(stated).encode()
            case _:
                return None

    def exists(self, path: str) -> bool:
        return path in self.links or any(
            known == self.real(path) or known.startswith(f"{self.real(path)}/") for known in self.stated
        )

    def names(self, folder: str) -> tuple[str, ...]:
        below = f"{self.real(folder)}/"
        known = (*self.stated, *self.links)
        return tuple(sorted({path.removeprefix(below).split("/")[0] for path in known if path.startswith(below)}))

    def real(self, path: str) -> str:
        for link, target in self.links.items():
            if path == link or path.startswith(f"{link}/"):
                return self.real(target + path.removeprefix(link))
        return path

    def tree_bytes(self, path: str) -> int:
        return self.sizes.get(path, 0)

    def free_bytes(self, path: str) -> int:
        for place in (path, *(str(parent) for parent in PurePosixPath(path).parents)):
            if place in self.free:
                return self.free[place]
        raise AssertionError(f"no scenario fact says how much is free at {path}")

    def writable(self, folder: str, account: Account | None = None) -> bool:
        return folder not in self.closed


@dataclass
class FactCommands:
    """Commands by pattern: `{"argv": "glob over the joined words", "out": …, "err": …, "rc": …}`."""

    stated: Sequence[dict[str, Any]]
    ran: list[tuple[str, ...]] = field(default_factory=list)

    def run(self, command: Command, on_line: Any = None, on_size: Any = None) -> Completed:
        self.ran.append(command.argv)
        words = " ".join(command.argv)
        for fact in self.stated:
            if fnmatch.fnmatchcase(words, fact["argv"]):
                if fact.get("missing"):
                    raise Refused(f"{command.argv[0]} does not exist")
                out = fact.get("out", "")
                out = out if isinstance(out, str) else json.dumps(out)
                rc = None if "ended_by" in fact else fact.get("rc", 0)
                return Completed(rc, out, fact.get("err", ""), 0.1, fact.get("ended_by", ""))
        raise AssertionError(f"no scenario fact answers: {words}")


@dataclass
class FactProcesses:
    """Processes by port, by pid, and those above us."""

    ports: dict[str, list[dict[str, Any]]]
    above: Iterable[dict[str, Any]]

    def listeners(self, port: int) -> tuple[Process, ...]:
        return tuple(_process(each) for each in self.ports.get(str(port), ()))

    def find(self, pid: int) -> Process | None:
        every = [each for known in self.ports.values() for each in known]
        return next((_process(each) for each in every if each["pid"] == pid), None)

    def ancestors(self) -> tuple[Process, ...]:
        return tuple(_process(each) for each in self.above)


@dataclass
class FactSecrets:
    def learn(self, config_path: str) -> None:
        """Nothing is veiled here."""

    """Digests by `source key`, or by `source place key` where that matters."""

    stated: dict[str, str]

    def digest(self, ref: CredentialRef) -> str | None:
        return self.stated.get(f"{ref.source} {ref.place} {ref.key}", self.stated.get(f"{ref.source} {ref.key}"))


@dataclass
class FactGateways:
    """The answers of the gateway, in order; the last one is given again and again."""

    answers: list[dict[str, Any]]
    asked: list[CredentialRef | None] = field(default_factory=list)

    def ask(self, address: Any, credential: CredentialRef | None, *, timeout: float = 10.0) -> Answer:
        said = dict(self.answers[min(len(self.asked), len(self.answers) - 1)])
        self.asked.append(credential)
        kind, reached = AnswerKind(said.pop("kind")), Reached(said.pop("reached", "response"))
        return Answer(kind=kind, reached=reached, credentialed=credential is not None, **said)


@dataclass
class NoContainers:
    """A machine without any container engine."""

    def gateways(self, wanted: object) -> tuple[()]:
        """As the adapter says it."""
        raise Refused("neither docker nor podman is on PATH")


class FactClock:
    """Time that passes only while somebody sleeps."""

    seconds: float = 0.0

    def now(self) -> datetime:
        return datetime(2026, 9, 28, tzinfo=UTC)

    def monotonic(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds


def host_of(facts: dict[str, Any]) -> Host:
    """The ports over the facts; those that a survey must not touch are missing, and fail loudly."""
    files = FactFiles(
        facts.get("files", {}),
        facts.get("links", {}),
        facts.get("sizes", {}),
        facts.get("free", {}),
        facts.get("not_writable", ()),
        facts.get("modes", {}),
    )
    untouchable = cast(Any, None)
    return Host(
        commands=FactCommands(list(facts.get("commands", {}).values())),
        files=cast(Any, files),
        services=untouchable,
        processes=FactProcesses(facts.get("listeners", {}), facts.get("ancestors", ())),
        gateways=FactGateways(facts.get("answers", [{"kind": "unreachable", "reached": "nothing"}])),
        secrets=FactSecrets(facts.get("secrets", {})),
        snapshots=untouchable,
        databases=untouchable,
        clones=untouchable,
        containers=NoContainers(),  # type: ignore[arg-type]
        images=untouchable,
        clock=FactClock(),
        fence=untouchable,
        say=lambda event: _ignore(event),
    )


def request_of(facts: dict[str, Any]) -> Request:
    """The request that the facts state."""
    asked = dict(facts.get("request", {}))
    environ = tuple(sorted(asked.pop("environ", {}).items()))
    engine = asked.pop("engine", None)
    return Request(environ=environ, account=CLAW, engine=Engine(engine) if engine else None, **asked)


def _ignore(event: Event) -> None:
    assert event.kind


def _process(stated: dict[str, Any]) -> Process:
    return Process(
        pid=stated["pid"],
        started=stated.get("started", 1000.0),
        argv=tuple(stated.get("argv", ())),
        uid=stated.get("uid", 1000),
        exe=stated.get("exe", ""),
        cwd=stated.get("cwd", "/home/claw"),
    )
