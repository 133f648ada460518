"""From every release's sample to every later release: the real target takes what our migrations and its doctor make."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from lab.host import Host

from clawupgrade.migrations import registry
from clawupgrade.openclaw.document import Document
from clawupgrade.openclaw.validation import Issue, issues

pytestmark = [pytest.mark.real, pytest.mark.full]

SAMPLES = Path(__file__).parents[1] / "unit/openclaw/samples"
ORIGINS = {
    "everything-old.json5": "2026.1.24-3",
    "commented-2026.2.json5": "2026.2.12",
    "onboard-2026.2.12.json": "2026.2.12",
    "lan-two-secrets.json5": "2026.2.12",
    "onboard-2026.4.29.json": "2026.4.29",
    "onboard-2026.6.11.json": "2026.6.11",
    "secret-refs.json5": "2026.6.11",
    "onboard-2026.9.6.json": "2026.9.6",
}
TARGETS = ["2026.2.12", "2026.4.29", "2026.6.11", "2026.7.1", "2026.8.2", "2026.9.6"]


def _order(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.partition("-")[0].split("."))


def migrated(sample: str, target: str) -> str:
    """The sample with our migrations for a target, its paths below a folder of its own."""
    document = Document.parse((SAMPLES / sample).read_bytes(), source=sample)
    after = registry.apply(document, registry.pending(ORIGINS[sample], target, document))
    assert registry.apply(after, registry.pending(ORIGINS[sample], target, after)) is after, "not settled"
    return after.text


class Room:
    """A home of its own on the host, where a release finds one config and nothing else."""

    def __init__(self, host: Host, name: str, config: str) -> None:
        self.host, self.home = host, f"/home/claw/rooms/{name}"
        host.shell(f"mkdir -p -m 700 {self.home}/.openclaw")
        placed = config.replace('"/home/claw', f'"{self.home}').replace('"~/', f'"{self.home}/')
        host.run(["tee", f"{self.home}/.openclaw/openclaw.json"], stdin=placed, check=True)

    def openclaw(self, *words: str) -> str:
        env = {"HOME": self.home, "XDG_RUNTIME_DIR": self.home, "DBUS_SESSION_BUS_ADDRESS": ""}
        return self.host.run(["openclaw", *words], env=env, timeout=600).out

    def objections(self) -> tuple[Issue, ...] | None:
        return issues(self.openclaw("config", "validate", "--json"))


@pytest.mark.parametrize("target", TARGETS)
def test_the_real_release_takes_every_migrated_sample(target: str, host_factory: Callable[..., Host]) -> None:
    host = host_factory(target, lived=False)
    wrong: dict[str, list[str]] = {}
    for sample, origin in ORIGINS.items():
        if _order(origin) > _order(target):
            continue
        room = Room(host, sample, migrated(sample, target))
        found = room.objections()
        if found is None:
            assert _order(target) < _order("2026.4.0"), "it has no config validate"
        before = json.dumps([issue.message for issue in found or () if issue.is_wrong_value])
        room.openclaw("doctor", "--fix", "--non-interactive", "--yes")
        left = room.objections()
        if before != "[]" or left:
            wrong[sample] = [before, *(f"{issue.path}: {issue.message}" for issue in left or ())]
    assert wrong == {}
