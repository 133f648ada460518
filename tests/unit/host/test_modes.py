"""host.files: permission bits, read and given."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

from clawupgrade.host.files import LocalFiles


def test_a_mode_is_read_through_a_link_and_given(tmp_path: Path) -> None:
    files = LocalFiles(cast(Any, None))
    path = tmp_path / "config"
    assert files.mode(str(path)) is None
    path.write_text("{}")
    path.chmod(0o644)
    (tmp_path / "link").symlink_to(path)
    assert files.mode(str(tmp_path / "link")) == 0o644
    files.set_mode(str(path), 0o600)
    assert files.mode(str(path)) == 0o600
    assert path.read_text() == "{}"
