"""A plan as plain JSON values, and back."""

from __future__ import annotations

from typing import Any

import msgspec

from clawupgrade.errors import JournalDamaged
from clawupgrade.model.plan import Plan

PLAN_FORMAT = 1


def plan_to_json(plan: Plan) -> dict[str, Any]:
    """The plan as plain JSON values."""
    document: dict[str, Any] = msgspec.to_builtins(plan)
    return document


def plan_from_json(document: dict[str, Any]) -> Plan:
    """The plan that `plan_to_json` wrote.

    Raises:
        JournalDamaged: another format, or fields that do not fit.
    """
    if document.get("format") != PLAN_FORMAT:
        raise JournalDamaged(
            f"the run was planned in format {document.get('format')!r}; this clawupgrade reads {PLAN_FORMAT}",
            "run the clawupgrade version that wrote it, or a newer one",
        )
    try:
        return msgspec.convert(document, Plan)
    except msgspec.ValidationError as error:
        raise JournalDamaged(f"the run's plan cannot be read: {error}") from error
