"""An OpenClaw gateway that a Compose project runs: what was found of it, in values that fit a plan."""

from __future__ import annotations

from msgspec import Struct


class Mount(Struct, frozen=True):
    """A folder or file of this machine that the container sees.

    source: its path here (of a named volume: where the engine keeps it). inside: its path in the container.
    volume: the name of a named volume, "" for a bind mount.
    """

    source: str
    inside: str
    writable: bool = True
    volume: str = ""


class Composed(Struct, frozen=True):
    """One service of one Compose project, and how its engine is spoken to.

    engine, compose: command lines that others are added to (`docker`; `docker compose` or `docker-compose`).
    reach: variables that lead these programs to the daemon. files: compose files in their order, absolute.
    image: as the compose files name it; image_id: what the container runs. words: its command up to `gateway`,
    without the entrypoint. command: all of it. entry, node, home, root: paths inside.
    state, config: where the container sees them. port: the gateway's own; pin: the file that names the image
    of the new version, "" where the local name itself is moved; edits: whether that file is the user's own.
    keep: the name under which images of a run are kept, without tag. build: whether the project builds its image.
    restart: its restart policy, as `docker update` takes it; "" where none can be changed (Podman).
    """

    engine: tuple[str, ...]
    compose: tuple[str, ...]
    project: str
    folder: str
    files: tuple[str, ...]
    service: str
    container: str
    image: str
    image_id: str
    command: tuple[str, ...] = ()
    reach: tuple[tuple[str, str], ...] = ()
    node: str = "node"
    entry: str = ""
    root: str = ""
    home: str = ""
    user: str = ""
    state: str = ""
    config: str = ""
    port: int = 18789
    mounts: tuple[Mount, ...] = ()
    pin: str = ""
    edits: bool = False
    keep: str = ""
    build: bool = False
    restart: str = ""

    @property
    def once(self) -> str:
        """The name of a container that does one thing and goes; there is never more than one."""
        return f"clawupgrade-{self.project}-{self.service}-once"

    @property
    def canary(self) -> str:
        """The name of the container in which the target is tried out."""
        return f"clawupgrade-{self.project}-{self.service}-canary"

    def outside(self, path: str) -> str | None:
        """Where a path of the container lies on this machine; None where it is in the container's own layer."""
        for mount in sorted(self.mounts, key=lambda each: len(each.inside), reverse=True):
            if path == mount.inside:
                return mount.source
            if path.startswith(f"{mount.inside}/"):
                return mount.source + path.removeprefix(mount.inside)
        return None

    def below(self, path: str) -> tuple[Mount, ...]:
        """The mounts that lie below a path of the container, itself left out."""
        return tuple(mount for mount in self.mounts if mount.inside.startswith(f"{path}/"))


class Wanted(Struct, frozen=True):
    """Which gateway is meant: a compose file or its folder, "" for whichever there is; a service, "" for its only one.

    reach: the variables of the caller that lead to a daemon.
    """

    path: str = ""
    service: str = ""
    reach: tuple[tuple[str, str], ...] = ()


class Image(Struct, frozen=True):
    """An image as the engine has it. digests: `repository@sha256:…` as registries know it; often none."""

    id: str
    digests: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    created: str = ""
    size: int = 0

    def pinned(self, reference: str) -> str:
        """What names this very image: the registry's digest where the repository has one, else its id.

        >>> Image("sha256:1", ("claw/openclaw@sha256:2",)).pinned("claw/openclaw:2026.9.6")
        'claw/openclaw@sha256:2'
        >>> Image("sha256:1").pinned("openclaw:local")
        'sha256:1'
        """
        repository = repository_of(reference)
        return next((each for each in self.digests if each.partition("@")[0] == repository), self.id)


class Facts(Struct, frozen=True):
    """What an image holds, or a running container: told by its own Node."""

    name: str
    version: str
    root: str
    entry: str
    node: str
    node_version: str
    home: str
    user: str
    state: str
    config: str
    engines_node: str = ""
    npm: tuple[str, ...] = ()


class Surroundings(Struct, frozen=True):
    """What lies around a gateway's state. config: a config that the image itself holds, None for none.

    sharing: other containers that may write to the same state. owner: the user id that the state belongs to.
    """

    config: bytes | None = None
    sharing: tuple[str, ...] = ()
    owner: int | None = None


def repository_of(reference: str) -> str:
    """An image's name without tag and digest.

    >>> repository_of("localhost:5000/claw/openclaw:2026.9.6")
    'localhost:5000/claw/openclaw'
    >>> repository_of("openclaw@sha256:1")
    'openclaw'
    """
    name = reference.partition("@")[0]
    head, sign, tag = name.rpartition(":")
    return head if sign and "/" not in tag else name


def tag_of(reference: str) -> str:
    """The tag, `latest` where none is named, "" for a digest or an id.

    >>> tag_of("openclaw:local"), tag_of("openclaw"), tag_of("sha256:1234")
    ('local', 'latest', '')
    """
    if "@" in reference or reference.startswith("sha256:"):
        return ""
    _, sign, tag = reference.rpartition(":")
    return tag if sign and "/" not in tag else "latest"
