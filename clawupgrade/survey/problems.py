"""Several reasons against a run become one refusal, so that a person sees every one at once."""

from __future__ import annotations

from collections.abc import Sequence

from clawupgrade.errors import Busy, ClawupgradeError, Refused


def refuse_for(problems: Sequence[ClawupgradeError]) -> None:
    """Raise what the problems amount to; nothing when there are none.

    Raises:
        Busy: each of them may pass by itself.
        Refused: at least one will not.
    """
    if not problems:
        return
    kind = Busy if all(isinstance(problem, Busy) for problem in problems) else Refused
    if len(problems) == 1:
        raise kind(problems[0].message, problems[0].hint)
    numbered = [(f"({number}) ", problem) for number, problem in enumerate(problems, 1)]
    raise kind(
        "; ".join(mark + problem.message for mark, problem in numbered),
        "; ".join(mark + problem.hint for mark, problem in numbered if problem.hint),
    )
