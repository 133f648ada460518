"""The code blocks of the documentation, and why some of them cannot be run here."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

TOP = Path(__file__).parents[2]
_BLOCK = re.compile(
    r"(?:<!-- not run: (?P<reason>[^>]+) -->\n+)?(?P<indent>[ ]*)```(?P<language>\w*)\n(?P<text>.*?)\n(?P=indent)```",
    re.S,
)
_ELSEWHERE = {
    "make": "builds, tests or demonstrates: CI runs these verbs themselves",
    "sudo": "needs root and real hosts: CI runs it",
    "pip": "installs: tests/package does",
    "pipx": "installs: tests/package does",
    "uv": "installs: tests/package does",
    "ansible-galaxy": "tests/fleet plays them",
    "ansible-playbook": "tests/fleet plays them",
    "ssh-keygen": "belongs to the bundle behind it: tests of bundles do it",
    "man": "opens a pager",
}
"""Programs that are no clawupgrade, with the reason why they are not called from this test."""


@dataclass(frozen=True, slots=True)
class Block:
    """One block of a page. reason: why it is not run, as the page itself says (`<!-- not run: … -->`)."""

    page: Path
    line: int
    language: str
    text: str
    reason: str

    @property
    def name(self) -> str:
        """`docs/how-to/nightly.md:7`."""
        return f"{self.page.relative_to(TOP)}:{self.line}"

    @property
    def commands(self) -> list[list[str]]:
        """The words of each `clawupgrade …` that a person would type; comments cut off."""
        found = []
        for line in self.text.splitlines():
            if not line.startswith(("$ ", "# ")):
                continue
            words = re.sub(r"\s#\s.*", "", line[2:]).split()
            assert words, f"{self.name}: an empty command"
            if words[0] == "clawupgrade":
                found.append(words[1:])
            else:
                assert words[0] in _ELSEWHERE, f"{self.name}: who runs {words[0]}?"
        return found


def blocks() -> Iterator[Block]:
    """Every block of the README and of all pages."""
    for page in [TOP / "README.md", *sorted((TOP / "docs").rglob("*.md"))]:
        text = page.read_text()
        for match in _BLOCK.finditer(text):
            indent = match["indent"]
            body = "\n".join(line.removeprefix(indent) for line in match["text"].splitlines())
            yield Block(page, text.count("\n", 0, match.start()) + 1, match["language"], body, match["reason"] or "")
