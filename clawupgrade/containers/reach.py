"""The variables that lead a client to its daemon; a timer, a watcher and a unit need them as well as a shell."""

from __future__ import annotations

from collections.abc import Mapping

NAMES = (
    "DOCKER_HOST",
    "DOCKER_CONTEXT",
    "DOCKER_CONFIG",
    "DOCKER_CERT_PATH",
    "DOCKER_TLS_VERIFY",
    "CONTAINER_HOST",
)


def reach_of(environ: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Those that are set.

    >>> reach_of({"DOCKER_HOST": "unix:///run/docker.sock", "PATH": "/bin"})
    (('DOCKER_HOST', 'unix:///run/docker.sock'),)
    """
    return tuple((name, environ[name]) for name in NAMES if environ.get(name))
