"""The rules by which one change of a config is judged when no migration explains it."""

from __future__ import annotations

from clawupgrade.openclaw.diff.change import Judgement
from clawupgrade.openclaw.document import Json, Steps
from clawupgrade.openclaw.references import reference_in
from clawupgrade.openclaw.secret_keys import is_secret_key

Verdict = tuple[Judgement, str]

# Whole sections of early configs: where a doctor does not know one any more, what it held is lost (2026.3.28).
_WHOLE = frozenset(
    {"agent", "identity", "routing", "bindings", "env", "auth", "secrets"}
    | {"whatsapp", "telegram", "discord", "slack", "signal", "imessage", "msteams"}
)
_STAMPS = ("meta", "wizard")


def judge_removed(path: Steps, before: Json, *, is_refused: bool, lost: tuple[str, str] | None) -> Verdict:
    """is_refused: the target's own validation called the key, or one above it, unknown.

    lost: kind and name of the thing that the value belonged to, when nothing of it is left.
    """
    if _is_stamp(path):
        return Judgement.COSMETIC, "a stamp of OpenClaw's own"
    if lost is not None:
        return Judgement.LOSS, f"the {lost[0]} {lost[1]} is gone"
    if before in ({}, [], None):
        return Judgement.COSMETIC, "it held nothing"
    if reference_in(before) is not None:
        return Judgement.LOSS, "a reference to a secret is gone"
    if is_refused and not _WHOLE.intersection(path[:1]) and not _is_secret(path, before):
        return Judgement.EXPECTED, "the target does not know this key"
    return Judgement.LOSS, "it is gone and stands nowhere else"


def judge_added(path: Steps, after: Json) -> Verdict:
    """New keys are mostly defaults written out; those that switch off or open up are not."""
    if _is_stamp(path):
        return Judgement.COSMETIC, "a stamp of OpenClaw's own"
    if _is_dangerous(path) and after not in (False, None, [], {}):
        return Judgement.SUSPICIOUS, "it opens what was closed"
    if path[-1:] == ("enabled",) and after is False:
        return Judgement.SUSPICIOUS, "it switches something off"
    if _is_secret(path, after):
        return Judgement.SUSPICIOUS, "a secret that was not there before"
    return Judgement.COSMETIC, "a default, written out"


def judge_changed(path: Steps, before: Json, after: Json) -> Verdict:
    """A changed value, by what it was."""
    if _is_stamp(path):
        return Judgement.COSMETIC, "a stamp of OpenClaw's own"
    reference = reference_in(before)
    if reference is not None and reference_in(after) is None:
        return Judgement.LOSS, "a reference was replaced by a plain value (#9627)"
    if reference is not None:
        return Judgement.SUSPICIOUS, "a reference to a secret was changed"
    if _is_secret(path, before):
        return Judgement.LOSS, "a secret was changed; whoever uses the old one is locked out (#87517)"
    if _is_dangerous(path):
        return Judgement.SUSPICIOUS, "it opens what was closed"
    if isinstance(before, list) and isinstance(after, list):
        return _judge_list(before, after)
    if path[-1:] == ("enabled",) and before is True and after is False:
        return Judgement.LOSS, "it was switched off"
    return Judgement.SUSPICIOUS, "no migration known here explains it"


def _judge_list(before: list[Json], after: list[Json]) -> Verdict:
    if len(after) < len(before):
        return Judgement.LOSS, f"{len(before) - len(after)} of {len(before)} entries are gone"
    gone = sum(one not in after for one in before)
    if gone:
        return Judgement.SUSPICIOUS, f"{gone} of {len(before)} entries were replaced"
    if len(after) == len(before):
        return Judgement.COSMETIC, "the same entries in another order"
    return Judgement.SUSPICIOUS, f"{len(after) - len(before)} entries came to {len(before)}"


def _is_stamp(path: Steps) -> bool:
    return bool(path) and path[0] in _STAMPS


def _is_secret(path: Steps, value: Json) -> bool:
    return isinstance(value, str) and bool(value) and any(is_secret_key(step) for step in path[-2:])


def _is_dangerous(path: Steps) -> bool:
    return any(isinstance(step, str) and step.startswith(("dangerously", "allowInsecure")) for step in path)
