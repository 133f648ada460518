"""Prepared releases that have been lived with: the bare disk, booted once to make state, and kept."""

from __future__ import annotations

from pathlib import Path

from .birth import make_host
from .disk import convert_disk
from .host import Host
from .layers import NODE, lay_node
from .ports import hold_port
from .releases import PORT, Release, prepare, rest_gateway, save_disk
from .root import Lab
from .state import make_handwork, make_state
from .watcher import await_hello


def choose_disk(lab: Lab, release: Release, *, lived: bool, kind: str) -> Path:
    """The prepared disk to copy, bare or lived with, on the file system asked for; made where missing."""
    lay_node(lab, NODE)
    disk = _live_in(lab, release) if lived else prepare(lab, release)
    if kind == "ext4":
        return disk
    converted = disk.with_suffix(f".{kind}")
    with lab.locked(converted.name):
        if not converted.exists():
            convert_disk(disk, converted, kind)
    return converted


def _live_in(lab: Lab, release: Release) -> Path:
    bare = prepare(lab, release)
    done = lab.releases / f"{release.name}-lived.ext4"
    with lab.locked(done.name):
        if not done.exists():
            with hold_port(lab, PORT) as port, make_host(lab, bare, port=port) as host:
                host.boot()
                await_hello(port, host.token())
                make_state(host, release)
                rest_gateway(host)
                make_handwork(host, release)
                _prove(host)
                save_disk(host, done)
    return done


def _prove(host: Host) -> None:
    """The release must serve on what was written by hand; its comment must still be there."""
    before = host.config_path().read_bytes()
    host.shell("systemctl --user start '*-gateway.service' --all")
    await_hello(host.gateway_port, host.token())
    rest_gateway(host)
    if host.config_path().read_bytes() != before:
        host.config_path().write_bytes(before)
