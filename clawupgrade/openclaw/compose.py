"""Reads from a compose file which variables it sets for a gateway; only the lines that set one of them."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Collection, Mapping

_FILES = ("compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml")
# Texts, and not compiled: most hosts have no such file.
_LINE = r"""\s*(?:-\s+)?["']?([A-Z][A-Z0-9_]*)["']?\s*[:=]\s*(.*)"""
# Short (`SOURCE:TARGET[:ro]`) and long (`target: TARGET`); images of OpenClaw run as `node`, some builds as root.
_MOUNT = r"""\s*(?:-\s+)?(?:["']?.+:|target:\s*["']?)(?:/home/node|/root)(?:/\.openclaw)?/?(?::\w[\w,]*)?["']?\s*"""
_VARIABLE = r"\$\{([A-Za-z_]\w*)(?::?(-|\?|\+)([^}]*))?\}|\$([A-Za-z_]\w*)"


def compose_paths(home: str, state_dir: str) -> tuple[str, ...]:
    """Where the releases' own guides have it: the checkout, the state folder, the home.

    >>> compose_paths("/home/claw", "/home/claw/.openclaw")[0]
    '/home/claw/openclaw/compose.yaml'
    """
    return tuple(f"{folder}/{name}" for folder in (f"{home}/openclaw", state_dir, home) for name in _FILES)


def dotenv_of(compose: str) -> str:
    """The file beside it that its `${VAR}`s are filled from.

    >>> dotenv_of("/home/claw/openclaw/compose.yaml")
    '/home/claw/openclaw/.env'
    """
    return posixpath.join(posixpath.dirname(compose), ".env")


def settings_in(text: str, names: Collection[str], variables: Mapping[str, str]) -> dict[str, str]:
    """The value that each of the names gets, `${VAR:-default}` filled in; left out where nothing fills it.

    Line by line, as a map (`NAME: value`) or a list (`- NAME=value`): a reader for all of YAML would be
    one more dependency for two names. variables: what stands in the `.env` beside the file.

    >>> settings_in("      OPENCLAW_GATEWAY_TOKEN: ${T:-x}", ("OPENCLAW_GATEWAY_TOKEN",), {"T": "y"})
    {'OPENCLAW_GATEWAY_TOKEN': 'y'}
    """
    found: dict[str, str] = {}
    for line in text.splitlines():
        match = re.fullmatch(_LINE, line)
        if match is None or match[1] not in names:
            continue
        if value := _filled(_unquoted(match[2].strip()), variables):
            found[match[1]] = value
    return found


def keeps_state(text: str) -> bool:
    """Whether it mounts anything where a container of OpenClaw has its state: else that goes with the container.

    >>> keeps_state("    volumes:\\n      - ${OPENCLAW_CONFIG_DIR}:/home/node/.openclaw")
    True
    """
    return any(re.fullmatch(_MOUNT, re.split(r"\s#", line, maxsplit=1)[0]) for line in text.splitlines())


def _unquoted(value: str) -> str:
    if value[:1] in ("'", '"') and (end := value.find(value[0], 1)) > 0:
        return value[1:end]
    return re.split(r"\s#", value, maxsplit=1)[0].strip().rstrip("\"'")


def _filled(value: str, variables: Mapping[str, str]) -> str:
    """With its variables; "" where one of them is unknown and has no default."""
    lacks = False

    def fill(match: re.Match[str]) -> str:
        nonlocal lacks
        known = variables.get(match[1] or match[4], "")
        filled = known or (match[3] if match[2] == "-" else "")
        lacks = lacks or not filled
        return filled

    whole = re.sub(_VARIABLE, fill, value)
    return "" if lacks else whole
