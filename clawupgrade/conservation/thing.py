"""One thing that must survive an upgrade, and all of them: what was there before, small enough to keep."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Struct

from clawupgrade.errors import JournalDamaged

INVENTORY_FORMAT = 1


class Thing(Struct, frozen=True):
    """What is known of one thing; never a secret.

    label: what people call it. on: whether it is switched on, None where that means nothing.
    value: what has to stay the same, such as a version, a mode, a digest. due: when it runs next, in ms since
    the epoch. once: it is gone by right when it has run. own: OpenClaw made it for itself and may drop it.
    body: its definition as JSON, where it can be added again from that.
    """

    label: str = ""
    on: bool | None = None
    value: str = ""
    due: int | None = None
    once: bool = False
    own: bool = False
    body: str = ""


Things = Mapping[str, Thing]


class Inventory(Struct, frozen=True):
    """The things of every row by their names. A row that could not be read is missing: unknown is not empty."""

    rows: Mapping[str, Things]

    def of(self, row: str) -> Things | None:
        """A row's things; None where nobody could tell."""
        return self.rows.get(row)

    @property
    def counts(self) -> dict[str, int]:
        """How many things each row has."""
        return {key: len(things) for key, things in self.rows.items()}

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values."""
        rows: dict[str, Any] = msgspec.to_builtins(dict(self.rows))
        return {"format": INVENTORY_FORMAT, "rows": rows}


def inventory_from_json(document: Any) -> Inventory:
    """What `to_json` gave.

    Raises:
        JournalDamaged: it is another format, or none.
    """
    try:
        if document["format"] != INVENTORY_FORMAT:
            raise JournalDamaged(f"the inventory has format {document['format']!r}, not {INVENTORY_FORMAT}")
        return Inventory(msgspec.convert(document["rows"], dict[str, dict[str, Thing]]))
    except (msgspec.ValidationError, KeyError, TypeError) as error:
        raise JournalDamaged(f"the inventory cannot be read: {error}") from error
