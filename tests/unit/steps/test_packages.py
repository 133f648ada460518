"""Package trees and the links that lead to them."""

from __future__ import annotations

import json

import pytest

from clawupgrade.errors import StepFailed
from clawupgrade.steps import leftovers, packages
from clawupgrade.testing.disk import File, Link
from clawupgrade.testing.machine import Machine, born
from clawupgrade.testing.releases import Release

ROOT = "/home/claw/.npm-global/lib/node_modules/openclaw"
BIN = "/home/claw/.npm-global/bin"


@pytest.fixture
def machine() -> Machine:
    return born([Release("2026.6.11", entry="dist/entry.js")])


def describe(machine: Machine, content: bytes) -> None:
    machine.world.disk.put(f"{ROOT}/package.json", File(content))


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"version": 3}', b"{}"])
def test_a_torn_or_strange_description_names_no_version(machine: Machine, content: bytes) -> None:
    describe(machine, content)
    assert packages.version_at(machine.host(), ROOT) is None


def test_no_tree_has_no_version(machine: Machine) -> None:
    assert packages.version_at(machine.host(), "/nowhere") is None


@pytest.mark.parametrize(
    ("bins", "entry"),
    [
        ("./cli.js", "cli.js"),
        ({"openclaw": "openclaw.mjs"}, "openclaw.mjs"),
        ({"clawdbot": "dist/entry.js"}, "dist/entry.js"),
    ],
)
def test_the_entry_is_the_packages_own_command(machine: Machine, bins: object, entry: str) -> None:
    describe(machine, json.dumps({"version": "1", "bin": bins}).encode())
    assert packages.entry(machine.host(), ROOT) == f"{ROOT}/{entry}"


def test_a_package_without_a_command_is_said(machine: Machine) -> None:
    describe(machine, b'{"version": "1", "bin": {"other": "x.js"}}')
    with pytest.raises(StepFailed, match="has no command to run"):
        packages.entry(machine.host(), ROOT)


def test_commands_are_linked_as_npm_links_them_and_only_where_they_lead_elsewhere(machine: Machine) -> None:
    host = machine.host()
    packages.link_bins(host, BIN, ROOT)
    assert machine.world.faults.seen == [], "they led there already"
    machine.world.disk.put(f"{BIN}/openclaw", Link("../lib/node_modules/openclaw/elsewhere.js"))
    packages.link_bins(host, BIN, ROOT)
    assert machine.world.disk.at(f"{BIN}/openclaw") == Link("../lib/node_modules/openclaw/dist/entry.js")


def test_only_links_that_lead_nowhere_are_removed(machine: Machine) -> None:
    host = machine.host()
    packages.unlink_bins(host, BIN, ROOT)
    assert machine.world.disk.at(f"{BIN}/openclaw") is not None
    machine.world.disk.move(ROOT, f"{ROOT}-kept")
    packages.unlink_bins(host, BIN, f"{ROOT}-kept")
    assert machine.world.disk.at(f"{BIN}/openclaw") is None


def test_a_kept_tree_goes_live_whether_something_is_there_or_not(machine: Machine) -> None:
    host, disk = machine.host(), machine.world.disk
    machine.host().services.stop(machine.install().service, 1.0)
    host.files.copy_tree(ROOT, f"{ROOT}-kept")
    disk.put_text(f"{ROOT}/torn", "")
    packages.put_live(host, f"{ROOT}-kept", ROOT)
    assert disk.at(f"{ROOT}/torn") is None
    assert disk.at(f"{ROOT}-kept/torn") is not None
    disk.delete(ROOT)
    packages.put_live(host, f"{ROOT}-kept", ROOT)
    assert disk.at(f"{ROOT}/torn") is not None


def test_leftovers_are_what_the_ports_name_and_nothing_else(machine: Machine) -> None:
    disk = machine.world.disk
    twice = ".clawupgrade-aside.clawupgrade-aside"  # left by a removal of a leftover that was cut off
    for suffix in (".clawupgrade-new", twice, ".bak"):
        disk.put_text(f"{BIN}/x{suffix}", "")
    leftovers.remove(machine.host(), f"{BIN}/x", f"{BIN}/y")
    assert [path for path in disk.below(BIN) if "/x" in path] == [f"{BIN}/x.bak"]
