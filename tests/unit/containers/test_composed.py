"""Paths inside and outside, and what names an image."""

from __future__ import annotations

from clawupgrade.composed import Composed, Image, Mount, repository_of, tag_of
from clawupgrade.composing import reference_for

FOUND = Composed(
    ("docker",),
    ("docker", "compose"),
    "claw",
    "/srv/claw",
    ("/srv/claw/compose.yaml",),
    "gateway",
    "c1",
    "ghcr.io/openclaw/openclaw:2026.6.11",
    "sha256:1",
    mounts=(Mount("/vol", "/home/node/.openclaw"), Mount("/ws", "/home/node/.openclaw/workspace")),
)


def test_the_innermost_mount_says_where_a_path_lies() -> None:
    assert FOUND.outside("/home/node/.openclaw/openclaw.json") == "/vol/openclaw.json"
    assert FOUND.outside("/home/node/.openclaw/workspace/a") == "/ws/a"
    assert FOUND.outside("/home/node/.openclaw-x") is None
    assert FOUND.below("/home/node/.openclaw") == (FOUND.mounts[1],)


def test_an_image_is_pinned_by_its_own_repositorys_digest() -> None:
    image = Image("sha256:1", ("other/x@sha256:2", "ghcr.io/openclaw/openclaw@sha256:3"))
    assert image.pinned(FOUND.image) == "ghcr.io/openclaw/openclaw@sha256:3"
    assert image.pinned("openclaw:local") == "sha256:1"


def test_a_ports_colon_is_no_tags() -> None:
    assert repository_of("localhost:5000/claw") == "localhost:5000/claw"
    assert tag_of("localhost:5000/claw") == "latest"
    assert tag_of("claw@sha256:1") == ""


def test_the_next_versions_image_is_of_the_same_repository() -> None:
    assert reference_for(FOUND, "2026.9.6") == "ghcr.io/openclaw/openclaw:2026.9.6"
