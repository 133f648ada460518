"""The collection's playbooks, by a real ansible-playbook, on stub hosts behind the real modules and command."""

from __future__ import annotations

import json
from collections.abc import Callable
from hashlib import sha256

from ground import ControlNode
from stub.place import NEW, OLD, Stub

Build = Callable[[int], list[Stub]]
BAD = "2026.9.7"


def digest(stub: Stub) -> str:
    """Every file in the host's home, but the key that clawupgrade's first look makes for its own digests."""
    found = sha256()
    for path in sorted(stub.home.rglob("*")):
        if path.is_dir() or path.name == "digest.key":
            continue
        content = path.read_bytes() if not path.is_symlink() else b""
        found.update(f"{path.relative_to(stub.home)} {path.lstat().st_mode:o} ".encode() + content)
    return found.hexdigest()


def test_a_good_release_reaches_all_batch_by_batch_and_the_second_play_changes_nothing(
    fleet: Build, control: ControlNode
) -> None:
    stubs = fleet(3)
    before = [digest(stub) for stub in stubs]
    foretold = control.play("canary", "--check", "--diff", upgrade_version=NEW)
    assert foretold.rc == 0, foretold.out
    assert [digest(stub) for stub in stubs] == before
    assert {name: counts[1] for name, counts in foretold.recap.items()} == {"host0": 1, "host1": 1, "host2": 1}
    assert f"openclaw {OLD} -> {NEW}" in foretold.out

    done = control.play("canary", "--diff", upgrade_version=NEW, openclaw_soak=0)
    assert done.rc == 0, done.out
    assert done.out.count("PLAY [") == 3
    assert {stub.installed for stub in stubs} == {NEW}
    assert {name: counts[1] for name, counts in done.recap.items()} == {"host0": 1, "host1": 1, "host2": 1}

    again = control.play("canary", upgrade_version=NEW, openclaw_soak=0)
    assert again.rc == 0, again.out
    assert {counts[1] for counts in again.recap.values()} == {0}

    back = control.play("rollback", openclaw_from_version=NEW)
    assert back.rc == 0, back.out
    assert {stub.installed for stub in stubs} == {OLD}
    assert control.play("rollback", openclaw_from_version=NEW).recap == dict.fromkeys(again.recap, (2, 0, 0, 0))


def test_a_bad_release_stops_at_the_canary_and_the_others_pass_over_it(fleet: Build, control: ControlNode) -> None:
    stubs = fleet(3)
    for stub in stubs:
        stub.publish(BAD, serving="crashes")
    before = [digest(stub) for stub in stubs[1:]]
    done = control.play("canary", upgrade_version=BAD, openclaw_soak=0)
    assert done.rc == 2, done.out
    assert list(done.recap) == ["host0"]
    assert {stub.installed for stub in stubs} == {OLD}
    assert not any((stub.folder / "runs").exists() for stub in stubs[1:])
    assert [digest(stub) for stub in stubs[1:]] != before  # they have been told
    for stub in stubs[1:]:
        (entry,) = json.loads(stub.call("quarantine", "list", "--json").stdout)["entries"]
        assert entry["version"] == BAD
        assert entry["cause"].startswith("host0: rolled back")
        said = json.loads(stub.call("run", "--json").stdout)
        assert (said["outcome"], said["reason"]) == ("skipped", "quarantined")


def test_what_was_built_by_day_is_switched_in_by_night(fleet: Build, control: ControlNode) -> None:
    (stub,) = fleet(1)
    staged = control.play("stage", upgrade_version=NEW)
    assert staged.rc == 0, staged.out
    assert (staged.changed("host0"), stub.installed) == (2, OLD), staged.out  # built; and what the night would change
    assert f'"{OLD} -> {NEW} is pending"' in staged.out
    switched = control.play("switch", upgrade_version=NEW, openclaw_soak=0)
    assert switched.rc == 0, switched.out
    assert (switched.changed("host0"), stub.installed) == (1, NEW)
