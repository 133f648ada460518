"""Faults planted in the steps: each is one careless line that somebody might write."""

from __future__ import annotations

import pytest

from clawupgrade.engine.step import Evidence
from clawupgrade.model import Plan
from clawupgrade.ports import Host
from clawupgrade.steps import confirm, conserve, leftovers, packages, update
from clawupgrade.steps import state as states
from clawupgrade.steps.doctor import Doctor
from clawupgrade.steps.quiesce import Quiesce
from clawupgrade.steps.start import Start
from clawupgrade.steps.switch import Switch
from clawupgrade.steps.update import Update

Patch = pytest.MonkeyPatch


def switch_is_undone_by_the_plan(patch: Patch) -> None:
    """The journal says that the switch began, so it is exchanged back, wherever the old version lies."""

    def undo(step: Switch, host: Host, plan: Plan) -> Evidence:
        host.files.exchange(step.hop.live, step.hop.tree)
        return {}

    patch.setattr(Switch, "undo", undo)


def old_gateway_is_not_asked(patch: Patch) -> None:
    """It was started, so it serves."""

    def undo(step: Quiesce, host: Host, plan: Plan) -> Evidence:
        if plan.serve_after:
            host.services.start(plan.install.service, plan.limits.stop)
        return {}

    patch.setattr(Quiesce, "undo", undo)


def doctor_is_not_undone(patch: Patch) -> None:
    """The old package is back; what doctor did to the state was only a repair."""
    patch.setattr(Doctor, "undo", lambda step, host, plan: {})


def update_leaves_its_state(patch: Patch) -> None:
    """`openclaw update` changed the package, so the package is put back."""

    def put_back(host: Host, plan: Plan) -> None:
        """Nothing."""

    before = Update.undo

    def undo(step: Update, host: Host, plan: Plan) -> Evidence:
        with pytest.MonkeyPatch.context() as inner:
            inner.setattr(states, "put_back", put_back)
            return before(step, host, plan)

    patch.setattr(Update, "undo", undo)


def torn_tree_goes_by_its_name(patch: Patch) -> None:
    """A tree that names the old version is the old version."""

    def undo(step: Update, host: Host, plan: Plan) -> Evidence:
        states.put_back(host, plan)
        old = plan.install.package
        if packages.version_at(host, step.hop.tree) == old.version:
            packages.put_live(host, step.hop.tree, old.root)
        return {}

    patch.setattr(Update, "undo", undo)


def no_last_pass(patch: Patch) -> None:
    """The snapshot was taken a minute ago; it is sealed as it is."""

    def do(step: Quiesce, host: Host, plan: Plan) -> None:
        host.snapshots.seal(plan.snapshot)
        if plan.serve_after:
            host.services.stop(plan.install.service, plan.limits.stop)

    patch.setattr(Quiesce, "do", do)


def state_restored_under_the_gateway(patch: Patch) -> None:
    """Going back, the new gateway is left running until the old one starts."""
    patch.setattr(Start, "undo", lambda step, host, plan: {})
    patch.setattr(states.serving, "make_way", lambda host, plan: None)


def nothing_is_synced_at_the_end(patch: Patch) -> None:
    """The gateway serves: what more could be wanted before the run counts as done?"""
    patch.setattr(confirm.Confirm, "do", lambda step, host, plan: None)


def exchanged_back_the_same_way(patch: Patch) -> None:
    """Where an exchange takes three renames, it does not matter which tree makes way first."""

    def put_live(host: Host, kept: str, live: str) -> None:
        if host.files.exists(live):
            host.files.exchange(live, kept)
        else:
            host.files.rename(kept, live)

    patch.setattr(packages, "put_live", put_live)


def updater_may_start_the_gateway(patch: Patch) -> None:
    """OpenClaw's updater leaves the gateway as it found it."""
    before = Update.do

    def do(step: Update, host: Host, plan: Plan) -> None:
        with pytest.MonkeyPatch.context() as inner:
            inner.setattr(update.serving, "make_way", lambda host, plan: None)
            before(step, host, plan)

    patch.setattr(Update, "do", do)


def losses_are_accepted(patch: Patch) -> None:
    """The gateway serves; nobody has asked for what it does not have any more."""
    patch.setattr(conserve, "losses", lambda before, after, **more: ())


def leftovers_stay(patch: Patch) -> None:
    """Half a file beside the file does no harm."""
    patch.setattr(leftovers, "remove", lambda host, *paths: None)


def stopped_is_believed(patch: Patch) -> None:
    """The service manager said that it stopped the gateway that was stopped before the run."""
    before = Start.prove

    def prove(step: Start, host: Host, plan: Plan) -> Evidence:
        return before(step, host, plan) if plan.serve_after else {}

    patch.setattr(Start, "prove", prove)
