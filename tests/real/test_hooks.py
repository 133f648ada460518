"""Hooks that fork, hang, fail or put off, on a real host: none harms a run, nor outlives it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from drive import Result, clawupgrade, require_as_before, require_kept, require_upgraded
from lab.breaks import SOUND
from lab.facts import read_state
from lab.host import Host
from lab.network import use_registry
from lab.registry import Registry
from lab.root import Lab
from lab.watcher import Watcher

pytestmark = [pytest.mark.real, pytest.mark.full]

OLD, NEW = "2026.9.6", "2026.9.8"
HOOKS = "~/.config/clawupgrade/hooks"
FORKS = r"""
# A daemon as daemons are made: forked twice, a session of its own, deaf to SIGTERM, our output held open.
setsid sh -c 'trap "" TERM HUP INT; echo $$ >> ~/daemons; (trap "" TERM; exec sleep 86401) & exec sleep 86402' &
sleep 0.5
exit "${1:-0}"
"""
HANGS = """trap "" TERM HUP INT
sleep 86403 &
echo hanging
while :; do sleep 86404; done
"""


@pytest.fixture
def host(host_factory: Callable[..., Host], lab: Lab) -> Iterator[Host]:
    """A serving 2026.9.6, a sound release to go to, and little patience with hooks."""
    with Registry(lab) as registry:
        registry.publish(NEW, SOUND, base=OLD, latest=True)
        found = host_factory(OLD)
        use_registry(found, registry)
        found.shell(
            "mkdir -p ~/.config/clawupgrade; echo '[hooks]\ntimeout = \"6s\"' > ~/.config/clawupgrade/clawupgrade.toml"
        )
        yield found


def hook(host: Host, name: str, script: str) -> None:
    """A shell script of the operator's."""
    host.shell(f"f={HOOKS}/{name}; mkdir -p ${{f%/*}}; cat > $f <<'E'\n#!/bin/sh\n{script}\nE\nchmod 755 $f")


def unhook(host: Host, name: str) -> None:
    host.shell(f"rm {HOOKS}/{name}")


def sleepers(host: Host) -> list[str]:
    """What of the hooks still runs in the host; sleeps of 86401 to 86404 s are theirs alone."""
    namespace = Path(f"/proc/{host.init_pid}/ns/pid").readlink()
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
            if "sleep 8640" in line and (entry / "ns/pid").readlink() == namespace:
                found.append(line)
        except OSError:
            continue
    return found


def require_untouched(host: Host, watcher: Watcher, result: Result, code: int) -> None:
    """The old gateway served all the time, and nothing of a hook is left."""
    assert result.rc == code, result.explain()
    assert watcher.outages() == []
    assert sleepers(host) == []


def test_forking_hanging_failing_and_putting_off(host: Host, watch: Callable[[Host], Watcher]) -> None:
    before = read_state(host)
    watcher = watch(host)

    # Before the gateway stops: one forks and asks for another time, one forks and fails, one hangs.
    hook(host, "preflight.d/10-forks", FORKS)
    hook(host, "pre-stop.d/10", FORKS.replace('"${1:-0}"', "75"))
    require_untouched(host, watcher, clawupgrade(host, "run", "--yes"), 75)
    hook(host, "pre-stop.d/10", FORKS.replace('"${1:-0}"', "9"))
    failed = clawupgrade(host, "run", "--yes")
    require_untouched(host, watcher, failed, 1)
    assert "ended with 9" in failed.document["message"]
    unhook(host, "pre-stop.d/10")
    hook(host, "preflight.d/20-hangs", HANGS)
    began = time.monotonic()
    hung = clawupgrade(host, "run", "--yes")
    require_untouched(host, watcher, hung, 1)
    assert "took longer than 6 s" in hung.document["message"]
    print(f"a hanging preflight hook: serves after {time.monotonic() - began:.1f} s, exit 1, gateway never away")
    unhook(host, "preflight.d/20-hangs")
    require_as_before(host, before, read_state(host))
    daemons = host.path("daemons").read_text().split()
    assert len(daemons) == 5, "two forked in each of the first two runs, one in the third"

    # While it is away: one hangs; all old and proven.
    hook(host, "post-switch.d/10-hangs", HANGS)
    back = clawupgrade(host, "run", "--yes")
    assert back.rc == 3, back.explain()
    require_as_before(host, before, read_state(host))
    assert sleepers(host) == []
    unhook(host, "post-switch.d/10-hangs")

    # Those whose word does not count: the upgrade stands, with a note for each.
    hook(host, "verify.d/wanted/10-hangs", HANGS)
    hook(host, "verify.d/wanted/20-fails", FORKS.replace('"${1:-0}"', "7"))
    hook(host, "upgraded.d/10-hangs", HANGS)
    hook(host, "upgraded.d/20-fails", "echo no luck >&2; exit 4")
    done = clawupgrade(host, "run", "--yes", "--force")
    after = read_state(host)
    require_upgraded(host, done, before, after, NEW)
    require_kept(before, after)
    notes = " ".join(done.document["notes"])
    for words in ("wanted/10-hangs was ended", "wanted/20-fails ended with 7", "20-fails ended with 4: no luck"):
        assert words in notes, notes
    assert sleepers(host) == []
    print(f"gateway serves after {watcher.downtime():.1f} s of two upgrades, one taken back")
