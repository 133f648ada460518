"""What `openclaw database preflight` says of a copied database: can this release read it as it is?"""

from __future__ import annotations

import re

from clawupgrade.openclaw.output import json_document

_AGENT = re.compile(r"/agents/([^/]+)/agent/openclaw-agent\.sqlite$")
_STATE = "/state/openclaw.sqlite"


def kind_of(path: str) -> tuple[str, ...] | None:
    """The words that ask about this database: `preflight`, or `preflight-agent` and its owner; None for others.

    >>> kind_of("/h/.openclaw/agents/main/agent/openclaw-agent.sqlite")
    ('preflight-agent', '--agent-id', 'main')
    """
    if path.endswith(_STATE):
        return ("preflight",)
    match = _AGENT.search(path)
    return ("preflight-agent", "--agent-id", match[1]) if match else None


def reads_it(output: str) -> bool | None:
    """Whether the release reads the database; None where it did not answer (2026.6.11 has no such command).

    2026.9.5 says `exact` for its own schema, `incompatible` for a newer one, `migration-required` for an older
    one; any other word is no promise.

    >>> reads_it('{"schema": "openclaw.state-schema-preflight.v1", "status": "exact", "requiresWrite": false}')
    True
    """
    answer = json_document(output)
    if not isinstance(answer, dict) or "-schema-preflight." not in str(answer.get("schema")):
        return None
    match answer.get("status"):
        case "exact":
            return answer.get("requiresWrite") is False
        case "incompatible":
            return False
        case _:
            return None
