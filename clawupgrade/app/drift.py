"""What somebody changed since a run ended, and what taking the run back would therefore undo as well."""

from __future__ import annotations

from collections.abc import Iterator

from clawupgrade.app.finish import after
from clawupgrade.model import Install, Plan
from clawupgrade.openclaw.diff import Mask, compare
from clawupgrade.openclaw.document import Document, DocumentError, Json
from clawupgrade.ports import Host

# OpenClaw writes these by itself, without anybody having decided anything.
_OWN = ("meta", "wizard")


def drift_of(host: Host, install: Install, earlier: Plan) -> tuple[str, ...]:
    """One line each, secrets masked: another version than the run led to, and every change of the config.

    Where the config was not noted at the run's end nobody knows, and nothing is said.
    """
    return tuple(_drift(host, install, earlier))


def _drift(host: Host, install: Install, earlier: Plan) -> Iterator[str]:
    if install.package.version != earlier.target:
        yield f"run {earlier.run_id} led to {earlier.target}, but {install.package.version} is installed now"
    then = host.snapshots.noted(after(earlier.run_id), earlier.landing.config_path)
    now = host.files.read(install.config_path)
    if then is None or now == then:
        return
    path = install.config_path
    try:
        was, is_now = _value(then, path), _value(now or b"{}", path)
    except DocumentError as error:
        yield f"the config was edited since, and does not parse: {error}"
        return
    for change in compare(was, is_now, mask=Mask(host.secrets.key())).changes:
        if change.path[:1] and change.path[0] not in _OWN:
            yield f"the config was edited since: {change.line.partition('  [')[0]}"


def _value(content: bytes, path: str) -> Json:
    return Document.parse(content, source=path).value
