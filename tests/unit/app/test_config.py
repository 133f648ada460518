"""The config by itself, on a machine in memory: compared, migrated, judged, its comments given back."""

from __future__ import annotations

import json
from typing import Any

import pytest

from clawupgrade.app.config import diff, migrate, restore_comments, validate
from clawupgrade.app.finish import finish
from clawupgrade.app.upgrade import upgrade
from clawupgrade.errors import Refused, UsageError
from clawupgrade.openclaw.diff import Judgement
from clawupgrade.openclaw.document import DocumentError
from clawupgrade.testing.disk import File
from clawupgrade.testing.machine import Machine, born
from clawupgrade.testing.plans import RUN, request_for
from clawupgrade.testing.releases import Release

OLD, NEW = Release("2026.6.11", schema=3), Release("2026.9.6", schema=5)


def machine_with(release: Release = OLD, **config: Any) -> Machine:
    return born([release, NEW], running=False, config=config)


def text_of(machine: Machine) -> str:
    return (machine.world.disk.file(machine.world.layout.config_path) or b"").decode()


def test_a_run_is_shown_and_so_is_the_last_one() -> None:
    machine = born([OLD, NEW])
    request = request_for(machine, NEW.version)
    report = upgrade(machine.host(), machine.runs(), request, RUN, program=("clawupgrade",), agree=lambda found: None)
    finish(machine.host(), machine.runs(), report)
    named, found = diff(machine.host(), machine.runs(), request, RUN)
    assert (named, found) == diff(machine.host(), machine.runs(), request, None)
    assert "meta.lastTouchedVersion" in [change["path"] for change in found.to_json()]
    assert "token-of-a-machine" not in json.dumps(found.to_json())


def test_a_version_is_shown_by_what_its_migrations_change() -> None:
    machine = machine_with(tools={"bash": {"timeoutSec": 60}})
    before = text_of(machine)
    named, found = diff(machine.host(), machine.runs(), request_for(machine), NEW.version)
    assert named == NEW.version
    assert [(change.line[:1], change.judgement) for change in found.changes] == [(">", Judgement.EXPECTED)]
    assert text_of(machine) == before


@pytest.mark.parametrize("of", [None, "20200101T000000Z-x", "nonsense"])
def test_what_is_neither_run_nor_version_is_a_mistake_of_usage(of: str | None) -> None:
    machine = machine_with()
    with pytest.raises(UsageError):
        diff(machine.host(), machine.runs(), request_for(machine), of)


def test_migrate_checks_then_writes_once_and_keeps_the_mode() -> None:
    machine = machine_with(tools={"bash": {"timeoutSec": 60}})
    before = text_of(machine)
    host, runs, request = machine.host(), machine.runs(), request_for(machine)
    would = migrate(host, runs, request, NEW.version, check=True)
    assert ([each.id for each in would.migrations], would.written) == (["m007_renamed_keys"], False)
    assert text_of(machine) == before
    done = migrate(host, runs, request, NEW.version, check=False)
    assert done.written
    assert json.loads(text_of(machine))["tools"] == {"exec": {"timeoutSec": 60}}
    assert host.files.mode(machine.world.layout.config_path) == 0o600
    again = migrate(host, runs, request, NEW.version, check=False)
    assert (again.migrations, again.written, again.diff.changes) == ((), False, ())


def test_what_the_installed_release_does_not_take_is_not_left_there() -> None:
    old = Release("2026.3.1", schema=3, refuses=("tools.exec",))
    machine = machine_with(old, tools={"bash": {"timeoutSec": 60}})
    before = text_of(machine)
    with pytest.raises(Refused, match=r"2026.3.1 would not take it: .*tools.exec") as refused:
        migrate(machine.host(), machine.runs(), request_for(machine), NEW.version, check=False)
    assert "by itself" in refused.value.hint
    assert text_of(machine) == before


def test_what_it_objected_to_before_does_not_stand_in_the_way() -> None:
    machine = machine_with(Release("2026.6.11", schema=3, refuses=("junk",)), junk=1, tools={"bash": {}})
    assert migrate(machine.host(), machine.runs(), request_for(machine), NEW.version, check=False).written
    assert json.loads(text_of(machine))["tools"] == {"exec": {}}


def test_validate_asks_the_installed_release_and_names_the_line() -> None:
    machine = machine_with()
    found = validate(machine.host(), request_for(machine))
    assert (found.is_valid, found.by) == (True, "openclaw 2026.6.11")
    machine = machine_with(Release("2026.6.11", schema=3, refuses=("tools",)), tools={"x": 1})
    found = validate(machine.host(), request_for(machine))
    assert not found.is_valid
    assert found.problems[0].startswith(f"{found.path}:17:12: tools: not known to this release")


def test_validate_says_where_a_config_cannot_be_read() -> None:
    machine = machine_with()
    machine.world.disk.put_text(machine.world.layout.config_path, '{\n  "a": {,}\n}')
    with pytest.raises(DocumentError, match=r"openclaw.json:2:9: "):
        validate(machine.host(), request_for(machine))


def test_comments_come_back_and_values_stay() -> None:
    machine = machine_with()
    path = machine.world.layout.config_path
    host, runs, request = machine.host(), machine.runs(), request_for(machine)
    with pytest.raises(Refused, match="no kept state of the config has a comment"):
        restore_comments(host, runs, request)
    flat = text_of(machine)
    commented = flat.replace('"port"', "// in the office firewall\n    port", 1)
    machine.world.disk.put_text(path, commented)
    assert restore_comments(host, runs, request).written is False
    host.snapshots.take("s", (("config", path, ()),), (path,))
    host.snapshots.seal("s")
    machine.world.disk.put_text(path, flat.replace("18789", "19000"))
    done = restore_comments(host, runs, request)
    assert (done.written, done.source) == (True, "s")
    assert "// in the office firewall" in text_of(machine)
    assert "19000" in text_of(machine)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b'{\n  "gateway": {"port": 1}\n  "agents": {}\n}', r"openclaw.json:3:3: a comma or } is missing here"),
        (b'{\n  "a": [1,\n', r"openclaw.json:3:1: the config ends, but the \[ of line 2, column 8 is not closed"),
        (b'{\r\n  "a": \x80\r\n}', r"openclaw.json:2:8: the config is not UTF-8 text"),
        (b'\xef\xbb\xbf{\r\n  "a" 1\r\n}', r"openclaw.json:2:7: a colon is missing after the key"),
        (b'{"agents": {"$include": "openclaw.json"}}', r"openclaw.json:1:25: this \$include closes a circle"),
        (
            b'{"agents": {\n"$include": ["gone.json"]}}',
            r"openclaw.json:2:14: .*gone.json, which is included here, does",
        ),
        (b'{"a": "' + b"x" * 10_000_000 + b'"}', r"openclaw.json:1:1: the config has 10.0 MB"),
    ],
)
def test_a_config_that_cannot_be_read_is_one_refusal_and_nothing_changes(content: bytes, words: str) -> None:
    machine = machine_with()
    machine.world.disk.put(machine.world.layout.config_path, File(content, 0o600))
    request = request_for(machine, NEW.version)
    with pytest.raises(Refused, match=words) as refused:
        upgrade(machine.host(), machine.runs(), request, RUN, program=("clawupgrade",), agree=lambda found: None)
    assert int(refused.value.exit_code) == 6
    assert machine.world.faults.seen == []
    assert machine.world.disk.file(machine.world.layout.config_path) == content


@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_line_ends_and_byte_order_mark_outlive_a_migration(mark: str) -> None:
    machine = machine_with(tools={"bash": {"timeoutSec": 60}})
    text = mark + text_of(machine).replace("\n", "\r\n")
    machine.world.disk.put(machine.world.layout.config_path, File(text.encode(), 0o600))
    migrate(machine.host(), machine.runs(), request_for(machine), NEW.version, check=False)
    assert text_of(machine) == text.replace('"bash"', '"exec"')
