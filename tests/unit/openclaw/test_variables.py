"""Old names of variables get their new ones beside them, once."""

from __future__ import annotations

import pytest

from clawupgrade.openclaw.variables import with_new_names

UNIT = """[Service]
Environment="CLAWDBOT_GATEWAY_TOKEN=a b" FOO=1
Environment=PATH=/usr/bin:/home/claw/CLAWDBOT_X
ExecStart=/usr/bin/node CLAWDBOT_ARG=1
"""


@pytest.mark.parametrize(
    ("text", "is_unit", "then"),
    [
        ("CLAWDBOT_A=1", False, "CLAWDBOT_A=1\nOPENCLAW_A=1"),
        (
            "export MOLTBOT_A='x # y' # z\r\nB=2\r\n",
            False,
            "export MOLTBOT_A='x # y' # z\r\nexport OPENCLAW_A='x # y' # z\r\nB=2\r\n",
        ),
        ("CLAWDBOT_A=1\nOPENCLAW_A=2\n", False, "CLAWDBOT_A=1\nOPENCLAW_A=2\n"),
        ("# CLAWDBOT_A=1\nMY_CLAWDBOT_A=1\n", False, "# CLAWDBOT_A=1\nMY_CLAWDBOT_A=1\n"),
        (
            UNIT,
            True,
            UNIT.replace("FOO=1\n", 'FOO=1\nEnvironment="OPENCLAW_GATEWAY_TOKEN=a b" FOO=1\n'),
        ),
        ("", True, ""),
    ],
)
def test_the_new_name_stands_right_after_the_old_one(text: str, is_unit: bool, then: str) -> None:
    found = with_new_names(text, is_unit=is_unit)
    assert found == then
    assert with_new_names(found, is_unit=is_unit) == found
