"""Request and an installation in a container become a Plan. Pure: it looks at nothing."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from clawupgrade.composed import Composed, repository_of, tag_of
from clawupgrade.model import Engine, Hop, Install, Plan, Request, Target
from clawupgrade.openclaw.hops import Way
from clawupgrade.planning import make_plan

CANDIDATE = "candidate"
"""The tag under which an image lies that was built for a run which may never begin."""

_VARIANTS = ("slim", "browser")


def reference_for(found: Composed, version: str) -> str:
    """The image of a version, in the repository and the variant that the service uses now.

    >>> it = Composed(("docker",), ("docker", "compose"), "p", "/p", (), "s", "c", "claw/openclaw:2026.6.11-slim", "")
    >>> reference_for(it, "2026.9.6")
    'claw/openclaw:2026.9.6-slim'
    """
    _, sign, variant = tag_of(found.image).rpartition("-")
    return f"{repository_of(found.image)}:{version}{f'-{variant}' if sign and variant in _VARIANTS else ''}"


def make_composed_plan(
    request: Request,
    install: Install,
    found: Composed,
    target: Target,
    *,
    run_id: str,
    created_at: str,
    migrations: Mapping[str, tuple[str, ...]],
    folder: str,
    program: tuple[str, ...],
) -> Plan:
    """The complete plan of an upgrade by image: one hop, whose files are an image's and lie nowhere here."""
    way = Way((), Engine.IMAGE.value, "the gateway runs in a container: its image is exchanged, never its files")
    plan = make_plan(
        replace(request, engine=None),
        install,
        target,
        way,
        run_id=run_id,
        created_at=created_at,
        migrations=migrations,
        folder=folder,
        program=program,
    )
    hop = Hop(
        version=target.version,
        name=target.name,
        spec=target.spec,
        stage=f"{found.keep}:{run_id}",
        tree="",
        live=found.root,
        migrations=migrations.get(target.version, ()),
    )
    return replace(plan, hops=(hop,))
