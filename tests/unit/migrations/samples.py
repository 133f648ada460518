"""The sample configs, which the tests of documents and of migrations share."""

from __future__ import annotations

from pathlib import Path

from clawupgrade.openclaw.document import Document

SAMPLES = sorted((Path(__file__).parents[1] / "openclaw" / "samples").glob("*.json*"))


def sample(name: str) -> Document:
    """A sample by the name of its file."""
    return Document.parse(next(path for path in SAMPLES if path.name == name).read_bytes())
