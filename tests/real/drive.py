"""How the real-host tests call clawupgrade, and what an upgrade or a way back must have kept."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from lab.entry import Completed
from lab.facts import Facts
from lab.host import Host
from lab.watcher import await_hello

_RENEWED = "skill-collection-review-"
RUN_LIMIT = 1500.0


@dataclass(frozen=True, slots=True)
class Result:
    """One command's end: exit code, the one JSON document of stdout, and stderr."""

    rc: int | None
    document: dict[str, Any]
    err: str

    @classmethod
    def of(cls, done: Completed) -> Result:
        """Of a command that was given --json; stdout must be exactly one document."""
        return cls(done.rc, json.loads(done.out), done.err)

    def explain(self) -> str:
        """For assertion messages."""
        return f"exit {self.rc}: {self.document.get('message')} {self.document.get('steps')}\n{self.err[-4000:]}"


def clawupgrade(host: Host, *words: str, **choices: Any) -> Result:
    """Run a clawupgrade command with --json; stdout must be exactly one document."""
    return Result.of(host.run(["clawupgrade", *words, "--json"], timeout=RUN_LIMIT, **choices))


def require_upgraded(host: Host, result: Result, before: Facts, after: Facts, version: str) -> None:
    """All new and proven, and nothing lost on the way."""
    assert result.rc == 0, result.explain()
    assert result.document["outcome"] == "upgraded"
    assert result.document["changed"] is True
    assert after.version == version
    assert await_hello(host.gateway_port, host.token()) in (version, "dev")
    assert after.token_sha256 == before.token_sha256
    require_kept(before, after)


def require_kept(before: Facts, after: Facts) -> None:
    """What an upgrade may never lose."""
    # 2026.9 adds jobs of its own (heartbeat, skill review, each with a declaration_key) beside the user's, and makes
    # 2026.8.2's skill reviews anew under other ids, however it was upgraded to.
    renewed = {job for job, (name, _) in before.jobs.items() if name.startswith(_RENEWED)}
    assert {before.jobs[job] for job in renewed} <= set(after.jobs.values())
    assert {job: facts for job, facts in before.jobs.items() if job not in renewed}.items() <= after.jobs.items()
    assert set(before.agents) <= set(after.agents)
    assert before.sessions.items() <= after.sessions.items()
    assert before.transcripts <= after.transcripts
    assert after.workspace_head == before.workspace_head
    assert after.has_reference == before.has_reference
    assert after.config_mode == before.config_mode


def require_as_before(host: Host, before: Facts, after: Facts) -> None:
    """All old and proven: to the bit where it must be."""
    assert after == before
    assert await_hello(host.gateway_port, host.token()) in (before.version, "dev")
