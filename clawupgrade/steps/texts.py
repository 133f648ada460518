"""The config's texts: the main file and what it includes, kept as readable history with every snapshot."""

from __future__ import annotations

from pathlib import PurePosixPath

from clawupgrade.openclaw.document import Document, DocumentError
from clawupgrade.openclaw.document.includes import resolve_includes
from clawupgrade.ports import Host


def config_texts(host: Host, config_path: str) -> tuple[str, ...]:
    """Absolute paths, the main file first; only that one where an include cannot be resolved or parsed."""
    content = host.files.read(config_path)
    if content is None:
        return (config_path,)

    def read(path: PurePosixPath) -> bytes:
        found = host.files.read(str(path))
        if found is None:
            raise FileNotFoundError(2, "it does not exist", str(path))
        return found

    try:
        resolved = resolve_includes(Document.parse(content, source=config_path), read)
    except DocumentError:
        return (config_path,)
    return (config_path, *(str(path) for path in resolved.files if str(path) != config_path))
