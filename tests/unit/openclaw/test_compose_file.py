"""What a compose file sets for a gateway: both ways to write it, its variables, and lines that set nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clawupgrade.openclaw.compose import keeps_state, settings_in

NAME = "OPENCLAW_GATEWAY_TOKEN"
FILE = """\
services:
  openclaw-gateway:
    image: openclaw:local
    environment:
      HOME: /home/node
      # OPENCLAW_GATEWAY_TOKEN: of-yesterday
{line}
    volumes:
      - ./data:/home/node/.openclaw
"""


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("      OPENCLAW_GATEWAY_TOKEN: plain", "plain"),
        ("      OPENCLAW_GATEWAY_TOKEN: 'quoted # whole'   # a comment", "quoted # whole"),
        ("      - OPENCLAW_GATEWAY_TOKEN=listed  # a comment", "listed"),
        ('      - "OPENCLAW_GATEWAY_TOKEN=quoted-whole"', "quoted-whole"),
        ("      OPENCLAW_GATEWAY_TOKEN: ${OPENCLAW_GATEWAY_TOKEN}", "of-dotenv"),
        ("      OPENCLAW_GATEWAY_TOKEN: ${OPENCLAW_GATEWAY_TOKEN:?say which}", "of-dotenv"),
        ("      OPENCLAW_GATEWAY_TOKEN: ${MISSING:-fallen-back}", "fallen-back"),
        ("      - OPENCLAW_GATEWAY_TOKEN=$OPENCLAW_GATEWAY_TOKEN", "of-dotenv"),
        ("      OPENCLAW_GATEWAY_TOKEN: ${MISSING}", None),
        ("      - OPENCLAW_GATEWAY_TOKEN", None),
        ("      OTHER_GATEWAY_TOKEN: x", None),
    ],
)
def test_every_way_to_write_it(line: str, value: str | None) -> None:
    found = settings_in(FILE.format(line=line), (NAME,), {NAME: "of-dotenv"})
    assert found == ({} if value is None else {NAME: value})


@given(st.text(max_size=300), st.dictionaries(st.text(max_size=5), st.text(max_size=5), max_size=3))
def test_no_text_makes_it_raise(text: str, variables: dict[str, str]) -> None:
    settings_in(text, (NAME,), variables)
    settings_in(f"{NAME}: {text}", (NAME,), variables)


@pytest.mark.parametrize(
    "line",
    [
        "      - ./data:/home/node/.openclaw",
        "      - ${OPENCLAW_CONFIG_DIR:-/srv/claw}:/home/node/.openclaw:rw,z  # its state",
        '      - "openclaw_home:/home/node"',
        "      - state:/root/.openclaw/",
        "        target: /home/node/.openclaw",
    ],
)
def test_a_state_that_is_kept(line: str) -> None:
    assert keeps_state(f"services:\n  gateway:\n    volumes:\n{line}\n")


@pytest.mark.parametrize(
    "line",
    [
        "      # - ./data:/home/node/.openclaw",
        "      - ./skills:/home/node/.openclaw/workspace",
        "      HOME: /home/node",
        "      - HOME=/home/node",
        "    working_dir: /home/node",
        "",
    ],
)
def test_a_state_that_goes_with_its_container(line: str) -> None:
    assert not keeps_state(f"services:\n  gateway:\n    volumes:\n{line}\n")
