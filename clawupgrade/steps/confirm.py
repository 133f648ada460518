"""Confirm: the commit point. A new process, which knows nothing of this run, sees a new handshake."""

from __future__ import annotations

from msgspec import Struct

from clawupgrade.engine.step import Evidence
from clawupgrade.errors import Exit, StepFailed
from clawupgrade.model import Engine, Plan
from clawupgrade.openclaw import output
from clawupgrade.ports import Command, Host
from clawupgrade.steps import clones


class Confirm(Struct, frozen=True):
    """What one process believes about a gateway is worth less than what a stranger sees."""

    name: str = "confirm"
    live: bool = True

    def do(self, host: Host, plan: Plan) -> None:
        """What the target and its own programs wrote is on the disk before it counts as done.

        A power cut after 2026.3's update left 5,346 files of length zero (ID-Robots/clawbox#894).
        """
        clones.forget(host, plan)  # the way back needs the snapshot alone
        live = () if plan.engine is Engine.IMAGE else (plan.hops[-1].live,)
        for path in (*live, *(path for _, path, _ in plan.sources)):
            if host.files.exists(host.files.real(path)):
                host.files.sync_tree(path)

    def prove(self, host: Host, plan: Plan) -> Evidence:
        """The stranger's verdict does not condemn."""
        if not plan.serve_after:
            return {"skipped": "the gateway was stopped before the run"}
        done = host.commands.run(Command((*plan.program, "probe", "--folder", plan.folder), wall=120.0))
        if done.rc not in (Exit.OK, Exit.NEEDS_PERSON):
            said = output.last_words(done.err or done.out)
            raise StepFailed(f"a second, independent handshake failed: {said or f'exit {done.rc}'}")
        return {"independent": True}

    def undo(self, host: Host, plan: Plan) -> Evidence:
        """Asking left nothing behind."""
        return {}
