"""Takes a host's way to the npm registry away while its loopback goes on, and gives it back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from .birth import write_npmrc
from .host import Host
from .layers import HOME
from .registry import Registry
from .root import npm_setting

_CACHE = f"{HOME}/.npm"
_NO_NAMES = "nameserver 127.255.255.254\noptions timeout:1 attempts:1\n"


def use_registry(host: Host, registry: Registry) -> None:
    """Point the host's npm at a registry of the lab."""
    write_npmrc(host.home, registry.url)


def asks_registry(host: Host) -> bool:
    """Whether npm inside the host gets an answer."""
    view = ["npm", "view", "openclaw", "dist-tags.latest", "--fetch-retries=0", "--prefer-online"]
    return host.run(view, timeout=120).rc == 0


@contextmanager
def without_registry(host: Host) -> Iterator[None]:
    """No names resolve, npm knows no other registry, its cache is empty. Proven by npm itself, both ways.

    Hosts share this machine's network, so nothing is unplugged: whoever dials an address still gets through.
    """
    resolver, npmrc = host.root / "etc/resolv.conf", host.home / ".npmrc"
    names, setting = resolver.read_text(), npmrc.read_text()
    resolver.write_text(_NO_NAMES)
    write_npmrc(host.home, npm_setting("registry"))
    # A cached package document counts as an answer for minutes: a rollback that needs npm must not get it.
    host.run(["mount", "-t", "tmpfs", "-o", "mode=0777", "none", _CACHE], user="root", check=True)
    assert not asks_registry(host), "npm still reaches its registry"
    try:
        yield
    finally:
        host.run(["umount", _CACHE], user="root", check=True)
        resolver.write_text(names)
        npmrc.write_text(setting)
    assert asks_registry(host), "npm does not reach its registry again"
