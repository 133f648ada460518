"""What the stores of real releases look like, cut down: 2026.4.29, 2026.6.11 and 2026.9.6."""

from __future__ import annotations

import json
from typing import Any

from clawupgrade.conservation.material import Material

MORNING = "d48cae84-712c-4eca-92b8-70243e75e857"
PAUSED = "9446f8ca-96fd-40c5-86a2-3f76656b9b66"
DUE = 1835420400000


def job(name: str, label: str, *, enabled: bool = True, **more: Any) -> dict[str, Any]:
    schedule = {"kind": "cron", "expr": "0 7 29 2 *"}
    return {"id": name, "name": label, "enabled": enabled, "schedule": schedule} | more


def files_of_2026_4() -> dict[str, Any]:
    jobs = [job(MORNING, "morning"), job(PAUSED, "paused", enabled=False)]
    states = {MORNING: {"state": {"nextRunAtMs": DUE}}, PAUSED: {"state": {}}}
    return {
        "cron/jobs.json": {"version": 1, "jobs": jobs},
        "cron/jobs-state.json": {"version": 1, "jobs": states},
        "devices/paired.json": {"21b7": {"deviceId": "21b7", "platform": "linux"}},
        "plugins/installs.json": {"installRecords": {"whatsapp": {"version": "2026.4.25"}}},
        "agents/main/agent/auth-profiles.json": {"version": 1, "profiles": {"anthropic:default": {"type": "oauth"}}},
    }


def row(stated: dict[str, Any], due: int | None = DUE) -> dict[str, Any]:
    state = {} if due is None else {"nextRunAtMs": due}
    return {
        "job_id": stated["id"],
        "name": stated["name"],
        "enabled": int(stated["enabled"]),
        "job_json": json.dumps(stated),
        "state_json": json.dumps(state),
    }


def tables_of_2026_9() -> dict[str, Any]:
    own = job("82c3", "heartbeat-main", declarationKey="heartbeat:main")
    index = {"index": {"installRecords": {"whatsapp": {"version": "2026.9.6"}}}}
    return {
        "cron_jobs": (row(job(MORNING, "morning")), row(job(PAUSED, "paused", enabled=False), None), row(own)),
        "device_pairing_paired": ({"device_id": "21b7", "display_name": None, "platform": "linux"},),
        "config_machine_state": ({"state_key": "plugins.installedIndex", "value_json": json.dumps(index)},),
        "auth_profile_stores": ({"store_json": json.dumps({"profiles": {"anthropic:default": {}}})},),
    }


CONFIG_OLD: dict[str, Any] = {
    "agents": {"list": [{"id": "main"}, {"id": "work", "name": "work"}]},
    "channels": {"telegram": {"enabled": True, "botToken": "${TELEGRAM_BOT_TOKEN}"}, "defaults": {}},
    "plugins": {"entries": {"voice": {"enabled": True}}},
    "mcp": {"servers": {"notes": {"type": "http"}}},
    "models": {"providers": {"openai-codex": {"apiKey": "${KEY}"}}},
    "auth": {"profiles": {"openai-codex:me": {}}},
    "hooks": {"enabled": True, "mappings": [{"id": "mail"}], "internal": {"entries": {"memory": {"enabled": True}}}},
    "skills": {"entries": {"github": {"enabled": True}}},
}


def old(**more: Any) -> Material:
    stated = {"config": CONFIG_OLD, "stores": files_of_2026_4(), "modes": {"config": 0o600}, "token": "d1"}
    return Material(**{**stated, **more})


def new(**more: Any) -> Material:
    config = json.loads(json.dumps(CONFIG_OLD))
    config["agents"] = {"entries": {"main": {}, "work": {"name": "work"}}}
    config["models"] = {"providers": {"openai": {"apiKey": "${KEY}"}}}
    config["auth"] = {"profiles": {"openai:me": {}}}
    stated = {"config": config, "tables": tables_of_2026_9(), "modes": {"config": 0o600}, "token": "d1"}
    return Material(**{**stated, **more})
