"""A Bot API on loopback, so that a real gateway has a real channel that can be lost; a config names it in `apiRoot`."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from .host import Host

BOT_TOKEN = "7041776:lab-planted-bot-token-not-a-real-one"
_BOT = {"id": 7041776, "is_bot": True, "first_name": "Lab", "username": "lab_bot"}
_POLL = 2.0


@dataclass(slots=True)
class Telegram:
    """Its port, the methods that were called, and whether it still knows the bot."""

    port: int = 0
    calls: list[str] = field(default_factory=list)
    knows_bot: bool = True

    def answer(self, method: str) -> tuple[int, dict[str, Any]]:
        """Status and document of one call. Nobody ever writes to the bot."""
        self.calls.append(method)
        if not self.knows_bot:
            return 401, {"ok": False, "error_code": 401, "description": "Unauthorized"}
        if method == "getUpdates":
            time.sleep(_POLL)
            return 200, {"ok": True, "result": []}
        known = {"getMe": _BOT, "getWebhookInfo": {"url": "", "pending_update_count": 0}}
        return 200, {"ok": True, "result": known.get(method, True)}


@contextmanager
def telegram() -> Iterator[Telegram]:
    """Answer while the block lasts."""
    api = Telegram()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._answer()

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            self._answer()

        def _answer(self) -> None:
            status, said = api.answer(self.path.partition("?")[0].rpartition("/")[2])
            body = json.dumps(said).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            with suppress(OSError):  # a gateway that stops leaves in the middle of a poll
                self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Quiet: `calls` is the record."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    api.port = server.server_address[1]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield api
    finally:
        server.shutdown()
        server.server_close()


def join_telegram(host: Host, api: Telegram) -> None:
    """Write the channel into the config, in place so that owner and mode stay, and start the gateway anew."""
    found = host.config()
    found.setdefault("channels", {})["telegram"] = {
        "enabled": True,
        "botToken": BOT_TOKEN,
        "apiRoot": f"http://127.0.0.1:{api.port}",
    }
    host.config_path().write_text(json.dumps(found, indent=2))
    host.systemctl_user("restart", "openclaw-gateway.service")


def runs_account(host: Host) -> bool:
    """Whether the gateway says that the bot's account runs."""
    done = host.run(["openclaw", "channels", "status", "--json"])
    start = done.out.find("{")
    said = json.loads(done.out[start:]) if start >= 0 else {}
    accounts = said.get("channelAccounts", {}).get("telegram", [])
    return any(each.get("running") is True for each in accounts)
