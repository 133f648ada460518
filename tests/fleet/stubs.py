"""Stub hosts as hosts of an inventory: `connection: local`, each with a home, gateway and clawupgrade of its own."""

from __future__ import annotations

import sys
from typing import Any

from stub.place import Stub


def variables_of(stub: Stub) -> dict[str, Any]:
    """The inventory's variables of a stub; its interpreter gives each module the stub's environment."""
    bin_folder = stub.root / "bin"
    bin_folder.mkdir(exist_ok=True)
    words = " ".join(f"{name}='{value}'" for name, value in stub.environment.items() if name != "PATH")
    scripts = {
        "clawupgrade": f"exec env {words} {sys.executable} -m clawupgrade",
        "python": f"exec env HOME='{stub.home}' PATH='{bin_folder}:{stub.environment['PATH']}' /usr/bin/python3",
    }
    for name, line in scripts.items():
        (bin_folder / name).write_text(f'#!/bin/sh\n{line} "$@"\n')
        (bin_folder / name).chmod(0o755)
    return {
        "ansible_connection": "local",
        "ansible_remote_tmp": str(stub.root / "tmp"),
        "ansible_python_interpreter": str(bin_folder / "python"),
    }
