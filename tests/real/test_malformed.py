"""A config that cannot be upgraded, on a real host: one clear message with its place, exit 6, nothing changed."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from lab.facts import read_state, tree_digest
from lab.host import Host
from lab.instance import await_gateway
from lab.layers import UID

pytestmark = [pytest.mark.real, pytest.mark.full]

NEW = "2026.9.6"
COMMANDS = (["run", "--to", NEW], ["plan", "--to", NEW], ["config", "validate"])


@dataclass(frozen=True, slots=True)
class Bad:
    """A config: its text made from the sound one, files beside it, and what has to be said of it, where."""

    name: str
    make: Callable[[str], bytes]
    says: str
    beside: dict[str, str] = field(default_factory=dict)


def _with(first: str) -> Callable[[str], bytes]:
    """The sound config with something before its first member."""
    return lambda sound: sound.replace("{", f"{{\n  {first}", 1).encode()


# The lab's config has a comment on its first line and its brace on the second.
PARSED = (
    Bad("a value is missing", _with("oops: ,"), "openclaw.json:3:9: a value is missing"),
    Bad("cut off", lambda sound: sound[: len(sound) // 2].encode(), "openclaw.json:"),
    Bad("empty", lambda sound: b"", "openclaw.json:1:1:"),
    Bad("not UTF-8", lambda sound: sound.encode() + b"// caf\xe9\n", "openclaw.json:"),
    Bad("a fault in CRLF", lambda sound: _with("oops: ,")(sound).replace(b"\n", b"\r\n"), "openclaw.json:3:9: a value"),
    Bad("a fault behind a BOM", lambda sound: b"\xef\xbb\xbf" + _with("oops: ,")(sound), "openclaw.json:3:9: a value"),
    Bad("10 MB", lambda sound: _with('big: "%s",' % ("x" * 10_000_000))(sound), "10.0 MB"),
    Bad("missing include", _with('$include: "./gone.json5",'), "openclaw.json:3:13: /home/claw/.openclaw/gone.json5"),
    Bad(
        "a circle of includes",
        _with('$include: "./one.json5",'),
        "two.json5:2:13: this $include closes a circle",
        {"one.json5": '{ $include: "./two.json5" }', "two.json5": '{\n  $include: "./one.json5" }'},
    ),
    Bad("a fault in an include", _with('$include: "./one.json5",'), "one.json5:2:6:", {"one.json5": "{\n  a: }"}),
)


def test_what_cannot_be_read_is_named_with_its_place(host_factory: Callable[..., Host]) -> None:
    host = host_factory("2026.6.11")
    before, config = read_state(host), host.config_path()
    sound, token = config.read_text(), host.token()
    # A gateway that runs puts a sound config back where it meets one that does not parse.
    host.systemctl_user("stop", "openclaw-gateway")
    for bad in PARSED:
        for name, text in bad.beside.items():
            (config.parent / name).write_text(text)
        config.write_bytes(bad.make(sound))
        seen = tree_digest(config.parent)
        for words in COMMANDS:
            done = host.run(["clawupgrade", *words])
            assert (bad.name, words, done.rc) == (bad.name, words, 6), done
            assert bad.says in done.err, (bad.name, words, done.err)
            assert len([line for line in done.err.splitlines() if "openclaw.json" in line or ".json5" in line]) == 1
            assert "Traceback" not in done.err
            assert token not in done.err + done.out
        assert tree_digest(config.parent) == seen, bad.name
        for name in bad.beside:
            (config.parent / name).unlink()
    config.write_text(sound)
    host.systemctl_user("start", "openclaw-gateway")
    await_gateway(host)
    assert read_state(host) == before
    assert json.loads(host.run(["clawupgrade", "history", "--json"]).out)["runs"] == []


def test_a_link_or_a_closed_file_is_refused_and_another_dress_is_not(host_factory: Callable[..., Host]) -> None:
    host = host_factory("2026.6.11")
    config = host.config_path()
    sound = config.read_bytes()
    host.systemctl_user("stop", "openclaw-gateway")

    real = host.path("settings.json")
    config.rename(real)
    config.symlink_to("/home/claw/settings.json")
    done = host.run(["clawupgrade", "run", "--to", NEW])
    assert done.rc == 6, done
    assert "openclaw.json is a symbolic link to /home/claw/settings.json" in done.err
    assert (config.is_symlink(), real.read_bytes()) == (True, sound)
    config.unlink()
    real.rename(config)

    config.chmod(0o400)
    done = host.run(["clawupgrade", "run", "--to", NEW])
    assert done.rc == 6, done
    assert "openclaw.json is read-only (mode 0400)" in done.err
    config.chmod(0o600)

    # Windows' line ends and a byte order mark are read by OpenClaw, and by us; nothing of them is changed.
    dressed = b"\xef\xbb\xbf" + sound.replace(b"\n", b"\r\n")
    config.write_bytes(dressed)
    os.chown(config, UID, UID)
    assert host.run(["clawupgrade", "config", "validate"]).rc == 0
    assert host.run(["openclaw", "config", "validate", "--json"]).rc == 0
    assert host.run(["clawupgrade", "plan", "--to", NEW]).rc == 2
    assert config.read_bytes() == dressed
    config.write_bytes(sound)
    assert json.loads(host.run(["clawupgrade", "history", "--json"]).out)["runs"] == []
