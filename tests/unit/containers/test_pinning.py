"""The pinning file: ours says so and carries what else is ours; of the user's own, one value changes and no more."""

from __future__ import annotations

import pytest

from clawupgrade.containers import pinning
from clawupgrade.errors import Refused

FILE = b"""\
# The front desk.
services:
  db:
    image: postgres:16   # not ours
  gateway:
    # by tag, as the guide has it
    image: claw/openclaw:2026.6.11   # until the summer
    environment:   { A: "1" }
"""


def test_one_value_changes_and_every_other_byte_stays() -> None:
    edited = pinning.with_image(FILE, "gateway", "claw/openclaw@sha256:12")
    assert edited == FILE.replace(b"image: claw/openclaw:2026.6.11 ", b'image: "claw/openclaw@sha256:12" ')


@pytest.mark.parametrize(
    ("value", "left"),
    [
        ("'a:1'", '"b"'),
        ('"a:1" # why', '"b" # why'),
        ("${IMAGE:-a:1}", '"b"'),
        ("a:1", '"b"'),
    ],
)
def test_quotes_variables_and_comments_are_read_as_yaml_reads_them(value: str, left: str) -> None:
    text = f"services:\n  s:\n    image: {value}\n    ports: []\n".encode()
    assert pinning.with_image(text, "s", "b") == f"services:\n  s:\n    image: {left}\n    ports: []\n".encode()


def test_a_file_that_names_no_image_for_the_service_is_not_written() -> None:
    with pytest.raises(Refused):
        pinning.with_image(b"services: {s: {build: .}}", "s", "b")
    assert not pinning.image_in(b"services: [", "s")


def test_the_last_file_that_names_it_counts() -> None:
    texts = [("a", FILE), ("b", FILE), ("c", b"services: {gateway: {ports: []}}")]
    assert pinning.files_with_image(texts, "gateway") == "b"
    assert pinning.files_with_image(texts, "front") == ""


def test_what_ours_carries_besides_the_image_goes_into_the_next_one() -> None:
    more = {"volumes": ["/srv/claw/openclaw-state:/home/node/.openclaw"], "env_file": ["/srv/claw/gateway.env"]}
    first = pinning.override_text("gateway", "", "2026.6.11", more)
    assert pinning.is_ours(first)
    assert pinning.carried(first, "gateway") == more
    second = pinning.override_text("gateway", "sha256:12", "2026.9.6", pinning.carried(first, "gateway"))
    assert pinning.carried(second, "gateway") == more
    assert pinning.image_in(second, "gateway")
    assert pinning.carried(FILE, "gateway") == {}, "nothing is carried out of a file that is not ours"


def test_a_service_with_a_build_section_builds() -> None:
    assert pinning.builds(b"services: {s: {build: ., image: a}}", "s")
    assert not pinning.builds(FILE, "gateway")


def test_compose_reads_an_override_only_beside_the_one_file_that_it_finds_by_itself() -> None:
    beside = pinning.override_beside
    assert beside(("/p/docker-compose.yml",), "/p") == "/p/docker-compose.override.yml"
    assert beside(("/p/a.yaml", "/p/b.yaml"), "/p") == ""
    assert beside(("/q/compose.yaml",), "/p") == ""
