"""An address is a URL, knows the loopback, and takes fingerprints however they were written."""

from __future__ import annotations

import pytest

from clawupgrade.gateway.address import Address, plain_fingerprint


@pytest.mark.parametrize(
    ("address", "url"),
    [
        (Address("127.0.0.1", 18789), "ws://127.0.0.1:18789"),
        (Address("::1", 18789), "ws://[::1]:18789"),
        (Address("gateway.example", 443, tls=True), "wss://gateway.example:443"),
        (Address("fe80::1", 8443, tls=True), "wss://[fe80::1]:8443"),
    ],
)
def test_its_url(address: Address, url: str) -> None:
    assert address.url == url


@pytest.mark.parametrize(
    ("host", "is_loopback"),
    [
        ("127.0.0.1", True),
        ("127.8.8.8", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("192.168.1.4", False),
        ("localhost.example", False),
    ],
)
def test_it_knows_the_loopback(host: str, is_loopback: bool) -> None:
    assert Address(host, 1).is_loopback is is_loopback


@pytest.mark.parametrize("written", ["AB:CD:01", "sha256:abcd01", " ab cd 01 ", "SHA256:AB:CD:01"])
def test_fingerprints_are_compared_without_their_dress(written: str) -> None:
    assert plain_fingerprint(written) == "abcd01"
