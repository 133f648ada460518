"""A control node for tests: the checkout's collection where Ansible looks for it, an inventory, playbooks for real."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

CHECKOUT = Path(__file__).parents[2]
_RECAP = re.compile(r"^(\S+)\s+: ok=(\d+)\s+changed=(\d+)\s+unreachable=(\d+)\s+failed=(\d+)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Played:
    """How a playbook ended. recap: host → (ok, changed, unreachable, failed); hosts that had no turn are not in it."""

    rc: int
    out: str
    recap: dict[str, tuple[int, int, int, int]]

    def changed(self, host: str) -> int:
        """So many tasks of this host changed something."""
        return self.recap[host][1]


@dataclass(slots=True)
class ControlNode:
    """Everything of it lies in `folder`. hosts: name → its variables; enter: goes before each command line."""

    folder: Path
    hosts: dict[str, dict[str, Any]] = field(default_factory=dict)
    ssh_args: str = ""
    forks: int = 5
    enter: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        there = self.folder / "collections/ansible_collections/clawupgrade"
        there.mkdir(parents=True)
        (self.folder / "ansible.cfg").touch()
        (there / "openclaw").symlink_to(CHECKOUT / "ansible")

    def play(self, playbook: str, *words: str, timeout: float = 1800, **variables: Any) -> Played:
        """Run one of the collection's playbooks (by name), or a file; `words` go to ansible-playbook."""
        begun = self.begin(playbook, *words, **variables)
        try:
            return finish(begun, timeout)
        finally:
            begun.kill()

    def begin(self, playbook: str, *words: str, **variables: Any) -> subprocess.Popen[str]:
        """Start what `play` does, for a test that has something to do meanwhile."""
        return subprocess.Popen(
            self.line(playbook, *words, **variables),
            env=self.environment,
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def line(self, playbook: str, *words: str, **variables: Any) -> list[str]:
        """The command line of `play`."""
        inventory = self.folder / "inventory.json"
        inventory.write_text(json.dumps({"openclaw": {"hosts": self.hosts}}))
        name = playbook if "/" in playbook else f"clawupgrade.openclaw.{playbook}"
        program = str(Path(sys.executable).with_name("ansible-playbook"))
        line = [*self.enter, program, "-i", str(inventory), "-f", str(self.forks), name]
        return [*line, "-e", json.dumps(variables), *words]

    @property
    def environment(self) -> Mapping[str, str]:
        """Nothing of this machine's own Ansible configuration."""
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "LANG": "C.UTF-8",
            "ANSIBLE_CONFIG": str(self.folder / "ansible.cfg"),
            "ANSIBLE_HOME": str(self.folder / ".ansible"),
            "ANSIBLE_COLLECTIONS_PATH": str(self.folder / "collections"),
            "ANSIBLE_SSH_ARGS": self.ssh_args,
            "ANSIBLE_HOST_KEY_CHECKING": "true",
            "ANSIBLE_RETRY_FILES_ENABLED": "false",
            "ANSIBLE_NOCOLOR": "true",
            "ANSIBLE_LOCALHOST_WARNING": "false",
            "ANSIBLE_PYTHON_INTERPRETER": "/usr/bin/python3",
        }


def finish(begun: subprocess.Popen[str], timeout: float = 1800) -> Played:
    """Wait for the end of a play. Raises TimeoutExpired."""
    out, _ = begun.communicate(timeout=timeout)
    return Played(begun.returncode, out, read_recap(out))


def read_recap(out: str) -> dict[str, tuple[int, int, int, int]]:
    """The recap of a play, as `Played` has it."""
    return {found[0]: (int(found[1]), int(found[2]), int(found[3]), int(found[4])) for found in _RECAP.findall(out)}
