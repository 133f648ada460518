"""What a container adds to the checklist: where its state lies, what a rebuild would do, who else shares it."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from clawupgrade.diagnose.diagnosis import Colour, Line

_INIT = "clawupgrade init --compose moves it to a volume and pins the token, keeping the present one"


class Contained(Struct, frozen=True):
    """A gateway in a container, as far as it matters to its token.

    state: where the container sees it; on_volume: whether a mount holds it. onboarded: whether the image itself
    holds a config, as a build with onboarding in it leaves; same_token: whether that config's token is the one
    that serves, None where one of them cannot be told. sharing: other containers that write to the same state.
    user, owner: user ids of the container's process and of its state. builds: whether the project builds the image.
    pinned: the variable that carries the token; read_only: the container's own root.
    """

    service: str
    state: str
    on_volume: bool
    onboarded: bool = False
    same_token: bool | None = None
    sharing: tuple[str, ...] = ()
    user: int | None = None
    owner: int | None = None
    builds: bool = False
    pinned: str = ""
    read_only: bool = False


def lines_of(found: Contained) -> Iterator[Line]:
    """In the order in which they hurt."""
    yield from _state(found)
    yield from _build(found)
    yield from _sharing(found)
    yield from _user(found)
    if not found.pinned:
        yield Line(
            "pin",
            Colour.YELLOW,
            f"no variable gives {found.service} its token: whoever sets it up anew gets another one",
            "pin the gateway's own as OPENCLAW_GATEWAY_TOKEN: clawupgrade init --compose",
        )
    else:
        yield Line("pin", Colour.GREEN, f"{found.service} is given its token by {found.pinned}")


def _state(found: Contained) -> Iterator[Line]:
    if not found.on_volume:
        yield Line(
            "state",
            Colour.RED,
            f"{found.state} lies in the container's own layer: the next rebuild or `up` of another image begins "
            "without it, and with another token",
            _INIT,
        )
    elif found.read_only:
        yield Line("state", Colour.GREEN, f"{found.state} is on a volume; all else in the container is read-only")
    else:
        yield Line("state", Colour.GREEN, f"{found.state} is on a volume")


def _build(found: Contained) -> Iterator[Line]:
    if not found.onboarded:
        return
    said = "the image was built with onboarding in its build: each build makes a token of its own"
    if found.same_token is False and found.on_volume:
        yield Line("build", Colour.YELLOW, f"{said}; the volume keeps the one that serves", _OUT)
    else:
        yield Line("build", Colour.RED, f"{said}, and the next one shuts out every client", _OUT)


_OUT = "take onboarding out of the Dockerfile; pin the token and keep the state: clawupgrade init --compose"


def _sharing(found: Contained) -> Iterator[Line]:
    if found.sharing:
        yield Line(
            "sharing",
            Colour.YELLOW,
            f"the same state is mounted by {', '.join(found.sharing)} as well",
            "let one container alone write to it: two gateways on one state damage it",
        )


def _user(found: Contained) -> Iterator[Line]:
    if found.user is not None and found.owner is not None and found.user not in (found.owner, 0):
        yield Line(
            "user",
            Colour.RED,
            f"the container runs as user {found.user}, but its state belongs to {found.owner}",
            f"give it to that user: chown -R {found.user} FOLDER, or set user: in the compose file",
        )
