"""A mirror of the npm registry for a segment: the lab's own releases, and what the real one has, fetched once."""

from __future__ import annotations

import hashlib
import json
import ssl
import threading
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Self

from .answering import Answering
from .registry import Registry
from .root import npm_setting
from .segment import Segment, within


@dataclass(slots=True)
class Mirror(Answering):
    """Listens in the segment while its `with` block lasts; asks the real registry from this machine.

    kept: folder of what was fetched. fetched: bytes that came from the real registry; served: bytes to hosts.
    """

    segment: Segment
    registry: Registry
    kept: Path
    fetched: int = 0
    served: int = 0
    _trusted: ssl.SSLContext | None = None
    _locks: dict[str, threading.Lock] = field(default_factory=dict)

    def __enter__(self) -> Self:
        self.kept.mkdir(exist_ok=True)
        self._trusted = ssl.create_default_context(cafile=npm_setting("cafile") or None)
        # A socket stays in the network in which it was made, whatever thread serves it.
        address = (self.segment.address, 0)
        self.listen(within(self.segment.path, lambda: ThreadingHTTPServer(address, self._handler())))
        return self

    def answer(self, path: str, accept: str) -> tuple[int, bytes, str]:
        """Status, body and type for a GET of `path`."""
        match self.registry.answer(path):
            case Path() as file:
                return 200, file.read_bytes(), "application/octet-stream"
            case str(address):
                return self._fetch(address, accept)
            case document:
                # The lab's registry names itself and the real one; hosts reach neither.
                return 200, self._own(json.dumps(document).encode()), "application/json"

    def _fetch(self, address: str, accept: str) -> tuple[int, bytes, str]:
        name = hashlib.sha256(f"{address} {accept}".encode()).hexdigest()
        file = self.kept / name
        with self._locks.setdefault(name, threading.Lock()):
            if not file.exists():
                wanted = urllib.request.Request(address, headers={"Accept": accept, "User-Agent": "clawupgrade-lab"})
                try:
                    with urllib.request.urlopen(wanted, timeout=120, context=self._trusted) as answered:
                        body, kind = answered.read(), answered.headers.get("Content-Type", "application/json")
                except urllib.error.HTTPError as error:
                    return error.code, error.read(), "application/json"
                self.fetched += len(body)
                scratch = file.with_suffix(".new")
                scratch.write_bytes(kind.encode() + b"\n" + body)
                scratch.rename(file)
        first, _, body = file.read_bytes().partition(b"\n")
        kind = first.decode()
        return 200, self._own(body) if "json" in kind else body, kind

    def _own(self, body: bytes) -> bytes:
        for other in (self.registry.url, self.registry.upstream.rstrip("/") + "/"):
            body = body.replace(other.encode(), self.url.encode())
        return body

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        mirror = self

        class Handler(BaseHTTPRequestHandler):
            """One request of npm."""

            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                try:
                    status, body, kind = mirror.answer(self.path, self.headers.get("Accept", "*/*"))
                except OSError as error:
                    status, body, kind = 502, str(error).encode(), "text/plain"
                mirror.served += len(body)
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                """Quiet."""

        return Handler
