"""What files from many hosts say, as one view of the fleet: versions, outcomes, downtime, quarantine."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from statistics import median
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from clawupgrade.openclaw.versions import is_release, parse

GOOD = ("", "upgraded", "mended", "staged", "nothing-to-do", "skipped")
"""Outcomes that nobody has to look at."""


class Passed(Struct, frozen=True):
    """A version that a host passes over, and why."""

    version: str
    cause: str


class Member(Struct, frozen=True):
    """One host. Texts are "" and `serves` is None where its files do not say.

    away: seconds without a gateway in the last run. problem: why the host could not be read.
    """

    name: str
    version: str = ""
    serves: bool | None = None
    words: str = ""
    outcome: str = ""
    exit_code: int = 0
    from_version: str = ""
    to_version: str = ""
    away: float | None = None
    seconds: float | None = None
    run_id: str = ""
    message: str = ""
    hint: str = ""
    quarantine: tuple[Passed, ...] = ()
    problem: str = ""

    @property
    def wants_a_look(self) -> bool:
        """Whether somebody should see to this host."""
        return bool(self.problem) or self.serves is False or self.outcome not in GOOD


class Fleet(Struct, frozen=True):
    """All hosts, those that want a look first, then by name."""

    members: tuple[Member, ...]

    @property
    def versions(self) -> dict[str, int]:
        """Version → so many hosts, the newest first."""
        found = Counter(each.version for each in self.members if each.version)
        return dict(sorted(found.items(), key=lambda pair: _order(pair[0]), reverse=True))

    @property
    def outcomes(self) -> dict[str, int]:
        """Outcome of the last run → so many hosts, the most frequent first."""
        return dict(Counter(each.outcome or "no run" for each in self.members).most_common())

    @property
    def quarantine(self) -> dict[str, tuple[str, ...]]:
        """Version → the hosts that pass over it."""
        versions = sorted({passed.version for each in self.members for passed in each.quarantine}, key=_order)
        return {
            version: tuple(each.name for each in self.members if version in {p.version for p in each.quarantine})
            for version in reversed(versions)
        }

    @property
    def downtime(self) -> tuple[float, float] | None:
        """(median, longest) in seconds, over the hosts whose last run stopped the gateway; None for none."""
        found = [each.away for each in self.members if each.away is not None]
        return (median(found), max(found)) if found else None


def fleet_of(documents: Iterable[tuple[str, Mapping[str, Any]]]) -> Fleet:
    """(host, document) pairs as one view. A host may come several times: what a later document says counts."""
    found: dict[str, Member] = {}
    for name, document in documents:
        found[name] = _read(found.get(name, Member(name)), document)
    return Fleet(tuple(sorted(found.values(), key=lambda each: (not each.wants_a_look, each.name))))


def is_known(document: Any) -> bool:
    """Whether it is a result, a status, or facts that Ansible gathered."""
    return isinstance(document, Mapping) and (
        document.get("schema") in ("clawupgrade.result.v1", "clawupgrade.status.v1") or _facts(document) is not None
    )


def _read(member: Member, document: Mapping[str, Any]) -> Member:
    match document.get("schema"):
        case "clawupgrade.result.v1":
            return _with_run(member, document)
        case "clawupgrade.status.v1":
            install = document["install"]
            was = str(install["baseline"]["was"])
            seen = replace(member, version=str(install["package"]["version"]), serves=_serves(was))
            seen = replace(seen, words="" if seen.serves else str(install.get("baseline_words") or was))
            return _with_run(seen, document.get("last_run"))
    facts = _facts(document) or {}
    member = replace(
        member,
        version=str(facts.get("version", "")),
        serves=bool(facts.get("serves")) if facts.get("active") else None,
        words=str(facts.get("words", "")),
        problem=str(facts.get("problem", "")),
        quarantine=tuple(
            Passed(str(each["version"]), str(each.get("cause", ""))) for each in facts.get("quarantine") or ()
        ),
    )
    return _with_run(member, facts.get("last_run"))


def _with_run(member: Member, report: Mapping[str, Any] | None) -> Member:
    if not report:
        return member
    found = replace(
        member,
        outcome=str(report.get("outcome", "")),
        exit_code=int(report.get("exit_code") or 0),
        from_version=str(report.get("from_version", "")),
        to_version=str(report.get("to_version", "")),
        away=report.get("away"),
        seconds=report.get("seconds"),
        run_id=str(report.get("run_id", "")),
        message=str(report.get("message", "")),
        hint=str(report.get("hint", "")),
    )
    if found.version:
        return found
    # A result alone: what is installed now is what the run left.
    return replace(found, version=found.to_version if report.get("changed") else found.from_version)


def _facts(document: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The facts themselves, bare, as a fact cache keeps them, or as a task returns them."""
    for part in (document, document.get("openclaw"), document.get("ansible_facts", {})):
        if isinstance(part, Mapping):
            part = part.get("openclaw", part)
            if isinstance(part, Mapping) and "found" in part and "problem" in part:
                return part
    return None


def _serves(was: str) -> bool | None:
    return {"ready": True, "unknown": None}.get(was, False)


def _order(version: str) -> Any:
    return parse(version) if is_release(version) else parse("0")
