"""Command lines of docker, podman and Compose as tuples. Values of variables never stand in one."""

from __future__ import annotations

from collections.abc import Iterable

from clawupgrade.composed import Composed

PROJECT = "com.docker.compose.project"
SERVICE = "com.docker.compose.service"
ONE_OFF = "com.docker.compose.oneoff"


def containers_of(engine: tuple[str, ...], *labels: str) -> tuple[str, ...]:
    """The ids of all containers with these labels, running or not.

    >>> containers_of(("docker",), "a=b")
    ('docker', 'ps', '--all', '--quiet', '--no-trunc', '--filter', 'label=a=b')
    """
    filters = (word for label in labels for word in ("--filter", f"label={label}"))
    return (*engine, "ps", "--all", "--quiet", "--no-trunc", *filters)


def compose(found: Composed, files: Iterable[str], *words: str) -> tuple[str, ...]:
    """A Compose command on this project; v1 and v2 take the same options.

    >>> it = Composed(("docker",), ("docker", "compose"), "claw", "/srv/claw", (), "gateway", "c", "i", "sha256:1")
    >>> compose(it, ["/srv/claw/compose.yaml"], "stop", "gateway")[-3:]
    ('/srv/claw/compose.yaml', 'stop', 'gateway')
    """
    named = (word for path in files for word in ("--file", path))
    where = ("--project-name", found.project, "--project-directory", found.folder)
    return (*found.compose, *where, *named, *words)


def up(found: Composed, files: Iterable[str]) -> tuple[str, ...]:
    """Start the one service; a container whose image or definition has changed is made anew."""
    return compose(found, files, "up", "--detach", "--no-deps", "--no-build", found.service)


def create(found: Composed, files: Iterable[str]) -> tuple[str, ...]:
    """Make the one service's container what the files say, without starting it."""
    return compose(found, files, "up", "--no-start", "--no-deps", "--no-build", found.service)


def restart(found: Composed, container: str, policy: str) -> tuple[str, ...]:
    """Give a container another restart policy. Compose does not see it: its own labels stay."""
    return (*found.engine, "update", f"--restart={policy}", container)


def unpack(found: Composed, packed: str, target: str) -> tuple[str, ...]:
    """Copy the state out of a container through the file `packed`, owners and modes as they are inside."""
    script = 'umask 077 && packed=$1 target=$2 && shift 2 && "$@" >"$packed" && tar --extract --numeric-owner'
    script += ' --same-owner --same-permissions --strip-components=1 --file="$packed" --directory="$target"'
    copy = (*found.engine, "cp", f"{found.container}:{found.state}", "-")
    return ("sh", "-c", script, "sh", packed, target, *copy)


def stop(found: Composed, files: Iterable[str], seconds: float) -> tuple[str, ...]:
    """Stop the one service; after so many seconds the engine kills it."""
    return compose(found, files, "stop", "--timeout", f"{seconds:.0f}", found.service)


def run(
    found: Composed,
    image: str,
    words: tuple[str, ...],
    *,
    variables: Iterable[str],
    mounts: Iterable[str],
    network: str,
    options: tuple[str, ...] = (),
) -> tuple[str, ...]:
    """One container of an image, in the place of the service's own: its user, its variables, these mounts.

    variables: names; the engine's program takes the values from its own environment. mounts: as `--mount` has them.
    """
    given = [word for name in variables for word in ("--env", name)]
    given += [word for mount in mounts for word in ("--mount", mount)]
    given += ["--user", found.user] if found.user else []
    head, *rest = words
    return (*found.engine, "run", "--network", network, *options, *given, "--entrypoint", head, image, *rest)


def execute(found: Composed, container: str, words: tuple[str, ...], variables: Iterable[str] = ()) -> tuple[str, ...]:
    """A command in the running container, as its user."""
    given = (word for name in variables for word in ("--env", name))
    return (*found.engine, "exec", "--interactive", *given, container, *words)
