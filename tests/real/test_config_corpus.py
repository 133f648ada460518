"""Every example of a release's own documentation: read as its own JSON5 reader reads it, and kept to the byte."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator

import pytest
from lab.cell import Cell, lay_package, make_home
from lab.releases import release_of
from lab.root import Lab

from clawupgrade.openclaw.document import Document, DocumentError

pytestmark = pytest.mark.real

RELEASES = ["2026.2.12", "2026.4.29", "2026.6.11", "2026.7.1", "2026.8.2", "2026.9.6"]
_FENCE = re.compile(r"^[ \t]*```json[5c]?\b[^\n]*\n(.*?)^[ \t]*```", re.DOTALL | re.MULTILINE)
# The package that the release itself reads its config with; texts on stdin, [read, value or message] out.
_READ = """
import { createRequire } from "node:module";
import fs from "node:fs";
const JSON5 = createRequire("/home/claw/.npm-global/lib/node_modules/openclaw/package.json")("json5");
const read = (text) => { try { return [true, JSON5.parse(text)]; } catch (error) { return [false, error.message]; } };
console.log(JSON.stringify(JSON.parse(fs.readFileSync(0, "utf8")).map(read)));
"""


@pytest.fixture
def cell(lab: Lab, request: pytest.FixtureRequest) -> Iterator[Cell]:
    """The release in a home of its own."""
    home = make_home(lab.root / "cells" / f"corpus-{request.param}")
    (home / ".npm-global").mkdir()
    yield Cell(lab, home, lay_package(lab, release_of(request.param)))
    shutil.rmtree(home)


@pytest.mark.parametrize("cell", RELEASES, indirect=True)
def test_every_example_of_the_documentation_is_read_as_the_release_reads_it(cell: Cell) -> None:
    assert cell.package is not None
    docs = sorted((cell.package / "lib/node_modules/openclaw/docs").rglob("*.md"))
    texts = list(dict.fromkeys(text for path in docs for text in _FENCE.findall(path.read_text(errors="replace"))))
    theirs = json.loads(cell.run(["node", "--input-type=module", "-e", _READ], stdin=json.dumps(texts), check=True).out)
    assert len(texts) > 100
    read = 0
    for text, (is_read, value) in zip(texts, theirs, strict=True):
        document = _ours(text)
        assert (document is not None) == is_read, f"{value}:\n{text}"
        if document is None:
            continue
        assert document.value == value, text
        assert document.encoded == text.encode()
        read += 1
    print(f"\n{len(texts)} examples: {read} read and kept, {len(texts) - read} refused by both")


def _ours(text: str) -> Document | None:
    try:
        return Document.parse(text.encode())
    except DocumentError:
        return None
