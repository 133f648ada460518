"""From every release's sample to every later release: the real target takes what our migrations and its doctor make.

Each release is installed and nothing more: it is asked in a cell, a home without a machine around it and without a
network. Its doctor is run there as well.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from lab.cell import Cell, lay_package, make_home
from lab.releases import release_of
from lab.root import Lab

from clawupgrade.conservation.losses import losses, take
from clawupgrade.conservation.material import Material
from clawupgrade.conservation.putting_back import put_back
from clawupgrade.conservation.rows import OnLoss, row_of
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
    # 2026.2.12 does not know `mcp` yet.
    "commented-2026.2.json5": "2026.4.29",
    "onboard-2026.2.12.json": "2026.2.12",
    "lan-two-secrets.json5": "2026.2.12",
    "onboard-2026.4.29.json": "2026.4.29",
    "onboard-2026.6.11.json": "2026.6.11",
    "secret-refs.json5": "2026.6.11",
    "onboard-2026.9.6.json": "2026.9.6",
}
TARGETS = ["2026.2.12", "2026.4.29", "2026.6.11", "2026.7.1", "2026.8.2", "2026.9.6"]
TELLING = ("everything-old.json5", "commented-2026.2.json5", "secret-refs.json5")
HAS_NO_VALIDATE = ("2026.2.12",)
DOCTOR = ("doctor", "--fix", "--non-interactive", "--yes")
AT_ONCE = 2
DOCTORED = ("2026.9.6",)
"""Whose doctor is run in the short test as well."""
# 2026.9.6's doctor asks npm for the plugins of configured channels: offline, npm would try each again for a minute.
PATIENCE = {"npm_config_fetch_retries": "0"}
# What the samples include, and what their references stand for.
BESIDE = {"agents.json5": "{ defaults: { workspace: '~/.openclaw/workspace' } }"}
VARIABLES = dict.fromkeys(
    ("OPENCLAW_GATEWAY_TOKEN", "TELEGRAM_BOT_TOKEN", "NOTES_KEY", "GATEWAY_TOKEN"), "not-a-real-secret-but-long-enough"
)


def _order(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.partition("-")[0].split("."))


def samples_up_to(target: str) -> list[str]:
    """A release's own samples and those of every release before it."""
    return [sample for sample, origin in ORIGINS.items() if _order(origin) <= _order(target)]


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
        beside = "".join(f"cat > .openclaw/{name} <<'END'\n{inner}\nEND\n" for name, inner in BESIDE.items())
        config = f"cat > .openclaw/openclaw.json <<'END'\n{text}\nEND\n"
        self.cell.shell(f"umask 077; mkdir -p .openclaw\n{beside}{config}")

    def openclaw(self, *words: str) -> str:
        done = self.cell.run(["openclaw", *words], env=VARIABLES | PATIENCE, timeout=900)
        return done.out + done.err

    def objections(self) -> tuple[Issue, ...]:
        """What it has against the config; 2026.2 has no `config validate`, but reads the config for `config get`."""
        if self.version in HAS_NO_VALIDATE:
            said = self.openclaw("config", "get", "gateway.mode")
            return () if "local" in said.split() else (Issue((), said),)
        said = self.openclaw("config", "validate", "--json")
        found = issues(said)
        assert found is not None, f"it cannot be asked: {said}"
        return found


@contextmanager
def asked(lab: Lab, target: str, sample: str) -> Iterator[Asked]:
    """The target in a home of its own that goes again."""
    home = make_home(lab.root / "cells" / f"{target}-{sample}")
    (home / ".npm-global").mkdir()
    try:
        yield Asked(Cell(lab, home, lay_package(lab, release_of(target))), target)
    finally:
        shutil.rmtree(home)


def mended(document: Document, doctored: Document) -> Document:
    """With what this doctor lost put back, as a run does: 2026.2.12's writes references out (#9627)."""
    before, after = (take(Material(config=each.value)) for each in (document, doctored))
    for loss in losses(before, after, now=0, policy={}, serving=False):
        if loss.policy is not OnLoss.ACCEPT:
            print("put back:", loss.words)
            doctored = put_back(document, doctored, row_of(loss.row), loss.name) or doctored
    return doctored


def what_is_wrong(lab: Lab, target: str, sample: str, *, thorough: bool) -> list[str]:
    """Every objection, and with `thorough` every loss, in words; nothing for a sample that arrives whole."""
    document = migrated(sample, target)
    with asked(lab, target, sample) as release:
        release.put(document.text)
        found = release.objections()
        # 2026.2.12's doctor drops what it objects to.
        is_final = target in HAS_NO_VALIDATE
        wrong = list(explain(document, [issue for issue in found if is_final or issue.is_wrong_value]))
        if not thorough and (not found or target not in DOCTORED):
            return wrong
        release.openclaw(*DOCTOR)
        doctored = Document.parse(release.config.read_bytes(), source=sample)
        after = mended(document, doctored)
        if after is not doctored:
            release.put(after.text)
        wrong += [f"after doctor: {line}" for line in explain(after, release.objections())]
        diff = compare(document.value, after.value, mask=Mask(b"k" * 32), refused=unknown_paths(found))
        print(f"\n{sample} → {target}", *(line for line in diff.lines if "[cosmetic" not in line), sep="\n  ")
        wrong += [change.line for change in diff.judged(Judgement.LOSS)]
        if "not-a-real-secret" in json.dumps(after.value):
            wrong.append("a reference was written out")
    return wrong


def require_nothing_wrong(lab: Lab, target: str, samples: list[str], *, thorough: bool) -> None:
    with ThreadPoolExecutor(AT_ONCE) as pool:
        every = pool.map(lambda sample: what_is_wrong(lab, target, sample, thorough=thorough), samples)
        wrong = {sample: found for sample, found in zip(samples, every, strict=True) if found}
    assert wrong == {}, json.dumps(wrong, indent=2, ensure_ascii=False)


@pytest.mark.parametrize("target", TARGETS)
def test_the_real_release_takes_what_migrations_and_its_doctor_make(target: str, lab: Lab) -> None:
    """The telling samples and the newest onboarding; old shapes that a doctor mends are left to the long test."""
    known = samples_up_to(target)
    newest = [sample for sample in known if sample.startswith("onboard")][-1:]
    require_nothing_wrong(lab, target, [*(each for each in TELLING if each in known), *newest], thorough=False)


@pytest.mark.full
@pytest.mark.parametrize("target", TARGETS)
def test_every_sample_arrives_whole_at_every_later_release(target: str, lab: Lab) -> None:
    require_nothing_wrong(lab, target, samples_up_to(target), thorough=True)
