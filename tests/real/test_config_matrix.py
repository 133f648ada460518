"""From every release's sample to every later release: the real target takes what our migrations and its doctor make.

Each release is installed and nothing more: it is asked in a cell, a home without a machine around it and without a
network. Its doctor is run there as well.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from lab.cell import Cell, lay_package, make_home
from lab.releases import release_of
from lab.root import Lab

from clawupgrade.migrations import registry
from clawupgrade.openclaw.diff import Judgement, Mask, compare
from clawupgrade.openclaw.document import Document
from clawupgrade.openclaw.validation import Issue, explain, issues, unknown_paths

pytestmark = pytest.mark.real

SAMPLES = Path(__file__).parents[1] / "unit/openclaw/samples"
ORIGINS = {
    "everything-old.json5": "2026.1.24-3",
    "one-line.json5": "2026.1.24-3",
    "crlf-bom-include.json5": "2026.1.24-3",
    "commented-2026.2.json5": "2026.2.12",
    "onboard-2026.2.12.json": "2026.2.12",
    "lan-two-secrets.json5": "2026.2.12",
    "onboard-2026.4.29.json": "2026.4.29",
    "onboard-2026.6.11.json": "2026.6.11",
    "secret-refs.json5": "2026.6.11",
    "onboard-2026.9.6.json": "2026.9.6",
}
TARGETS = ["2026.2.12", "2026.4.29", "2026.6.11", "2026.7.1", "2026.8.2", "2026.9.6"]
HAS_NO_VALIDATE = ("2026.2.12",)
DOCTOR = ("doctor", "--fix", "--non-interactive", "--yes")
# What the samples include, and what their references stand for.
BESIDE = {"agents.json5": "{ defaults: { workspace: '~/.openclaw/workspace' } }"}
VARIABLES = dict.fromkeys(
    ("OPENCLAW_GATEWAY_TOKEN", "TELEGRAM_BOT_TOKEN", "NOTES_KEY", "GATEWAY_TOKEN"), "not-a-real-secret-but-long-enough"
)


def _order(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.partition("-")[0].split("."))


def pairs() -> Iterator[tuple[str, str]]:
    """(sample, target), a release's own samples with it."""
    for target in TARGETS:
        for sample, origin in ORIGINS.items():
            if _order(origin) <= _order(target):
                yield sample, target


def migrated(sample: str, target: str) -> Document:
    """The sample with our migrations for a target; a second pass finds nothing to do."""
    document = Document.parse((SAMPLES / sample).read_bytes(), source=sample)
    after = registry.apply(document, registry.pending(ORIGINS[sample], target, document))
    assert registry.apply(after, registry.pending(ORIGINS[sample], target, after)) is after, "not settled"
    return after


@dataclass(frozen=True, slots=True)
class Asked:
    """A release in a cell, with one config in its home."""

    cell: Cell
    version: str

    @property
    def config(self) -> Path:
        return self.cell.home / ".openclaw/openclaw.json"

    def put(self, text: str) -> None:
        """Write the config as the user who owns it would, and what it includes."""
        place = ".openclaw"
        beside = "".join(f"cat > {place}/{name} <<'END'\n{inner}\nEND\n" for name, inner in BESIDE.items())
        self.cell.shell(f"umask 077; mkdir -p {place}\n{beside}cat > {place}/openclaw.json <<'END'\n{text}\nEND\n")

    def openclaw(self, *words: str) -> str:
        done = self.cell.run(["openclaw", *words], env=VARIABLES, timeout=600)
        return done.out + done.err

    def objections(self) -> tuple[Issue, ...]:
        """What it has against the config; 2026.2 has no `config validate`, but reads the config for `config get`."""
        if self.version in HAS_NO_VALIDATE:
            said = self.openclaw("config", "get", "gateway.mode")
            return () if said.strip().endswith("local") else (Issue((), said),)
        found = issues(self.openclaw("config", "validate", "--json"))
        assert found is not None, "it cannot be asked"
        return found


@pytest.fixture
def asked(lab: Lab, request: pytest.FixtureRequest) -> Iterator[Asked]:
    """The target in a home of its own."""
    sample, target = request.param
    home = make_home(lab.root / "cells" / f"{target}-{sample}")
    (home / ".npm-global").mkdir()
    yield Asked(Cell(lab, home, lay_package(lab, release_of(target))), target)
    shutil.rmtree(home)


@pytest.mark.parametrize(("asked", "sample"), [(pair, pair[0]) for pair in pairs()], indirect=["asked"])
def test_the_real_release_takes_every_migrated_sample(asked: Asked, sample: str) -> None:
    """It takes it as it is, or what it has against it is an old shape of which its own doctor leaves nothing."""
    document = migrated(sample, asked.version)
    asked.put(document.text)
    found = asked.objections()
    assert [issue.message for issue in found if issue.is_wrong_value] == []
    if not found:
        return
    asked.openclaw(*DOCTOR)
    left = asked.objections()
    assert left == (), explain(document, left)


@pytest.mark.full
@pytest.mark.parametrize(("asked", "sample"), [(pair, pair[0]) for pair in pairs()], indirect=["asked"])
def test_what_its_doctor_makes_of_it_is_no_loss(asked: Asked, sample: str) -> None:
    """Whatever the sample sets up is there afterwards, or the release told that it does not know the key."""
    document = migrated(sample, asked.version)
    asked.put(document.text)
    refused = unknown_paths(asked.objections())
    asked.openclaw(*DOCTOR)
    after = Document.parse(asked.config.read_bytes())
    diff = compare(document.value, after.value, mask=Mask(b"k" * 32), refused=refused)
    print("\n".join(line for line in diff.lines if "cosmetic" not in line))
    assert [change.line for change in diff.judged(Judgement.LOSS)] == []
    assert json.dumps(after.value).count("not-a-real-secret") == 0, "a reference was written out"
