"""Faults planted where a container is held: who starts what at boot."""

from __future__ import annotations

import pytest

from clawupgrade.app import finish
from clawupgrade.model import Plan, Service
from clawupgrade.ports import Host
from clawupgrade.steps import held
from clawupgrade.steps.confirm import Confirm
from clawupgrade.steps.start import Start

Patch = pytest.MonkeyPatch


def stopped_container_stays_stopped(patch: Patch) -> None:
    """Docker starts nothing that somebody has stopped: true of `unless-stopped` alone."""
    patch.setattr(held, "hold", lambda host, plan: None)


def target_may_start_at_boot(patch: Patch) -> None:
    """The compose file says how the new container is restarted, and that will do."""

    def make(host: Host, plan: Plan, service: Service) -> None:
        assert service.composed is not None
        host.containers.create(service.composed)

    patch.setattr(held, "make", make)


def target_is_held_once_it_runs(patch: Patch) -> None:
    """First the start, then the policy: nobody pulls the plug just now."""
    make, do = held.make, Start.do

    def late(step: Start, host: Host, plan: Plan) -> None:
        with pytest.MonkeyPatch.context() as inner:
            inner.setattr(held, "make", lambda host, plan, service: None)
            do(step, host, plan)
        make(host, plan, plan.landing.service)

    patch.setattr(Start, "do", late)


def policy_is_not_given_back(patch: Patch) -> None:
    """The old container serves again: all is as it was."""
    patch.setattr(held, "let_go", lambda host, plan: None)


def released_before_the_commit(patch: Patch) -> None:
    """The target has proven itself; what can happen before the last record is written?"""
    do = Confirm.do

    def early(step: Confirm, host: Host, plan: Plan) -> None:
        do(step, host, plan)
        held.release(host, plan)

    patch.setattr(Confirm, "do", early)


def unit_goes_before_the_release(patch: Patch) -> None:
    """The run has closed: nobody needs its unit at the next boot."""
    remove = finish.remove_boot_units
    release = held.release
    patch.setattr(held, "release", remove)
    patch.setattr(finish, "remove_boot_units", release)
