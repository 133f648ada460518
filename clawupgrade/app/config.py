"""The config by itself: what a run or a version makes of it, whether a release takes it, its comments given back."""

from __future__ import annotations

from pathlib import PurePosixPath

from msgspec import Struct

from clawupgrade.app.changes import run_diff
from clawupgrade.app.recover import settle
from clawupgrade.engine.runs import Runs
from clawupgrade.errors import Refused, UsageError
from clawupgrade.migrations import registry
from clawupgrade.migrations.findings import Finding, findings
from clawupgrade.migrations.migration import Migration
from clawupgrade.model import Install, Request, plan_from_json
from clawupgrade.openclaw.diff import Diff, Mask, compare
from clawupgrade.openclaw.document import Document, Resolved, resolve_includes, same
from clawupgrade.openclaw.validation import explain
from clawupgrade.ports import Host
from clawupgrade.steps import judging
from clawupgrade.steps.stock import content_of
from clawupgrade.survey.survey import survey

_BEFORE = "config"


class Verdict(Struct, frozen=True):
    """What was found. problems: one line each, with file, line and column. by: the release that was asked, or ""."""

    path: str
    files: tuple[str, ...]
    by: str
    problems: tuple[str, ...]

    @property
    def is_valid(self) -> bool:
        """Whether nobody objects."""
        return not self.problems


class Migrated(Struct, frozen=True):
    """What the migrations for a version do to the config. written: whether it is on the disk."""

    version: str
    migrations: tuple[Migration, ...]
    diff: Diff
    findings: tuple[Finding, ...]
    written: bool = False


class Restored(Struct, frozen=True):
    """Comments given back: from which kept state, and whether that changed the file."""

    path: str
    source: str
    written: bool


def diff(host: Host, runs: Runs, request: Request, of: str | None) -> tuple[str, Diff]:
    """What a run (the last one, if none is named) made of the config, or what our migrations for a version would.

    Raises:
        UsageError: there is no such run and it is no version.
        Refused: a text is not kept, or does not parse.
    """
    ids = runs.ids()
    if of is None and not ids:
        raise UsageError("there is no run yet", "name a version: clawupgrade config diff 2026.9.6")
    if of is None or of in ids:
        plan = plan_from_json(dict(runs.load(of or ids[-1]).records[0].data))
        return plan.run_id, run_diff(host, plan, Mask(host.secrets.key()))
    if not of[:1].isdecimal() or "T" in of:
        raise UsageError(f"there is no run {of}", "see: clawupgrade history")
    return of, migrate(host, runs, request, of, check=True).diff


def validate(host: Host, request: Request) -> Verdict:
    """Read the config as OpenClaw does, then ask the installed release, where it can be asked.

    Raises:
        DocumentError: it cannot be read; file, line and column are in the message.
    """
    install = survey(host, request)
    document, resolved = _read(host, install)
    files = (install.config_path, *map(str, resolved.files))
    found = judging.objections(host, install, install.package.root)
    by = "" if found is None else f"{install.package.name} {install.package.version}"
    return Verdict(install.config_path, files, by, explain(document, found or (), doctor_mends=False))


def migrate(host: Host, runs: Runs, request: Request, to: str | None, *, check: bool) -> Migrated:
    """Apply the migrations on the way to a version (default: the installed one), in one write.

    Written is only what the installed release takes: it goes on serving with it. The text of before is kept.

    Raises:
        Refused: the installed release objects to the result.
    """
    if not check:
        settle(host, runs)
    install = survey(host, request)
    document, resolved = _read(host, install)
    version = to or install.package.version
    pending = registry.pending(install.package.version, version, document)
    stages = registry.stages(document, pending)
    after = registry.apply(document, pending)
    mask = Mask(host.secrets.key())
    notes = findings(install.package.version, version, document, resolved.value)
    found = Migrated(version, pending, compare(document.value, after.value, mask=mask, stages=stages), notes)
    if check or not pending:
        return found
    _write(host, install, after)
    return Migrated(version, pending, found.diff, notes, written=True)


def restore_comments(host: Host, runs: Runs, request: Request) -> Restored:
    """Give the config the comments and the layout back that it had before OpenClaw wrote it anew.

    The values stay as they are now.

    Raises:
        Refused: no kept state of it has comments.
    """
    settle(host, runs)
    install = survey(host, request)
    document, _ = _read(host, install)
    path = install.config_path
    if document.has_comments:
        return Restored(path, "", written=False)
    for revision in reversed(host.snapshots.revisions(path)):
        content = host.snapshots.text(revision.commit, path)
        old = Document.parse(content, source=path) if content else None
        if old is not None and old.has_comments:
            _write(host, install, old.adopt(document.value))
            return Restored(path, revision.snapshot_id, written=True)
    raise Refused(
        "no kept state of the config has a comment",
        "clawupgrade keeps the config's text with every run; see: clawupgrade history --config",
    )


def _read(host: Host, install: Install) -> tuple[Document, Resolved]:
    path = install.config_path
    content = host.files.read(path)
    if content is None:
        raise Refused(f"there is no config at {path}", "run: openclaw onboard")
    document = Document.parse(content, source=path)
    resolved = resolve_includes(document, lambda each: content_of(host, str(each)), path=PurePosixPath(path))
    return document, resolved


def _write(host: Host, install: Install, after: Document) -> None:
    """One write, taken back if the release that is installed objects to what it did not object to before."""
    path = install.config_path
    before = content_of(host, path)
    known = judging.objections(host, install, install.package.root) or ()
    host.snapshots.note(f"{host.clock.now():%Y%m%dT%H%M%SZ}-{_BEFORE}", (path,))
    host.files.write(path, after.encoded, like=path)
    found = judging.objections(host, install, install.package.root) or ()
    new = [issue for issue in found if issue not in known]
    if new:
        host.files.write(path, before, like=path)
        raise Refused(
            f"{install.package.version} would not take it: {'; '.join(explain(after, new, doctor_mends=False)[:3])}",
            "it was put back as it was; an upgrade applies its migrations by itself, when the new release is in",
        )
    assert same(Document.parse(content_of(host, path)).value, after.value)
