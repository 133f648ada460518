"""What the lab's registries share: a server in a thread of its own, for as long as a `with` block lasts."""

from __future__ import annotations

import threading
from http.server import ThreadingHTTPServer


class Answering:
    """Listens from `listen` to `stop`."""

    _server: ThreadingHTTPServer | None = None

    def listen(self, server: ThreadingHTTPServer) -> None:
        """Answer with this server, in the network of whoever calls; its socket stays where it was made."""
        self._server = server
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Refuse connections from now on."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    @property
    def port(self) -> int:
        """The port that it listens on."""
        assert self._server is not None
        return int(self._server.server_address[1])

    @property
    def url(self) -> str:
        """Its address, as npm wants it."""
        assert self._server is not None
        return f"http://{self._server.server_address[0]}:{self.port}/"
