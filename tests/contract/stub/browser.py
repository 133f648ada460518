"""A page in a real browser without a window."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
SCHEMES = {"light": "1", "dark": "0"}


def browse(folder: Path, text: str, scheme: str, width: int, *words: str) -> str:
    """Open a page; what the browser says."""
    if BROWSER is None:
        assert not os.environ.get("CI"), "chromium is not installed; it is in tests/real/lab/debian-packages.txt"
        pytest.skip("chromium is not installed")
    file = folder / f"{scheme}-{width}.html"
    file.write_text(text)
    flags = "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
    flags += " --disable-component-update --disable-sync --hide-scrollbars --virtual-time-budget=2000"
    line = [BROWSER, *flags.split(), f"--user-data-dir={folder}/profile-{scheme}-{width}"]
    line += [f"--window-size={width},1400", f"--blink-settings=preferredColorScheme={SCHEMES[scheme]}", *words]
    env = {"HOME": str(folder), "PATH": "/usr/bin:/bin"}
    done = subprocess.run([*line, file.as_uri()], env=env, capture_output=True, text=True, timeout=180)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout
