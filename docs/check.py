"""`make docs`: every relative link of the documentation leads to a file that exists."""

from __future__ import annotations

import re
import sys
from pathlib import Path

TOP = Path(__file__).parents[1]
_LINK = re.compile(r"\]\((?!https?://|#)([^)#\s]+)")


def main() -> int:
    """Print what is broken; 1 if anything is."""
    pages = [TOP / "README.md", *sorted((TOP / "docs").rglob("*.md"))]
    broken = [
        f"{page.relative_to(TOP)}: {link}"
        for page in pages
        for link in _LINK.findall(page.read_text())
        if not (page.parent / link).exists()
    ]
    print("\n".join(broken) or f"{len(pages)} pages, no broken link")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
