"""Which image an upgrade leads to: of the version that is wanted, one that is named, or one that the project builds."""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace

from clawupgrade.composed import Composed
from clawupgrade.composing import CANDIDATE, reference_for
from clawupgrade.errors import FailedClean, Refused, StepFailed
from clawupgrade.model import Install, Request, Target
from clawupgrade.openclaw.versions import parse
from clawupgrade.ports import Event, Host
from clawupgrade.survey.target import NAME, resolve_target

_BUILD = 3600.0


def resolve_image(host: Host, install: Install, found: Composed, request: Request) -> Target:
    """The image, and the version that is in it. An image that is built, or named and not here, is got first.

    That touches nothing that runs: only then can be told which version it is.

    Raises:
        Refused: there is no such image or version, or the project does not say how its image is built.
        FailedClean: it could not be built or fetched.
    """
    if request.bundle is not None:
        raise Refused("a bundle holds no image", "bring the image with docker load, then name it with --image")
    if request.build:
        if not found.build:
            raise Refused(
                f"{found.service} of {found.project} is not built here: its compose file has no build: section",
                "leave --build out, and name the version with --to",
            )
        reference = f"{found.keep}:{CANDIDATE}"
        _get(host, "the image is built", lambda say: host.images.build(found, reference, _BUILD, say))
        return _in_image(host, found, reference, request)
    if request.image:
        if host.images.find(found, request.image) is None:
            _get(host, "the image is pulled", lambda say: host.images.pull(found, request.image, _BUILD, say))
        return _in_image(host, found, request.image, request)
    if found.build:
        raise Refused(
            f"{found.service} of {found.project} builds its image: no registry has the next one",
            "have its Dockerfile take the new version, then: clawupgrade run --build",
        )
    if request.to:
        parse(request.to)
        return Target(request.to, NAME, reference_for(found, request.to))
    target = resolve_target(host, install, request)
    return replace(target, spec=reference_for(found, target.version))


def _in_image(host: Host, found: Composed, reference: str, request: Request) -> Target:
    facts = host.containers.facts(found, reference)
    if facts is None:
        raise Refused(f"{reference} holds no OpenClaw that Node could run", "name an image of OpenClaw's gateway")
    if request.to and request.to != facts.version:
        raise Refused(f"{reference} holds {facts.version}, not {request.to}", "name the other one, or leave --to out")
    return Target(facts.version, facts.name, reference, facts.engines_node)


def _get(host: Host, words: str, get: Callable[[Callable[[str], None]], None]) -> None:
    host.say(Event("note", text=words))
    try:
        get(lambda line: host.say(Event("line", text=line)))
    except StepFailed as error:
        raise FailedClean(error.message, error.hint) from error
