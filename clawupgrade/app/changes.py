"""How the config changed: over its whole history, and by one run; secrets masked, judged change by change."""

from __future__ import annotations

from msgspec import Struct

from clawupgrade.app.finish import after
from clawupgrade.errors import Refused
from clawupgrade.held import Revision
from clawupgrade.migrations import registry
from clawupgrade.model import Plan
from clawupgrade.openclaw.diff import Diff, Mask, compare
from clawupgrade.openclaw.document import Document, DocumentError, Json
from clawupgrade.ports import Host


class ConfigState(Struct, frozen=True):
    """A state that a config text had. `diff` is from the one before; None for the first, or where a text
    does not parse: `problem` says so.
    """

    path: str
    revision: Revision
    diff: Diff | None
    problem: str = ""


def config_history(host: Host, mask: Mask) -> tuple[ConfigState, ...]:
    """Every state of every config text that is kept, oldest first; those of pruned snapshots too."""
    paths = [path for info in reversed(host.snapshots.listed()) for path in info.readable]
    found = [state for path in dict.fromkeys(paths) for state in _history(host, path, mask)]
    return tuple(sorted(found, key=lambda state: state.revision.when))


def run_diff(host: Host, plan: Plan, mask: Mask) -> Diff:
    """What a run made of the config: from its snapshot to how it was when the run had ended.

    Where the end was not noted (a disk that was full, an older clawupgrade), the config as it is now is taken.

    Raises:
        Refused: the config of before is not kept, or one of the two does not parse.
    """
    before = host.snapshots.noted(plan.snapshot, plan.install.config_path)
    if before is None:
        raise Refused(f"the config of before run {plan.run_id} is not kept", "see: clawupgrade history --config")
    path = plan.landing.config_path
    now = host.snapshots.noted(after(plan.run_id), path) or host.files.read(path) or b""
    try:
        old = Document.parse(before, source=plan.install.config_path)
        known = registry.named(each for hop in plan.hops for each in hop.migrations)
        return compare(old.value, _value(now, path), mask=mask, stages=registry.stages(old, known))
    except DocumentError as error:
        raise Refused(f"the config cannot be compared: {error}") from error


def _history(host: Host, path: str, mask: Mask) -> list[ConfigState]:
    states: list[ConfigState] = []
    last: Json = None
    for number, revision in enumerate(host.snapshots.revisions(path)):
        try:
            value = _value(host.snapshots.text(revision.commit, path) or b"", path)
        except DocumentError as error:
            states.append(ConfigState(path, revision, None, str(error)))
            continue
        states.append(ConfigState(path, revision, compare(last, value, mask=mask) if number else None))
        last = value
    return states


def _value(content: bytes, path: str) -> Json:
    return Document.parse(content, source=path).value
