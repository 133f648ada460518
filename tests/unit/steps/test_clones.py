"""Which folders a rehearsal covers."""

from __future__ import annotations

from msgspec.structs import replace

from clawupgrade.steps.clones import covers_of
from clawupgrade.testing.disk import File, Folder
from clawupgrade.testing.machine import born
from clawupgrade.testing.plans import plan_for
from steps.taking import NEW, OLD


def test_nothing_above_the_home_is_covered_whatever_the_config_includes() -> None:
    """Covered, `/home` would hide the very room in which the clone lies; seen to fail before."""
    machine = born([OLD, NEW], can_clone=True)
    host, install = machine.host(), plan_for(machine, NEW).install
    for folder in ("/srv", "/srv/shared"):
        machine.world.disk.put(folder, Folder())
    for path in ("/home/all.json5", "/home/claw/own.json5", "/srv/shared/channels.json5"):
        machine.world.disk.put(path, File(b"{}"))
    covers = covers_of(host, install)
    wider = replace(
        install,
        outlying=(*install.outlying, "/home/all.json5", "/home/claw/own.json5", "/srv/shared/channels.json5"),
    )
    assert covers_of(host, wider) == (*covers, "/srv/shared")
