"""The line of config migrations: checked when it is loaded, planned by version, shown in the plan."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from clawupgrade.errors import JournalDamaged
from clawupgrade.migrations import (
    m001_gateway_token,
    m002_gateway_auth_mode,
    m003_channels,
    m004_agent,
    m005_routing,
    m006_identity,
    m007_renamed_keys,
    m008_allowed_origins,
)
from clawupgrade.migrations.migration import Migration
from clawupgrade.openclaw.diff import Stage
from clawupgrade.openclaw.document import Document
from clawupgrade.openclaw.versions import parse


def checked(migrations: Sequence[Migration]) -> tuple[Migration, ...]:
    """The migrations, when they form one line: numbered ids, each once, each linked to the one before it.

    Raises ValueError otherwise, and for a `since` that is no version.
    """
    before: str | None = None
    for number, migration in enumerate(migrations, start=1):
        if not re.fullmatch(rf"m{number:03}_[a-z0-9_]+", migration.id):
            raise ValueError(f"migration {number} is called {migration.id}")
        if migration.after != before:
            raise ValueError(f"{migration.id} comes after {before}, but names {migration.after}")
        parse(migration.since)
        before = migration.id
    return tuple(migrations)


MIGRATIONS = checked(
    [
        m001_gateway_token.MIGRATION,
        m002_gateway_auth_mode.MIGRATION,
        m003_channels.MIGRATION,
        m004_agent.MIGRATION,
        m005_routing.MIGRATION,
        m006_identity.MIGRATION,
        m007_renamed_keys.MIGRATION,
        m008_allowed_origins.MIGRATION,
    ]
)


def named(ids: Iterable[str]) -> tuple[Migration, ...]:
    """The migrations of a plan, in the order of the line.

    Raises JournalDamaged for an id that this program does not know: the plan is another program's.
    """
    wanted = set(ids)
    if unknown := sorted(wanted - {migration.id for migration in MIGRATIONS}):
        raise JournalDamaged(f"the plan names config migrations that are not known here: {', '.join(unknown)}")
    return tuple(migration for migration in MIGRATIONS if migration.id in wanted)


def pending(from_version: str, to_version: str, document: Document) -> tuple[Migration, ...]:
    """The migrations that would change the document on the way from one version to another.

    Each is tried on what those before it leave, so that the list is what `apply` will really do.
    Raises Refused for a text that is no version.
    """
    left, reached = parse(from_version), parse(to_version)
    found = []
    for migration in MIGRATIONS:
        since = parse(migration.since)
        if since > reached or (since <= left and not migration.heals):
            continue
        if (after := migration.upgrade(document)) is not None:
            found.append(migration)
            document = after
    return tuple(found)


def apply(document: Document, migrations: Iterable[Migration]) -> Document:
    """The document after the migrations; the same object when none of them has anything to do."""
    for migration in migrations:
        document = migration.upgrade(document) or document
    return document


def stages(document: Document, migrations: Iterable[Migration]) -> tuple[Stage, ...]:
    """What each migration makes of the document, for a diff that is to call their changes expected."""
    found: list[Stage] = []
    for migration in migrations:
        document = migration.upgrade(document) or document
        found.append(Stage(migration.id, document.value))
    return tuple(found)


def plan_text(migrations: Iterable[Migration]) -> tuple[str, ...]:
    """One line per migration for the plan."""
    return tuple(f"{migration.id} ({migration.since}): {migration.why}" for migration in migrations)
