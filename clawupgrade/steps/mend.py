"""Mend: what doctor dropped from the config goes back in, if the target's own validation takes it."""

from __future__ import annotations

import json

from msgspec import Struct

from clawupgrade.conservation.losses import Loss, losses, names_beyond
from clawupgrade.conservation.putting_back import put_back
from clawupgrade.conservation.rows import OnLoss, Repair, row_of
from clawupgrade.conservation.thing import Inventory
from clawupgrade.engine.step import Evidence
from clawupgrade.migrations import registry
from clawupgrade.model import Hop, Plan
from clawupgrade.openclaw.diff import Mask, compare
from clawupgrade.openclaw.diff.switches import switched_off, told
from clawupgrade.openclaw.document import Document
from clawupgrade.openclaw.validation import Issue
from clawupgrade.ports import Event, Host
from clawupgrade.steps import judging, leftovers, serving
from clawupgrade.steps.inventory import read_inventory
from clawupgrade.steps.stock import path_of, seat, take_stock

_MOST_CHANGES = 200


class Mend(Struct, frozen=True):
    """Runs while the gateway is away, so that it never serves with less than it had."""

    hop: Hop
    live: bool = True

    @property
    def name(self) -> str:
        """`mend:VERSION`."""
        return f"mend:{self.hop.version}"

    def do(self, host: Host, plan: Plan) -> None:
        """Close what was opened to others, then put back what is lost; only what the target takes stays."""
        lost = [loss for loss in self._lost(host, plan) if loss.policy is not OnLoss.ACCEPT]
        notes: list[str] = []
        counted = read_inventory(host, plan).of("modes") or {}
        for loss in (loss for loss in lost if row_of(loss.row).repair is Repair.CLOSE):
            host.files.set_mode(path_of(seat(host, plan), loss.name), int(counted[loss.name].value, 8))
            notes.append(f"{loss.words}: it has its mode back")
        put = self._put_back(host, plan, [loss for loss in lost if row_of(loss.row).repair is Repair.PUT_BACK])
        notes += [f"{loss.words} after doctor: it was put back" for loss in put]
        if notes:
            host.files.write(self._notes(plan), json.dumps(notes).encode())
        for note in notes:
            host.say(Event("note", self.name, note))

    def prove(self, host: Host, plan: Plan) -> Evidence:
        """What the config has become, in words and without secrets; whether that is a loss is asked at the end."""
        before, now = self._migrated(host, plan), _current(host, plan)
        diff = compare(before.value, now.value, mask=Mask(host.secrets.key()))
        counted, after = read_inventory(host, plan), take_stock(host, seat(host, plan))
        notes = json.loads(host.files.read(self._notes(plan)) or b"[]")
        return {
            "changes": diff.to_json()[:_MOST_CHANGES],
            "came": names_beyond(after, counted),
            "gone": names_beyond(counted, after),
            "lost": [loss.words for loss in self._between(host, plan, counted, after)],
            "notes": [*notes, *told(switched_off(diff.changes))],
        }

    def undo(self, host: Host, plan: Plan) -> Evidence:
        """Nothing: doctor's way back puts the whole state back, this with it."""
        leftovers.remove(host, seat(host, plan).config_path, self._notes(plan))
        return {}

    def _notes(self, plan: Plan) -> str:
        return f"{plan.folder}/mended-{self.hop.version}.json"

    def _lost(self, host: Host, plan: Plan) -> tuple[Loss, ...]:
        return self._between(host, plan, read_inventory(host, plan), take_stock(host, seat(host, plan)))

    def _between(self, host: Host, plan: Plan, before: Inventory, after: Inventory) -> tuple[Loss, ...]:
        return losses(before, after, now=_now(host), policy=dict(plan.losses or ()), serving=False)

    def _migrated(self, host: Host, plan: Plan) -> Document:
        """The config before the run with the migrations of every hop up to this one."""
        content = host.snapshots.read_file(plan.snapshot, plan.install.config_path)
        document = Document.parse(content if content is not None else "{}", source=plan.install.config_path)
        for hop in plan.hops[: plan.hops.index(self.hop) + 1]:
            document = registry.apply(document, registry.named(hop.migrations))
        return document

    def _put_back(self, host: Host, plan: Plan, lost: list[Loss]) -> list[Loss]:
        before, doctored = self._migrated(host, plan), _current(host, plan)
        kept = [loss for loss in lost if put_back(before, doctored, row_of(loss.row), loss.name) is not None]
        path = seat(host, plan).config_path
        while kept:
            document = doctored
            for loss in kept:
                document = put_back(before, document, row_of(loss.row), loss.name) or document
            serving.make_way(host, plan)
            host.files.write(path, document.encoded, like=path)
            found = judging.objections_of(host, plan, self.hop)
            if found == ():
                break
            host.files.write(path, doctored.encoded, like=path)
            kept = [] if found is None else _unrefused(kept, found)
        return kept


def _unrefused(kept: list[Loss], found: tuple[Issue, ...]) -> list[Loss]:
    """Without those that the target objects to; none at all where it cannot be told which those are."""
    refused = {str(step) for issue in found for path in (issue.path, *issue.unknown) for step in path}
    left = [loss for loss in kept if loss.name not in refused and not refused.intersection(loss.name.split("."))]
    return left if len(left) < len(kept) else []


def _current(host: Host, plan: Plan) -> Document:
    path = seat(host, plan).config_path
    content = host.files.read(path)
    return Document.parse(content if content is not None else "{}", source=path)


def _now(host: Host) -> int:
    return int(host.clock.now().timestamp() * 1000)
