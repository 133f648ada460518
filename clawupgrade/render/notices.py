"""Notices that wait to be sent."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from clawupgrade.policy.notices import Notice
from clawupgrade.render.documents import print_json


def show_notices(waiting: Sequence[Notice], *, as_json: bool, quiet: bool, tested: bool) -> None:
    """Each with what kept it from being sent."""
    if as_json:
        print_json({"schema": "clawupgrade.notices.v1", "exit_code": 0, "waiting": msgspec.to_builtins(list(waiting))})
        return
    if quiet:
        return
    for each in waiting:
        print(f"{each.created:%Y-%m-%d %H:%M} UTC  tried {each.tries} times  {each.title}  {each.problem}")
    if tested:
        print("✓ every channel took the test")
    elif not waiting:
        print("no notice waits")
