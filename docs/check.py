"""`make docs`: every relative link leads to a file that exists, and every test that is named is there."""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path

TOP = Path(__file__).parents[1]
_TEST = re.compile(r"`(tests/[\w./-]+\.py)::(\w+)`")
_LINK = re.compile(r"\]\((?!https?://|#)([^)#\s]+)")


def main() -> int:
    """Print what is broken; 1 if anything is."""
    pages = [TOP / "README.md", *sorted((TOP / "docs").rglob("*.md"))]
    broken = [
        f"{page.relative_to(TOP)}: {lost}"
        for page in pages
        for lost in (*lost_links(page.read_text(), page.parent), *lost_tests(page.read_text()))
    ]
    print("\n".join(broken) or f"{len(pages)} pages, no broken link, no test named that is not there")
    return 1 if broken else 0


def lost_links(text: str, folder: Path) -> list[str]:
    """Relative links of a page in `folder` that lead nowhere."""
    return [link for link in _LINK.findall(text) if not (folder / link).exists()]


def lost_tests(text: str) -> list[str]:
    """Tests that a page calls upon, as `tests/file.py::test_name`, and that do not exist."""
    return [f"{path}::{name}" for path, name in _TEST.findall(text) if name not in _tests_in(TOP / path)]


def _tests_in(path: Path) -> set[str]:
    if not path.exists():
        return set()
    return {node.name for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.FunctionDef)}


if __name__ == "__main__":
    sys.exit(main())
