"""A lost job is given back as `cron.add` takes it, and only a job that was not there before counts as it."""

from __future__ import annotations

import json

from readings import DUE, MORNING, PAUSED, job, new, old, row, tables_of_2026_9

from clawupgrade.conservation.losses import losses, take
from clawupgrade.conservation.re_adding import added_again, job_params


def test_what_the_gateway_notes_about_a_job_is_not_given_back() -> None:
    body = json.dumps(job("1", "morning", createdAtMs=5, state={"nextRunAtMs": 7}, delivery=None, agentId="work"))
    assert json.loads(job_params(body)) == {
        "name": "morning",
        "enabled": True,
        "agentId": "work",
        "schedule": {"kind": "cron", "expr": "0 7 29 2 *"},
    }


def test_another_job_of_that_name_is_not_the_lost_one() -> None:
    twin = {"jobs": [job(MORNING, "morning"), job(PAUSED, "morning")]}
    before = take(old(stores={"cron/jobs.json": twin}))
    left = row(job(PAUSED, "morning"))
    again = row(job("new-one", "morning"))
    after = take(new(tables=tables_of_2026_9() | {"cron_jobs": (left,)}))
    loss = next(loss for loss in losses(before, after, now=DUE - 1, policy={}) if loss.row == "cron")
    assert added_again(loss, before, after) == ""
    after = take(new(tables=tables_of_2026_9() | {"cron_jobs": (left, again)}))
    assert added_again(loss, before, after) == "new-one"
