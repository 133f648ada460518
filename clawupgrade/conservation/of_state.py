"""Rows that stand in the state: JSON files on some releases, tables of SQLite databases on others."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from clawupgrade.conservation import of_config
from clawupgrade.conservation.material import Material
from clawupgrade.conservation.thing import Thing, Things
from clawupgrade.openclaw.document import Json

LEFT_BEHIND = "in the old file only"
"""A cron job that stands in cron/jobs.json where the gateway reads a table (#91435)."""

_CLOBBERED = ".clobbered."


def jobs(material: Material) -> Things:
    """Cron jobs by id.

    Up to 2026.4 in cron/jobs.json, with their next runs beside it; in a table by 2026.6.11. Where there is a
    table the gateway reads nothing else: what only the file has is marked.
    """
    rows = material.tables.get("cron_jobs")
    stated = _jobs_of_file(material)
    if rows is None:
        return stated
    found = {name: Thing(**{**_fields(thing), "value": LEFT_BEHIND}) for name, thing in stated.items()}
    for row in rows:
        job, state = _parsed(row.get("job_json")), _parsed(row.get("state_json"))
        found[str(row.get("job_id"))] = _job(job, state, on=bool(row.get("enabled")), name=row.get("name"))
    return found


def plugins(material: Material) -> Things:
    """What is set up or installed, by id; installed ones with their versions."""
    found = dict(of_config.plugin_entries(material.config))
    for name, thing in {**of_config.plugin_records(material.config), **_installed(material)}.items():
        entry = found.get(name, Thing(on=True))
        found[name] = Thing(label=entry.label, on=entry.on, value=thing.value)
    return found


def profiles(material: Material) -> Things:
    """Provider profiles by id, wherever a release keeps them; value: whether its credential is kept as well.

    The config only names a profile: one that is named still, and whose store was left behind, is lost.
    """
    found = {name: Thing() for name in dict(of_config.profile_entries(material.config))}
    for store in _profile_stores(material):
        entries = store.get("profiles") if isinstance(store, dict) else None
        for name in entries if isinstance(entries, dict) else {}:
            found[name] = Thing(value="kept")
    return found


def devices(material: Material) -> Things:
    """Paired devices by id: in devices/paired.json, in a table by 2026.9."""
    stated = material.stores.get("devices/paired.json")
    found = dict(stated) if isinstance(stated, dict) else {}
    things = {name: Thing(label=_label(entry)) for name, entry in found.items() if isinstance(entry, dict)}
    for row in material.tables.get("device_pairing_paired", ()):
        things[str(row["device_id"])] = Thing(label=str(row.get("display_name") or row.get("platform") or ""))
    return things


def accounts(material: Material) -> Things:
    """Channel accounts as `channels status --json` has them; on: whether one runs, value: whether it is connected."""
    found: dict[str, Thing] = {}
    channels = material.accounts if isinstance(material.accounts, dict) else {}
    for channel, entries in channels.items():
        for entry in entries if isinstance(entries, list) else []:
            if isinstance(entry, dict) and isinstance(name := entry.get("accountId"), str):
                connected = "connected" if entry.get("connected") is True else ""
                found[f"{channel}/{name}"] = Thing(on=entry.get("running") is True, value=connected)
    return found


def token(material: Material) -> Things:
    """The gateway's credential as a keyed hash; no thing where it could not be told."""
    return {"gateway": Thing(value=material.token)} if material.token else {}


def modes(material: Material) -> Things:
    """Permission bits, in octal, of files that hold secrets."""
    return {path: Thing(value=f"{mode:04o}") for path, mode in material.modes.items()}


def clobbered(material: Material) -> Things:
    """The copies that OpenClaw leaves when it replaces the config by an older one (#134730)."""
    return {name: Thing() for name in material.folder if _CLOBBERED in name}


def _jobs_of_file(material: Material) -> dict[str, Thing]:
    stated, kept = material.stores.get("cron/jobs.json"), material.stores.get("cron/jobs-state.json")
    states = kept.get("jobs") if isinstance(kept, dict) else None
    found: dict[str, Thing] = {}
    for job in _list(stated, "jobs"):
        if isinstance(job, dict) and isinstance(name := job.get("id"), str):
            entry = states.get(name) if isinstance(states, dict) else None
            state = entry.get("state") if isinstance(entry, dict) else job.get("state")
            found[name] = _job(job, state, on=job.get("enabled") is not False, name=job.get("name"))
    return found


def _job(job: Json, state: Json, *, on: bool, name: object) -> Thing:
    stated = job if isinstance(job, dict) else {}
    schedule = stated.get("schedule")
    kind = schedule.get("kind") if isinstance(schedule, dict) else None
    due = state.get("nextRunAtMs") if isinstance(state, dict) else None
    return Thing(
        label=str(name or ""),
        on=on,
        due=int(due) if isinstance(due, int | float) else None,
        once=kind == "at" or stated.get("deleteAfterRun") is True,
        # 2026.9 adds heartbeats, reviews and so on beside the user's jobs, each with a declaration key.
        own=bool(stated.get("declarationKey")),
        body="" if stated.get("declarationKey") else json.dumps(stated),
    )


def _installed(material: Material) -> dict[str, Thing]:
    """Plugins from outside the package: of files (2026.4), of a table (2026.6), of one value (2026.9)."""
    indices = [material.stores.get("plugins/installs.json")]
    indices += [{"installRecords": _parsed(row.get("install_records_json"))} for row in _index_rows(material)]
    for row in material.tables.get("config_machine_state", ()):
        if row.get("state_key") == "plugins.installedIndex":
            value = _parsed(row.get("value_json"))
            indices.append(value.get("index") if isinstance(value, dict) else None)
    found: dict[str, Thing] = {}
    for index in indices:
        records = index.get("installRecords") if isinstance(index, dict) else None
        for name, record in (records if isinstance(records, dict) else {}).items():
            version = record.get("version") if isinstance(record, dict) else None
            found[name] = Thing(value=version if isinstance(version, str) else "")
    return found


def _index_rows(material: Material) -> Iterator[Any]:
    yield from material.tables.get("installed_plugin_index", ())


def _profile_stores(material: Material) -> Iterator[Json]:
    for path, store in material.stores.items():
        if path.endswith("/auth-profiles.json"):
            yield store
    for table, rows in material.tables.items():
        if table == "auth_profile_stores" or table.endswith("/auth_profile_store"):
            yield from (_parsed(row.get("store_json")) for row in rows)
    for row in material.tables.get("config_machine_state", ()):  # where 2026.9.6 has those that all agents share
        if row.get("state_key") == "authProfiles.store":
            yield _parsed(row.get("value_json"))


def _fields(thing: Thing) -> dict[str, Any]:
    return {name: getattr(thing, name) for name in ("label", "on", "due", "once", "own", "body")}


def _label(entry: dict[str, Json]) -> str:
    found = entry.get("displayName") or entry.get("platform")
    return found if isinstance(found, str) else ""


def _list(value: Json, key: str) -> list[Json]:
    found = value.get(key) if isinstance(value, dict) else None
    return found if isinstance(found, list) else []


def _parsed(text: object) -> Json:
    try:
        parsed: Json = json.loads(text) if isinstance(text, str) else None
    except ValueError:
        return None
    return parsed
