from __future__ import annotations

import errno

import pytest

from clawupgrade.errors import Exit
from clawupgrade.host.snapshots.errors import SnapshotDamaged, refused, shown, unrestorable


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EACCES, errno.EIO, errno.EDQUOT, errno.EMFILE])
def test_a_refusal_is_one_line_that_names_the_file_and_says_what_to_do(number: int) -> None:
    error = refused(OSError(number, "x", "/state/a\nb\udcff"))
    assert error.message.startswith("snapshot refused: /state/a\\nb\\udcff: ")
    assert "\n" not in error.message
    assert error.hint
    assert error.exit_code is Exit.REFUSED


def test_a_stopped_restore_can_be_run_again_and_pages_someone() -> None:
    error = unrestorable(OSError(errno.ENOSPC, "x", "/state/a"))
    assert isinstance(error, SnapshotDamaged)
    assert error.exit_code is Exit.BROKEN
    assert error.hint.endswith("The restore can be run again.")


def test_any_name_can_be_printed() -> None:
    assert shown(b"/caf\xe9\r") == "/caf\\udce9\\r"
    assert shown(None) == "the snapshot store"
