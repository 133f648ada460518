"""A registry on loopback: the real one's versions of openclaw and the lab's own; all else is sent on."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self
from urllib.parse import unquote

from .answering import Answering
from .breaks import Break
from .root import Lab, npm_setting
from .tarball import build_tarball, describe, fetch_tarball

NAME = "openclaw"


def _npm_view(*words: str) -> Any:
    view = ["npm", "view", "--json", *words]
    return json.loads(subprocess.run(view, check=True, capture_output=True, text=True, cwd="/").stdout)


def _strip(found: dict[str, Any]) -> dict[str, Any]:
    """One version's own manifest: npm view mixes what it says of the whole package into it."""
    return {key: value for key, value in found.items() if key not in {"dist-tags", "versions", "time"}}


@dataclass(slots=True)
class Registry(Answering):
    """Serves while its `with` block lasts. `url` belongs into a host's ~/.npmrc."""

    lab: Lab
    upstream: str = field(default_factory=lambda: npm_setting("registry"))
    versions: dict[str, dict[str, Any]] = field(default_factory=dict)
    published: dict[str, Path] = field(default_factory=dict)
    latest: str = ""
    requests: list[str] = field(default_factory=list)

    def __enter__(self) -> Self:
        self.latest = str(_npm_view(NAME, "dist-tags.latest"))
        self.versions = {found["version"]: _strip(found) for found in _npm_view(f"{NAME}@>=2026.4.0")}
        self.listen(ThreadingHTTPServer(("127.0.0.1", 0), self._handler()))
        return self

    def publish(self, version: str, broken: Break, *, base: str = "2026.9.6", latest: bool = False) -> None:
        """Add `version`: the real `base`, broken as told. `latest` moves the dist-tag to it."""
        if base not in self.versions:
            raise ValueError(f"the registry knows no {base}")
        source = fetch_tarball(self.lab, base)
        tarball = self.lab.tarballs / f"{NAME}-{version}-{base}-{broken.stamp}.tgz"
        with self.lab.locked(tarball.name):
            if not tarball.exists():
                build_tarball(source, tarball, version, broken)
        digests = describe(tarball) | {"tarball": f"{self.url}{NAME}/-/{NAME}-{version}.tgz"}
        manifest = self.versions[base] | {"version": version, "_id": f"{NAME}@{version}", "dist": digests}
        manifest["scripts"] = manifest.get("scripts", {}) | dict(broken.scripts)
        self.versions[version] = manifest
        self.published[version] = tarball
        if latest:
            self.latest = version

    def packument(self) -> dict[str, Any]:
        """All that npm asks about the package."""
        # A date of long ago: a user's own min-release-age must not hide what a test has just published.
        dates = dict.fromkeys(self.versions, "2026-01-01T00:00:00.000Z")
        tags = {"latest": self.latest}
        return {"_id": NAME, "name": NAME, "dist-tags": tags, "versions": self.versions, "time": dates}

    def answer(self, path: str) -> dict[str, Any] | Path | str:
        """What a GET of `path` gets: a JSON document, a file, or the address to go to instead."""
        parts = unquote(path.split("?")[0]).strip("/").split("/")
        match parts:
            case ["openclaw"]:
                return self.packument()
            case ["openclaw", wanted] if wanted in {"latest", *self.versions}:
                return self.versions[self.latest if wanted == "latest" else wanted]
            case ["openclaw", "-", file] if (version := file[len("openclaw-") : -4]) in self.published:
                return self.published[version]
            case _:
                return self.upstream.rstrip("/") + path

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        registry = self

        class Handler(BaseHTTPRequestHandler):
            """One request of npm."""

            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                registry.requests.append(self.path)
                match registry.answer(self.path):
                    case str(address):
                        self._send(302, b"", location=address)
                    case Path() as file:
                        self._send(200, file.read_bytes(), "application/octet-stream")
                    case document:
                        self._send(200, json.dumps(document).encode(), "application/json")

            def _send(self, status: int, body: bytes, kind: str = "text/plain", location: str = "") -> None:
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                if location:
                    self.send_header("Location", location)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                """Quiet: `requests` is the record."""

        return Handler
