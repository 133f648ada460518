"""The file that pins an image: an override file of our own, or one line of the user's file, all else kept."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Mapping
from typing import Any

from clawupgrade.errors import Refused

MARK = "# Written by clawupgrade"
_NAMES = {
    "compose.yaml": "compose.override.yaml",
    "compose.yml": "compose.override.yml",
    "docker-compose.yaml": "docker-compose.override.yaml",
    "docker-compose.yml": "docker-compose.override.yml",
}


def override_beside(files: tuple[str, ...], folder: str) -> str:
    """The override file that Compose reads by itself beside the project's only file; "" where it reads none.

    >>> override_beside(("/srv/claw/compose.yaml",), "/srv/claw")
    '/srv/claw/compose.override.yaml'
    >>> override_beside(("/srv/claw/other.yaml",), "/srv/claw")
    ''
    """
    if len(files) != 1 or posixpath.dirname(files[0]) != folder:
        return ""
    name = _NAMES.get(posixpath.basename(files[0]), "")
    return f"{folder}/{name}" if name else ""


def is_ours(content: bytes | None) -> bool:
    """Whether an override file was written by us."""
    return content is not None and content.startswith(MARK.encode())


def override_text(service: str, image: str, version: str, more: Mapping[str, Any] | None = None) -> bytes:
    """The override file that pins one service's image, and carries what else is ours.

    >>> print(override_text("gateway", "sha256:1", "2026.9.6").decode().splitlines()[-1])
        image: "sha256:1"
    """
    import json

    lines = [
        f"{MARK}: the image of {version} that was proven here, by digest.",
        "# Remove this file to go back to what the compose file names.",
        "services:",
        f"  {json.dumps(service)}:",
        *((f"    image: {json.dumps(image)}",) if image else ()),
        *(f"    {key}: {json.dumps(value)}" for key, value in (more or {}).items()),
    ]
    volumes = (more or {}).get("volumes") or ()
    named = [each.split(":")[0] for each in volumes if not each.startswith(("/", ".", "~"))]
    lines += ["volumes:", *(f"  {json.dumps(name)}: {{}}" for name in named)] if named else []
    return ("\n".join(lines) + "\n").encode()


def carried(content: bytes | None, service: str) -> dict[str, Any]:
    """What an override file of ours holds for the service besides its image."""
    from ruamel.yaml import YAML

    if not is_ours(content):
        return {}
    found = YAML(typ="safe").load(content or b"")
    said = dict(((found or {}).get("services") or {}).get(service) or {})
    said.pop("image", None)
    return said


def image_in(content: bytes, service: str) -> bool:
    """Whether this compose file names the service's image."""
    return _image_of(content, service) is not None


def builds(content: bytes, service: str) -> bool:
    """Whether this compose file has the service's image built."""
    return _service(content, service).get("build") is not None


def _service(content: bytes, service: str) -> Mapping[str, Any]:
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        found = YAML(typ="safe").load(content)
        said = found["services"][service]
    except (YAMLError, KeyError, TypeError):
        return {}
    return said if isinstance(said, Mapping) else {}


def with_image(content: bytes, service: str, image: str) -> bytes:
    """The compose file with another image for the service; every other byte stays.

    The parser says where the value stands; nothing is written by it, so comments and quotes stay as they are.

    Raises:
        Refused: the file does not name this service's image.
    """
    found = _image_of(content, service)
    if found is None:
        raise Refused(
            f"the compose file names no image for “{service}”", "leave --write out, or give it an image: line"
        )
    line, column = found
    lines = content.decode().splitlines(keepends=True)
    text = lines[line]
    rest = text[column:]
    if rest[:1] in ("'", '"'):
        end = rest.index(rest[0], 1) + 1
    else:
        bare = rest.rstrip("\r\n")
        end = len(bare.split(" #", 1)[0].rstrip())
    lines[line] = f'{text[:column]}"{image}"{rest[end:]}'
    return "".join(lines).encode()


def files_with_image(texts: Iterable[tuple[str, bytes]], service: str) -> str:
    """The last of the files that names the service's image: that one counts; "" for none."""
    return next((path for path, text in reversed(tuple(texts)) if image_in(text, service)), "")


def _image_of(content: bytes, service: str) -> tuple[int, int] | None:
    """Line and column, from 0, of the image's value."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        found = YAML(typ="rt").load(content)
        services = found["services"]
        position: tuple[int, int] = services[service].lc.value("image")
    except (YAMLError, KeyError, TypeError, AttributeError):
        return None
    return position
