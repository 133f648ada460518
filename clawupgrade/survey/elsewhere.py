"""Places of a credential outside systemd and the state: a LaunchAgent, and a compose file with its `.env`."""

from __future__ import annotations

from collections.abc import Iterator

from clawupgrade.model import CredentialRef
from clawupgrade.openclaw.compose import compose_paths
from clawupgrade.openclaw.launch_agents import agent_paths
from clawupgrade.openclaw.paths import Paths
from clawupgrade.openclaw.variables import UNREAD
from clawupgrade.ports import Host

_NAMES = (
    ("OPENCLAW_GATEWAY_TOKEN", "token"),
    ("OPENCLAW_GATEWAY_PASSWORD", "password"),
    (UNREAD, "token"),
)
_OLD_NAMES = (("CLAWDBOT_GATEWAY_TOKEN", "token"), ("CLAWDBOT_GATEWAY_PASSWORD", "password"))


def in_agents(host: Host, paths: Paths) -> Iterator[CredentialRef]:
    """Of the profile's LaunchAgents, on macOS."""
    for path in agent_paths(paths.home, paths.profile):
        if host.files.exists(path):
            yield from (CredentialRef("plist", path, name, kind, "") for name, kind in (*_NAMES, *_OLD_NAMES))


def in_compose(host: Host, paths: Paths) -> Iterator[CredentialRef]:
    """Of the first compose file that speaks of OpenClaw: what a container of it is started with."""
    path, _ = compose_file(host, paths.home, paths.state_dir)
    if path:
        yield from (CredentialRef("compose", path, name, kind, "") for name, kind in _NAMES)


def compose_file(host: Host, home: str, state_dir: str) -> tuple[str, str]:
    """The first compose file that speaks of OpenClaw, and its text; two empty texts for none."""
    for path in compose_paths(home, state_dir):
        content = host.files.read(path) if host.files.exists(path) else None
        if content is not None and b"openclaw" in content.lower():
            return path, content.decode("utf-8", "replace")
    return "", ""
