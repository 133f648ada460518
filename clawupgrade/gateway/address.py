"""Where a gateway listens, and how its certificate is known."""

from __future__ import annotations

from ipaddress import ip_address

from msgspec import Struct


class Address(Struct, frozen=True):
    """A gateway's address.

    host: name or IP address, IPv6 without brackets. fingerprint: SHA-256 of the certificate in hex
    (colons, blanks and a `sha256:` before it are fine); ca_file: PEM file to trust instead of the system's.
    relay: path of a local socket that leads there, for a gateway in a network of its own; "" for none.
    """

    host: str
    port: int
    tls: bool = False
    fingerprint: str | None = None
    ca_file: str | None = None
    relay: str = ""

    @property
    def url(self) -> str:
        """The WebSocket URL: `ws://127.0.0.1:18789`, `wss://[::1]:18789`."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'wss' if self.tls else 'ws'}://{host}:{self.port}"

    @property
    def is_loopback(self) -> bool:
        """Whether the host is this machine's loopback; a name other than `localhost` is not looked up."""
        if self.host == "localhost":
            return True
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return False


def plain_fingerprint(text: str) -> str:
    """A SHA-256 fingerprint as 64 lower-case hex digits, whatever way it was written."""
    digits = text.strip().lower().removeprefix("sha256:")
    return "".join(digit for digit in digits if digit not in ": ")
