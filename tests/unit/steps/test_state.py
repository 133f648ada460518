"""State: it goes back only to a snapshot that was sealed."""

from __future__ import annotations

import pytest

from clawupgrade.errors import UndoFailed
from clawupgrade.ports import Host
from clawupgrade.steps.state import carry_home
from steps.taking import reached, take_back


def test_state_does_not_go_back_to_a_snapshot_that_was_never_sealed() -> None:
    machine, plan = reached("quiesce")
    with pytest.raises(UndoFailed, match="no sealed snapshot"):
        take_back("doctor", plan, machine.host())


def _moved() -> tuple[Host, str, str]:
    """A state folder that doctor has carried elsewhere, and the link that it left behind."""
    machine, plan = reached("doctor")
    host, home = machine.host(), plan.install.state_dir
    away = f"{home}-moved"
    host.files.rename(home, away)
    host.files.link(home, away)
    return host, away, home


def test_a_state_that_was_moved_is_carried_home_once_and_for_all() -> None:
    host, away, home = _moved()
    names = host.files.names(away)
    for _ in range(2):
        carry_home(host, away, home)
        assert host.files.names(home) == names
        assert not host.files.exists(away)


def test_a_link_that_leads_home_is_never_taken_for_the_state() -> None:
    """A second way back once stood before `~/.clawdbot`, a link, and `~/.openclaw`, all there was."""
    host, away, home = _moved()
    names = host.files.names(away)
    carry_home(host, home, away)
    assert host.files.names(away) == names


def test_nothing_is_carried_over_something_else() -> None:
    host, away, home = _moved()
    host.files.remove(home)
    host.files.make_folder(home)
    with pytest.raises(UndoFailed, match="cannot be moved back"):
        carry_home(host, away, home)
    assert host.files.names(away)
