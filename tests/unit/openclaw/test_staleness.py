"""When a unit has to be written anew."""

from __future__ import annotations

import doctest

import pytest

from clawupgrade.openclaw import staleness
from clawupgrade.openclaw.staleness import why_stale

OF_2026_6 = """\
[Unit]
Description=OpenClaw Gateway (v2026.6.11)
[Service]
ExecStart=/n/node /p/openclaw/dist/index.js gateway
Environment=OPENCLAW_SERVICE_VERSION=2026.6.11
"""
OF_2026_9 = "[Unit]\nDescription=OpenClaw Gateway\n[Service]\nExecStart=/n/node /p/openclaw/dist/index.js gateway\n"


def test_the_examples_in_the_docstrings_hold():
    assert doctest.testmod(staleness).failed == 0


@pytest.mark.parametrize(
    ("text", "version", "there", "reason"),
    [
        (OF_2026_6, "2026.6.11", True, ""),
        (OF_2026_6, "2026.9.6", True, "it was written by 2026.6.11"),
        (OF_2026_9, "2026.9.6", True, ""),
        (OF_2026_9, "2026.9.6", False, "its entry point /p/openclaw/dist/index.js does not exist"),
        (
            OF_2026_6.replace("Description=OpenClaw Gateway (v2026.6.11)", ""),
            "2026.9.6",
            True,
            "it was written by 2026.6.11",
        ),
        ("[Unit]\nDescription=Clawdbot Gateway (v2026.1.24-3)\n", "2026.9.6", True, "it was written by 2026.1.24-3"),
        ("", "2026.9.6", False, "its entry point (none) does not exist"),
    ],
)
def test_why(text, version, there, reason):
    assert why_stale(text, version, there) == reason
