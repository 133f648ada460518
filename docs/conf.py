"""The documentation site: Sphinx with MyST and furo; `make site` builds it, every warning an error."""

from __future__ import annotations

project = "clawupgrade"
extensions = ["myst_parser"]
html_theme = "furo"
html_title = "clawupgrade"
exclude_patterns = ["_build"]
myst_heading_anchors = 4
suppress_warnings = ["myst.xref_missing", "misc.highlighting_failure"]
"""Pages also name files of the repository beside docs/; docs/check.py sees that each of them exists."""
