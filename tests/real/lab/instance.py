"""A fresh host of a release with its gateway serving, in seconds, from the prepared home."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .birth import make_host, write_npmrc
from .host import Host
from .layers import NODE, USER, lay_node
from .lived import choose_disk
from .ports import hold_port
from .releases import PORT, Release
from .root import Lab, npm_setting
from .segment import within
from .watcher import await_hello

OWNERS = ("systemd-user", "systemd-system", "process")


def _take_port(host: Host) -> None:
    """Put the host's own port where the prepared home has the usual one: config and unit."""
    units = (host.home / ".config/systemd/user").glob("*-gateway.service")
    for place in (host.config_path(), *units):
        place.write_text(place.read_text().replace(str(PORT), str(host.gateway_port)))


def _take_unit(host: Host, *, into_system: bool) -> None:
    """Take the user's unit away, and make a unit of the system of it where told."""
    system = host.machine.folder / "disk/upper/etc/systemd/system"
    wants = system / "multi-user.target.wants"
    wants.mkdir(exist_ok=True)
    for unit in (host.home / ".config/systemd/user").rglob("*-gateway.service"):
        if into_system and not unit.is_symlink():
            text = unit.read_text().replace("[Service]\n", f"[Service]\nUser={USER}\n")
            (system / unit.name).write_text(text.replace("default.target", "multi-user.target"))
            (wants / unit.name).symlink_to(f"/etc/systemd/system/{unit.name}")
        unit.unlink()


@contextmanager
def open_host(
    lab: Lab,
    release: Release,
    *,
    owner: str = "systemd-user",
    lived: bool = True,
    fs: str = "ext4",
    node: str = NODE,
    venv: Path | None = None,
    network: Path | None = None,
) -> Iterator[Host]:
    """A booted host of `release`, lived with or bare, whose gateway answers hello-ok.

    Owner "systemd-system": a unit of the system runs it as the user, who has no service manager.
    Owner "process": there is no unit at all, and nothing serves until somebody starts it.
    """
    if owner not in OWNERS:
        raise ValueError(f"owner is one of {OWNERS}")
    prepared = choose_disk(lab, release, lived=lived, kind=fs)
    lay_node(lab, node)
    by_user = owner == "systemd-user"
    with (
        hold_port(lab) as port,
        make_host(lab, prepared, port=port, node=node, user_manager=by_user, venv=venv, network=network) as host,
    ):
        _take_port(host)
        write_npmrc(host.home, npm_setting("registry"))
        if not by_user:
            _take_unit(host, into_system=owner == "systemd-system")
        host.boot()
        if owner != "process":
            await_gateway(host)
        yield host


def await_gateway(host: Host) -> str:
    """Wait for hello-ok with the config's own token; the server's version.

    Raises AssertionError, with the end of what the gateway wrote, when none comes.
    """
    try:
        if host.network is not None:
            return within(host.network, lambda: await_hello(host.gateway_port, host.token()))
        return await_hello(host.gateway_port, host.token())
    except AssertionError as lost:
        raise AssertionError(f"{lost}\n{host.journal()}") from None
