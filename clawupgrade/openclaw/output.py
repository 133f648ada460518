"""Finds in a program's output what matters: the JSON among log lines, and the line that says what failed."""

from __future__ import annotations

import json
import re
from typing import Any

_ESCAPES = r"\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b\][^\x07\n]*\x07"
_CONTROLS = r"[\x00-\x08\x0b-\x1f\x7f]"
_FRAME = r"^[\s│┃|◇◆●○■▲└┌├╭╰─┐┘╮╯]+|[\s│┃|─┐┘╮╯]+$"
_STACK = r"^(at\s|node:|\^+$|Node\.js v|throw\s|\}$|code: ')"
_LOG_NOTE = r"^npm (error|ERR!) (A complete log of this run|Log files|Lifecycle script|\s*$)"
_NPM = r"^npm (?:error|ERR!)\s*"
_TELLING = (
    r"\berror\b|\bfail(ed|ure|s)?\b|\binvalid\b|\brefus(ed|ing|es)\b|\bcannot\b|\bcould not\b|\bunable\b"
    r"|\baborted\b|\bunrecognized\b|\bnot found\b|\bdenied\b|\brequires\b|\bnewer\b|\bcorrupt"
    r"|\bE[A-Z]{4,}\b|\bSQLITE_[A-Z]+\b"
)
_ECHO = r"\(blocked-by-prior-\w+\)"
_REFUSED = r"Failing check (\S+) \(step-refused\)"
_PASSING = r"lease \S+ was lost|heartbeat did not become ready|maintenance deferred|database is locked|\bSQLITE_BUSY\b"
_NETWORK = (
    r"\b(ECONNREFUSED|ECONNRESET|ECONNABORTED|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|ESOCKETTIMEDOUT|EHOSTUNREACH"
    r"|ENETUNREACH|EPIPE|ERR_SOCKET_TIMEOUT|EINTEGRITY|E429|E50[0234]|UND_ERR_[A-Z_]+)\b"
    r"|socket hang up|network (timeout|request failed)|fetch failed"
)


def clean(text: str) -> str:
    """The text without colours, cursor movements and other control characters; line ends stay."""
    return re.sub(_CONTROLS, "", re.sub(_ESCAPES, "", text.replace("\r\n", "\n").replace("\r", "\n")))


def json_document(text: str) -> Any | None:
    """The JSON object or array in the output, log lines around it or not; None when there is none.

    OpenClaw prints plugin and config warnings on standard output before `--json` documents. Of
    several the longest counts; a log line such as `[gateway] ready` is none.

    >>> json_document('warn: x\\n{"status": "ok"}\\ndone')
    {'status': 'ok'}
    """
    text = re.sub(_ESCAPES, "", text)  # a control character may be part of a value
    decoder = json.JSONDecoder()
    best: tuple[int, Any] = (0, None)
    start = 0
    for found in re.finditer(r"^[ \t]*([{\[])", text, re.MULTILINE):
        if found.start(1) < start:
            continue
        try:
            value, end = decoder.raw_decode(text, found.start(1))
        except ValueError:
            continue
        start = end
        if end - found.start(1) > best[0]:
            best = (end - found.start(1), value)
    return best[1]


def last_words(text: str) -> str:
    """The one line in which a program says what failed, at most 300 characters; "" for silence.

    The last line that names an error wins; npm's pointers to its log, stack frames, and steps that
    doctor skipped because of the one that failed never do.
    """
    lines = [line for raw in clean(text).splitlines() if (line := _bare(raw))]
    telling = [line for line in lines if re.search(_TELLING, line, re.IGNORECASE)]
    if npm := [line for line in lines if re.match(_NPM, line)]:
        return _of_npm(npm)
    chosen = telling[-1] if telling else (lines[-1] if lines else "")
    return chosen[:300]


def is_network_trouble(text: str) -> bool:
    """Whether the output blames the way to the registry, which a retry may cure."""
    return bool(re.search(_NETWORK, text, re.IGNORECASE))


def is_passing_trouble(text: str) -> bool:
    """Whether doctor gave up for lack of time, not for what it found: to run it again is right.

    2026.9.6 gives a helper thread 5 s to start; on a machine under load its doctor then ends with
    exit 1 (`state lease heartbeat did not become ready`), and the next run goes through.
    """
    return bool(re.search(_PASSING, text, re.IGNORECASE))


def refused_steps(text: str) -> tuple[str, ...]:
    """The migrations that doctor refused because others had not been run yet; its next run may get to them.

    2026.9.6 relocates provider profiles before it migrates the agent's database that 2026.6.11 kept them in: its
    first run ends with exit 1, `run openclaw doctor --fix`, and the second goes through.

    >>> refused_steps("Failing check shared-auth-store (step-refused): Failed relocating the shared auth store")
    ('shared-auth-store',)
    """
    return tuple(dict.fromkeys(re.findall(_REFUSED, text)))


def _bare(line: str) -> str:
    bare = re.sub(_FRAME, "", line).strip()
    return "" if re.match(_STACK, bare) or re.match(_LOG_NOTE, bare) or re.search(_ECHO, bare) else bare


def _of_npm(lines: list[str]) -> str:
    words = [word for line in lines if (word := re.sub(_NPM, "", line).strip())]
    code = next((word.removeprefix("code ") for word in words if word.startswith("code ")), "")
    rest = (word for word in words if not word.startswith(("code ", "syscall ", "path ", "errno ")))
    bare = (word.removeprefix(code).removeprefix(code[1:]).strip() for word in rest)
    said = next(filter(None, bare), "")
    return f"{code}: {said}"[:300] if code and said else (code or said)[:300]
