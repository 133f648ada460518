"""State: it goes back only to a snapshot that was sealed."""

from __future__ import annotations

import pytest

from clawupgrade.errors import UndoFailed
from steps.taking import reached, take_back


def test_state_does_not_go_back_to_a_snapshot_that_was_never_sealed() -> None:
    machine, plan = reached("quiesce")
    with pytest.raises(UndoFailed, match="no sealed snapshot"):
        take_back("doctor", plan, machine.host())
