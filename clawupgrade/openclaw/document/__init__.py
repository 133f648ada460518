"""openclaw.json as a document: read as OpenClaw reads it, edited without disturbing what was not touched."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clawupgrade.lazily import exporter

if TYPE_CHECKING:
    from clawupgrade.openclaw.document.document import MAX_BYTES, Document
    from clawupgrade.openclaw.document.error import DocumentError
    from clawupgrade.openclaw.document.includes import Resolved, resolve_includes
    from clawupgrade.openclaw.document.parsing import MAX_DEPTH
    from clawupgrade.openclaw.document.path import Path, Steps, render, steps
    from clawupgrade.openclaw.document.reading import read_value, value_at
    from clawupgrade.openclaw.document.tree import Json, same

__all__ = [
    "MAX_BYTES",
    "MAX_DEPTH",
    "Document",
    "DocumentError",
    "Json",
    "Path",
    "Resolved",
    "Steps",
    "read_value",
    "render",
    "resolve_includes",
    "same",
    "steps",
    "value_at",
]

_HOMES = {
    "clawupgrade.openclaw.document.document": (
        "MAX_BYTES",
        "Document",
    ),
    "clawupgrade.openclaw.document.error": ("DocumentError",),
    "clawupgrade.openclaw.document.includes": (
        "Resolved",
        "resolve_includes",
    ),
    "clawupgrade.openclaw.document.parsing": ("MAX_DEPTH",),
    "clawupgrade.openclaw.document.path": (
        "Path",
        "Steps",
        "render",
        "steps",
    ),
    "clawupgrade.openclaw.document.reading": ("read_value", "value_at"),
    "clawupgrade.openclaw.document.tree": (
        "Json",
        "same",
    ),
}

__getattr__ = exporter(__name__, _HOMES)
