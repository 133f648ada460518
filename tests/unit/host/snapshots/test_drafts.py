from __future__ import annotations

from pathlib import Path

from clawupgrade.host.snapshots.drafts import Drafts
from clawupgrade.host.snapshots.header import Header


def test_a_draft_is_complete_with_its_header(tmp_path: Path) -> None:
    drafts = Drafts(tmp_path / "drafts")
    drafts.begin("one")
    drafts.write_manifest("one", "state", ["{}"])
    assert not drafts.exists("one")
    drafts.write_header(Header("one", 5, ()))
    assert drafts.exists("one")
    assert drafts.header("one") == Header("one", 5, ())
    assert drafts.manifest("one", "state") == b"{}\n"
    assert list(drafts.manifests()) == [b"{}\n"]


def test_what_was_read_back_is_remembered(tmp_path: Path) -> None:
    drafts = Drafts(tmp_path / "drafts")
    drafts.begin("one")
    assert drafts.verified("one") == set()
    drafts.mark_verified("one", {"b", "a"})
    assert drafts.verified("one") == {"a", "b"}
    drafts.begin("one")
    assert drafts.verified("one") == set()


def test_a_draft_goes_and_goes_again(tmp_path: Path) -> None:
    drafts = Drafts(tmp_path / "drafts")
    drafts.begin("one")
    drafts.remove("one")
    drafts.remove("one")
    assert drafts.ids() == []
