"""openclaw.json as a document: read as OpenClaw reads it, edited without disturbing what was not touched."""

from clawupgrade.openclaw.document.document import MAX_BYTES, Document
from clawupgrade.openclaw.document.error import DocumentError
from clawupgrade.openclaw.document.includes import Resolved, resolve_includes
from clawupgrade.openclaw.document.parsing import MAX_DEPTH
from clawupgrade.openclaw.document.path import Path, Steps, render, steps
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
    "render",
    "resolve_includes",
    "same",
    "steps",
]
