"""Runs a doctor again where its next run may get further than the one before."""

from __future__ import annotations

from collections.abc import Callable

from clawupgrade.openclaw import output
from clawupgrade.ports import Completed, Event, Host

_TRIES = 3
_REST = 5.0


def until_settled(host: Host, step: str, run: Callable[[], Completed]) -> Completed:
    """How the last of at most three runs ended; it is well, or another would end alike."""
    done = run()
    refused: tuple[str, ...] = ()
    for _ in range(_TRIES - 1):
        said = done.err + done.out
        before, refused = refused, output.refused_steps(said)
        is_passing = output.is_passing_trouble(said)
        # The same refusal twice is no progress (#133813).
        if done.ok or done.ended_by or not (is_passing or (refused and refused != before)):
            break
        host.say(Event("note", step, f"doctor is run again: {output.last_words(said)}"))
        if is_passing:
            host.clock.sleep(_REST)
        done = run()
    return done
