"""What an inventory is read from: the config and the stores of the state, as plain values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from msgspec import Struct, field

from clawupgrade.openclaw.document import Json

# The tables that rows are read from, in `state/openclaw.sqlite`; which of them exist depends on the release.
STATE_TABLES: Final = (
    "cron_jobs",
    "device_pairing_paired",
    "auth_profile_stores",
    "installed_plugin_index",
    "config_machine_state",
)
# And in each `agents/<id>/agent/openclaw-agent.sqlite` (2026.9).
AGENT_TABLES: Final = ("auth_profile_store",)
# JSON files of the state that some releases keep the same things in.
STATE_FILES: Final = ("cron/jobs.json", "cron/jobs-state.json", "devices/paired.json", "plugins/installs.json")
AGENT_FILES: Final = ("agent/auth-profiles.json",)

TableRow = Mapping[str, Any]


class Material(Struct, frozen=True):
    """One look at an installation. Missing files and tables are missing here; torn ones are in `torn`.

    config: with its includes merged, `${VAR}` unexpanded. stores: parsed JSON by path below the state.
    tables: rows by `table`, or `agent/table` for the databases of agents. modes: permission bits by path.
    folder: names beside the config. accounts: of channels, as the serving gateway has them. token: keyed digest
    of the gateway's credential. torn: what could not be told, by the rows' `source`.
    """

    config: Json = None
    stores: Mapping[str, Json] = field(default_factory=dict)
    tables: Mapping[str, Sequence[TableRow]] = field(default_factory=dict)
    modes: Mapping[str, int] = field(default_factory=dict)
    folder: tuple[str, ...] = ()
    accounts: Json = None
    token: str | None = None
    torn: frozenset[str] = frozenset()
