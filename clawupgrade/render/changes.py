"""Changes of the config as people read them, gravest first; every secret is a digest by now."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from clawupgrade.app.changes import ConfigState
from clawupgrade.openclaw.diff import Diff
from clawupgrade.render.documents import print_json


def show_config_history(states: Sequence[ConfigState], *, as_json: bool) -> None:
    """Every state with the changes that led to it."""
    if as_json:
        print_json(
            {
                "schema": "clawupgrade.config-history.v1",
                "states": [
                    {
                        "path": state.path,
                        "snapshot_id": state.revision.snapshot_id,
                        "when": state.revision.when,
                        "commit": state.revision.commit,
                        "changes": state.diff.to_json() if state.diff else None,
                        "problem": state.problem,
                    }
                    for state in states
                ],
            }
        )
        return
    for state in states:
        when = f"{datetime.fromtimestamp(state.revision.when, UTC):%Y-%m-%d %H:%M} UTC"
        print(f"{when}  {state.revision.snapshot_id}  {state.path}")
        lines = state.diff.lines if state.diff else (state.problem or "the first that is kept",)
        print("\n".join(f"  {line}" for line in lines or ("only written differently",)))
    if not states:
        print("no config is kept yet; a run or `clawupgrade snapshot create` keeps it")


def show_run_diff(run_id: str, diff: Diff, *, as_json: bool) -> None:
    """What one run made of the config."""
    if as_json:
        print_json({"schema": "clawupgrade.diff.v1", "run_id": run_id, "changes": diff.to_json()})
        return
    told = f"{len(diff.changes)} changes of the config:" if diff.changes else "the config is as it was"
    print(f"{run_id}: {told}")
    print("".join(f"  {line}\n" for line in diff.lines), end="")
