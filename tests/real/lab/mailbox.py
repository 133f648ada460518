"""Who hears of it: a mail server and a web server on loopback that note what they are sent."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aiosmtpd.controller import Controller


@dataclass(slots=True)
class Mailbox:
    """What came: mails as texts, calls of the webhook as (title, message)."""

    web_port: int = 0
    mail_port: int = 0
    mails: list[str] = field(default_factory=list)
    calls: list[tuple[str, str]] = field(default_factory=list)

    @property
    def urls(self) -> str:
        """Both addresses, as clawupgrade.toml wants them."""
        mail = f"mailto://127.0.0.1:{self.mail_port}?from=claw@example.org&to=ops@example.org"
        return f'"json://127.0.0.1:{self.web_port}/hook", "{mail}"'


@contextmanager
def mailbox(at: Mailbox | None = None) -> Iterator[Mailbox]:
    """Listen while the block lasts; with `at`, again on the same ports."""
    box = at or Mailbox(_free(), _free())

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            said: dict[str, Any] = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            box.calls.append((said["title"], said["message"]))
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

    class Inbox:
        async def handle_DATA(self, server: object, session: object, envelope: Any) -> str:
            box.mails.append(envelope.content.decode("utf-8", "replace"))
            return "250 OK"

    web = ThreadingHTTPServer(("127.0.0.1", box.web_port), Handler)
    threading.Thread(target=web.serve_forever, daemon=True).start()
    mail = Controller(Inbox(), hostname="127.0.0.1", port=box.mail_port)
    mail.start()
    try:
        yield box
    finally:
        mail.stop()
        web.shutdown()
        web.server_close()


def _free() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])
