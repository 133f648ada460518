"""What condemns a release, and for how long."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from clawupgrade.errors import JournalDamaged
from clawupgrade.model import Outcome
from clawupgrade.policy.quarantine import (
    Failure,
    Quarantined,
    add,
    condemns,
    document_of,
    entries_from,
    fingerprint,
    outgrown,
    standing,
)

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
DAY = timedelta(days=1)
BAD = Failure("handshake:2026.9.7", "the gateway is silent: exit 78")


@pytest.mark.parametrize(
    ("outcome", "failure", "expected"),
    [
        (Outcome.ROLLED_BACK, BAD, True),
        (Outcome.FAILED_CLEAN, Failure("stage:2026.9.7", "the staged 2026.9.7 does not run"), True),
        (Outcome.FAILED_CLEAN, Failure("stage:2026.9.7", "npm: x", transient=True), False),
        (Outcome.ROLLED_BACK, Failure("doctor:2026.9.7", "ENOSPC: no space left on device"), False),
        (Outcome.ROLLED_BACK, Failure("doctor:2026.9.7", "EROFS: read-only file system"), False),
        (Outcome.ROLLED_BACK, Failure("doctor:2026.9.7", "SqliteError: disk I/O error"), False),
        (Outcome.ROLLED_BACK, Failure("start:2026.9.7", "getaddrinfo EAI_AGAIN registry"), False),
        (Outcome.ROLLED_BACK, Failure("doctor:2026.9.7", "state lease heartbeat did not become ready"), False),
        (Outcome.FAILED_CLEAN, Failure("snapshot", "a database is damaged"), False),
        (Outcome.FAILED_CLEAN, Failure("arm", "the dead-man did not come up"), False),
        (Outcome.ROLLED_BACK, Failure("quiesce", "it does not stop"), False),
        (Outcome.ROLLED_BACK, None, False),
        (Outcome.UPGRADED, BAD, False),
        (Outcome.NEEDS_PERSON, BAD, False),
        (Outcome.BROKEN, BAD, False),
    ],
)
def test_only_what_the_release_did_condemns_it(outcome: Outcome, failure: Failure | None, expected: bool) -> None:
    assert condemns(outcome, failure) is expected


def test_the_same_failure_has_the_same_fingerprint_elsewhere() -> None:
    one = fingerprint(Failure("handshake:2026.9.7", "exit 78 in /home/a/.openclaw after 12.5 s"))
    other = fingerprint(Failure("handshake:2026.9.8", "Exit 1 in /srv/claw/state after 3.1 s"))
    assert one == other
    assert fingerprint(Failure("doctor:2026.9.7", "exit 78 in /home/a/.openclaw after 12.5 s")) != one
    assert fingerprint(Failure("handshake:2026.9.7", "no answer")) != one


def test_it_stands_for_its_span_and_longer_each_time() -> None:
    once = add((), "2026.9.7", BAD, "r1", NOW)
    assert standing(once, "2026.9.7", NOW + 13 * DAY, 14 * DAY) == once[0]
    assert standing(once, "2026.9.7", NOW + 14 * DAY, 14 * DAY) is None
    assert standing(once, "2026.9.8", NOW, 14 * DAY) is None
    twice = add(once, "2026.9.7", BAD, "r2", NOW + 14 * DAY)
    assert [each.times for each in twice] == [2]
    assert standing(twice, "2026.9.7", NOW + 41 * DAY, 14 * DAY) is not None
    assert standing(twice, "2026.9.7", NOW + 42 * DAY, 14 * DAY) is None


def test_a_run_that_is_finished_again_counts_once() -> None:
    once = add((), "2026.9.7", BAD, "r1", NOW)
    assert add(once, "2026.9.7", BAD, "r1", NOW + DAY) == once


def test_a_newer_version_ends_it() -> None:
    entries = add(add((), "2026.9.7", BAD, "r1", NOW), "2026.9.9", BAD, "r2", NOW)
    assert [each.version for each in outgrown(entries, "2026.9.8", NOW)] == ["2026.9.9"]
    assert outgrown(entries, "2026.9.8", NOW + 400 * DAY) == ()


def test_it_is_read_back_and_damage_is_no_permission() -> None:
    entries = (Quarantined("2026.9.7", "exit 78", "abc", "r1", NOW, 2),)
    assert entries_from(document_of(entries)) == entries
    assert entries_from(None) == ()
    with pytest.raises(JournalDamaged):
        entries_from({"entries": [{"version": 3}]})
    with pytest.raises(JournalDamaged):
        entries_from({"other": 1})
