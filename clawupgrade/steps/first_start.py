"""What the target still migrates at its first start, done on the clone, so that the real first start finds it done.

The first start of 2026.9.6 on a state of 2026.6.11 takes half as much time again as the second.
"""

from __future__ import annotations

from msgspec.structs import replace

from clawupgrade.cloned import Clone
from clawupgrade.errors import StepFailed
from clawupgrade.model import Hop, Plan
from clawupgrade.openclaw import argv, hops
from clawupgrade.ports import Event, Host
from clawupgrade.steps import clones, starting

MIGRATED = "migrated"
_SILENCE = 120.0
"""Seconds. 2026.9.6 speaks after a quarter of that on a busy machine; a release that hangs is not waited for twice."""


def migrate(host: Host, plan: Plan, hop: Hop, clone: Clone, step: str) -> str:
    """Have the target start as far as its options: `MIGRATED`, to be adopted; else why not, in words.

    It ends by refusing its port, after its migrations and before it opens a channel or runs a job. Where it ends
    otherwise, what it did is not adopted, and the first start does it: the canary judges, here nothing is condemned.

    Raises:
        StepFailed: somebody has told us to stop.
    """
    if not hops.migrates_at_start(hop.version):
        return "not known of this release"
    start = starting.on_clone(host, plan, hop, clone)
    if isinstance(start, str):
        return start
    words = argv.gateway_start_alone(start.command.argv)
    command = replace(start.command, argv=words, wall=plan.limits.doctor, idle=_SILENCE)
    done = host.clones.run(clone, command, lambda line: host.say(Event("line", step, line)))
    if done.ended_by == "signal":
        raise StepFailed(f"the start of {hop.version} on a clone was ended by a signal", "nothing was touched")
    if done.ended_by or "--port" not in done.err + done.out:
        ended = f"by {done.ended_by} limit" if done.ended_by else f"with exit {done.rc}"
        host.say(Event("note", step, f"what {hop.version} migrates at its first start is left to it: it ended {ended}"))
        return f"ended {ended}"
    host.clones.freeze(clone, clones.STARTUP)
    return MIGRATED
