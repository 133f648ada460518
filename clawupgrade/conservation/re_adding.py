"""A lost cron job as the gateway's own `cron.add` takes it, and how it is known again under its new id. Pure."""

from __future__ import annotations

import json

from clawupgrade.conservation.losses import Loss
from clawupgrade.conservation.thing import Inventory

# What a job is, and not what the gateway notes about it (docs/automation/cron-jobs.md of 2026.6.11 and 2026.9.6).
_FIELDS = (
    "name",
    "description",
    "enabled",
    "agentId",
    "sessionKey",
    "schedule",
    "sessionTarget",
    "wakeMode",
    "payload",
    "delivery",
    "deleteAfterRun",
    "failureAlert",
)


def job_params(body: str) -> str:
    """The parameters of `cron.add` for a job's definition, as JSON.

    >>> job_params('{"id": "1", "name": "morning", "createdAtMs": 5}')
    '{"name": "morning"}'
    """
    job = json.loads(body)
    return json.dumps({key: job[key] for key in _FIELDS if job.get(key) is not None})


def added_again(loss: Loss, before: Inventory, after: Inventory) -> str:
    """The id under which a lost job is there again: one of its name that was not there before; "" for none."""
    old, new = before.of("cron") or {}, after.of("cron") or {}
    thing = old.get(loss.name)
    if loss.row != "cron" or thing is None or not thing.label:
        return ""
    same = (name for name, each in new.items() if name not in old and (each.label, each.on) == (thing.label, thing.on))
    return next(same, "")
