"""What a config migration is: a pure change of the document, with its reason and its place in the line."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from clawupgrade.openclaw.document import Document


class Migration(Struct, frozen=True):
    """One change that a release wants and its own doctor does not make, or makes at a loss.

    id:      stable, in the plan and in the journal; the file has the same name
    since:   the first release that needs it
    after:   the id before it in the line, None for the first
    why:     one sentence for the plan
    issue:   where that is known from: an issue of openclaw/openclaw, or a release's change log
    upgrade: the changed document, or None where there is nothing to do
    heals:   the old shape has no meaning from `since` on, so it is also mended where a newer release runs
    """

    id: str
    since: str
    after: str | None
    why: str
    issue: str
    upgrade: Callable[[Document], Document | None]
    heals: bool = True
