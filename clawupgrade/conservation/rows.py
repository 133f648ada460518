"""The conservation rules as data: what must survive, how it is read, what counts as a loss, what is done then."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Final

from msgspec import Struct

from clawupgrade.conservation import of_config, of_state, rules
from clawupgrade.conservation.material import Material
from clawupgrade.conservation.rules import Pair
from clawupgrade.conservation.thing import Things
from clawupgrade.openclaw.diff.members import PLACES
from clawupgrade.openclaw.document import Steps, steps


class OnLoss(StrEnum):
    """What a loss that could not be repaired means. The text is part of the plan's format."""

    ROLLBACK = "rollback"
    ASK = "ask"
    """Whoever watches is asked; where nobody does, as `rollback`."""
    ACCEPT = "accept"
    """It is told, and nothing more."""


class Repair(StrEnum):
    """What is tried before a loss counts."""

    NONE = "none"
    PUT_BACK = "put back"
    """The member goes back into the config while the gateway is away, if the target's validation takes it."""
    ADD_JOB = "add job"
    """The job is added again through the release's own gateway."""
    CLOSE = "close"
    """The file gets its mode back."""


class Row(Struct, frozen=True):
    """One rule.

    key: stable, in plans and flags. what: in words, of one thing. read: from one look at an installation.
    lost: why a thing before is lost after, "" where it is not. places: where `PUT_BACK` finds its members.
    appears: the loss is that something is there which was not. source: which material it needs whole.
    """

    key: str
    what: str
    read: Callable[[Material], Things]
    lost: Callable[[Pair], str]
    repair: Repair
    policy: OnLoss
    incident: str
    places: tuple[Steps, ...] = ()
    appears: bool = False
    source: str = "config"


_HOOKS: Final = (steps("hooks"),)

ROWS: Final = (
    Row(
        "cron",
        "the cron job",
        of_state.jobs,
        rules.job_lost,
        Repair.ADD_JOB,
        OnLoss.ROLLBACK,
        "44 of 45 jobs lost on 5.28 → 6.1 (#91435 #90072 #96617)",
        source="state",
    ),
    Row(
        "agents",
        "the agent",
        of_config.agents,
        rules.gone,
        Repair.PUT_BACK,
        OnLoss.ROLLBACK,
        "doctor puts back an older config (#134730)",
        PLACES["agent"],
    ),
    Row(
        "channels",
        "the channel",
        of_config.channels,
        rules.gone_or_off,
        Repair.PUT_BACK,
        OnLoss.ROLLBACK,
        "a missing channel, yet “healthy” (#91873 #78702)",
        PLACES["channel"],
    ),
    Row(
        "accounts",
        "the channel account",
        of_state.accounts,
        rules.silent,
        Repair.NONE,
        OnLoss.ROLLBACK,
        "a configured channel does not load, and nobody is told (#91873)",
        source="accounts",
    ),
    Row(
        "plugins",
        "the plugin",
        of_state.plugins,
        rules.gone_or_off_or_unversioned,
        Repair.PUT_BACK,
        OnLoss.ROLLBACK,
        "plugin not found after 7.1-2 → 8.1 (#134156 #147983)",
        PLACES["plugin"],
        source="state",
    ),
    Row(
        "mcp",
        "the MCP server",
        of_config.servers,
        rules.gone,
        Repair.PUT_BACK,
        OnLoss.ROLLBACK,
        "doctor strips keys (#90551 #71866)",
        PLACES["MCP server"],
    ),
    Row(
        "providers",
        "the model provider",
        of_config.providers,
        rules.gone,
        Repair.PUT_BACK,
        OnLoss.ROLLBACK,
        "doctor strips keys (#90551 #71866)",
        PLACES["model provider"],
    ),
    Row(
        "profiles",
        "the provider profile",
        of_state.profiles,
        rules.gone_or_emptied,
        Repair.PUT_BACK,
        OnLoss.ROLLBACK,
        "OAuth profiles vanish on 5.16 → 5.22 and 9.4 → 9.5 (#100067 #137353)",
        PLACES["provider profile"],
        source="state",
    ),
    Row(
        "devices",
        "the paired device",
        of_state.devices,
        rules.gone,
        Repair.NONE,
        OnLoss.ROLLBACK,
        "every client has to be approved again (#21236)",
        source="state",
    ),
    Row(
        "hooks",
        "the hook setting",
        of_config.hooks,
        rules.gone_or_off,
        Repair.PUT_BACK,
        OnLoss.ROLLBACK,
        "doctor strips keys (#90551)",
        _HOOKS,
    ),
    Row(
        "references",
        "the reference at",
        of_config.named_references,
        rules.turned_plain,
        Repair.PUT_BACK,
        OnLoss.ROLLBACK,
        "${TELEGRAM_BOT_TOKEN} became the token itself (#9627 #67171)",
    ),
    Row(
        "token",
        "the token of the",
        of_state.token,
        rules.another,
        Repair.NONE,
        OnLoss.ROLLBACK,
        "mass disconnects after doctor --fix (#87517 #70752)",
        source="token",
    ),
    Row(
        "modes",
        "the file",
        of_state.modes,
        rules.more_open,
        Repair.CLOSE,
        OnLoss.ROLLBACK,
        "0600 became 0644",
        source="modes",
    ),
    Row(
        "clobbered",
        "the replaced config",
        of_state.clobbered,
        rules.gone,
        Repair.NONE,
        OnLoss.ROLLBACK,
        "config auto-restored from last-known-good (#134730 #133997)",
        appears=True,
        source="folder",
    ),
    Row(
        "skills",
        "the skill",
        of_config.skills,
        rules.gone_or_off,
        Repair.NONE,
        OnLoss.ACCEPT,
        "doctor of 2026.6.11 disables 31 skills whose programs it does not find",
        PLACES["skill"],
    ),
)

KEYS: Final = tuple(row.key for row in ROWS)


def row_of(key: str) -> Row:
    """The row with this key. Raises KeyError for none."""
    return {row.key: row for row in ROWS}[key]
