"""A Host is put together, and nothing is touched by that."""

from __future__ import annotations

from pathlib import Path

from clawupgrade.host.fence import SignalFence
from clawupgrade.host.machine import build_host
from clawupgrade.model import Account
from clawupgrade.ports import Command, Host


def test_every_port_has_its_adapter(folder: Path, own: Account) -> None:
    with SignalFence() as fence:
        host: Host = build_host(folder / "key", own=own, caller={"PATH": "/bin"}, fence=fence, say=lambda event: None)
        assert not (folder / "key").exists()
        said = host.commands.run(Command(("sh", "-c", "sleep 0.1; echo hello"), cwd="/"))
        assert said.out == "hello\n"
        assert list((folder / "key/children").iterdir()) == []
        assert host.fence is fence
        assert not host.snapshots.is_sealed("20261123T060000Z-ab12")
