"""The environment that OpenClaw and npm children get on top of the clean base. Never a token."""

from __future__ import annotations

from typing import Protocol

from clawupgrade.openclaw.paths import Paths


class Installed(Protocol):
    """The part of an installation that this is about."""

    @property
    def environment(self) -> tuple[tuple[str, str], ...]:
        """What `children` made when the installation was read."""
        ...


def children(paths: Paths, prefix: str, node: str, search: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """What leads every child to this installation and to this Node.

    prefix: the release's own, `OPENCLAW` or `CLAWDBOT`. search: folders for PATH, best first; doctor
    disables skills whose programs it cannot find, so the user's own folders belong in it.
    State dir and config path are named only where they are not the usual ones: 2026.9 declines to
    manage a service once they differ from what it would choose by itself.

    >>> children(Paths("/h", "", "/h/.openclaw", "", "", (), False), "OPENCLAW", "/n/bin/node", ("/bin",))
    (('PATH', '/n/bin:/bin'),)
    """
    folder = node.rpartition("/")[0]
    env = [("PATH", ":".join(dict.fromkeys([folder, *search])))]
    if paths.profile:
        env.append((f"{prefix}_PROFILE", paths.profile))
    if paths.profile or paths.explicit:
        env.append((f"{prefix}_STATE_DIR", paths.state_dir))
        env.append((f"{prefix}_CONFIG_PATH", paths.config_path))
    return tuple(env)


def for_openclaw(install: Installed) -> tuple[tuple[str, str], ...]:
    """For an OpenClaw command of this installation, old release or new.

    A rename on the way (clawdbot → openclaw) changes the prefix, so both spellings are given.
    """
    env = dict(install.environment)
    for name, value in install.environment:
        if name.startswith("CLAWDBOT_"):
            env[name.replace("CLAWDBOT_", "OPENCLAW_", 1)] = value
    return tuple(env.items())


def for_doctor(install: Installed) -> tuple[tuple[str, str], ...]:
    """For doctor, which shall leave the service alone: whoever runs it here starts the gateway himself.

    2026.6.11's doctor starts a stopped gateway, on the old unit: a second outage when that is refreshed.
    OpenClaw's own updater sets the same variable, read since 2026.4.25-beta.1.
    """
    return (*for_openclaw(install), ("OPENCLAW_SERVICE_REPAIR_POLICY", "external"))


def in_clone(environment: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    """For a command in a clone: the home is read-only there, and there is no network.

    2026.9.6 wants a cache to copy databases in. 2026.4.29's doctor has npm install libraries, which would ask for a
    registry again and again for minutes before it gives up.
    """
    return tuple((dict(environment) | {"XDG_CACHE_HOME": "/tmp/cache", "npm_config_offline": "true"}).items())


def for_npm(install: Installed) -> tuple[tuple[str, str], ...]:
    """For npm: the right Node first, and nothing that npm's own configuration would be changed by."""
    return tuple((name, value) for name, value in install.environment if name == "PATH")
