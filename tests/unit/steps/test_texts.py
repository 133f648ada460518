"""The main config and its includes; a broken include never hides the main one."""

from __future__ import annotations

from clawupgrade.steps.texts import config_texts
from clawupgrade.testing.machine import born
from clawupgrade.testing.releases import Release


def test_config_texts() -> None:
    machine = born([Release("2026.6.11")])
    path = machine.world.layout.config_path
    folder = path.rpartition("/")[0]
    host = machine.host()
    assert config_texts(host, path) == (path,)
    machine.world.disk.put_text(
        path, '{"channels": {"$include": "./channels.json"}, "agents": {"$include": ["a.json5"]}}'
    )
    machine.world.disk.put_text(f"{folder}/channels.json", "{}")
    machine.world.disk.put_text(f"{folder}/a.json5", "{/* a comment */}")
    assert config_texts(host, path) == (path, f"{folder}/channels.json", f"{folder}/a.json5")
    machine.world.disk.put_text(f"{folder}/a.json5", "{ torn")
    assert config_texts(host, path) == (path,)
    assert config_texts(host, f"{folder}/never-was") == (f"{folder}/never-was",)
