"""Somebody else's update, by its command line."""

from __future__ import annotations

import pytest

from clawupgrade.openclaw.updaters import updating_process


@pytest.mark.parametrize(
    "words",
    [
        "/opt/node/bin/node /home/claw/.npm-global/bin/openclaw update --yes",
        "node /usr/lib/node_modules/openclaw/dist/entry.js --profile work update",
        "openclaw --update",
        "openclaw-update",
        "node /opt/node/bin/npm install -g openclaw@2026.9.6 --no-fund",
        "npm i -g clawdbot",
    ],
)
def test_an_update_is_known_by_its_words(words: str) -> None:
    assert updating_process(f"  17 -bash\n 4711 {words}\n") == "4711"


@pytest.mark.parametrize(
    "words",
    [
        "openclaw-gateway",
        "node /usr/lib/node_modules/openclaw/dist/entry.js update-status",
        "nsenter -t 1 -- openclaw update",
        "vim openclaw update",
        "npm install -g openclaw-skills",
        "npm run openclaw",
    ],
)
def test_what_only_has_the_words_is_none(words: str) -> None:
    assert updating_process(f" 4711 {words}\n") == ""
