"""The `Databases` port in memory: the one table that a database in memory may have."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from clawupgrade.testing.releases import jobs_of, schema_of
from clawupgrade.testing.world import World


class MemoryDatabases:
    """The `Databases` port."""

    def __init__(self, world: World) -> None:
        self._world = world

    def rows(self, path: str, table: str) -> tuple[Mapping[str, Any], ...] | None:
        """The cron jobs. Raises OSError for a torn database."""
        content = self._world.disk.file(path)
        if content is None:
            return None
        if schema_of(content) is None:
            raise OSError(f"{path} is no database")
        jobs = jobs_of(content) if table == "cron_jobs" else None
        return None if jobs is None else tuple(_row(name) for name in jobs)


def job(name: str) -> dict[str, Any]:
    """A cron job as every release writes it."""
    return {"id": name, "name": f"job {name}", "enabled": True, "schedule": {"kind": "every", "everyMs": 60000}}


def _row(name: str) -> dict[str, Any]:
    stated = job(name.partition("+")[0]) | {"id": name}
    return {
        "job_id": name,
        "name": stated["name"],
        "enabled": 1,
        "job_json": json.dumps(stated),
        "state_json": '{"nextRunAtMs": 4102444800000}',
    }
