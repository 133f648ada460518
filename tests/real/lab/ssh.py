"""A host's sshd, and how a control node comes in: keys made for one test, and known on both sides."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

from .host import Host
from .layers import UID

_CONFIG = """\
ListenAddress {address}
HostKey /etc/ssh/lab_host_key
PasswordAuthentication no
PermitRootLogin no
"""


def make_key(path: Path) -> str:
    """An Ed25519 key pair at `path` and `path`.pub; its public line."""
    path.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "lab", "-f", path], check=True)
    return Path(f"{path}.pub").read_text().strip()


def open_door(host: Host, address: str, public: str, folder: Path) -> str:
    """Start the host's sshd on `address`, for the user with this key; the line for known_hosts.

    It runs as the system's own service does, so that a login is a session of logind's.
    """
    mine = folder / f"host-{address}"
    own = make_key(mine)
    host.shell(
        f"install -m 0600 /dev/stdin /etc/ssh/lab_host_key <<'END'\n{mine.read_text()}END\n"
        # A disk that was prepared before this machine had an sshd has no account for it.
        "getent passwd sshd >/dev/null || useradd --system -g nogroup -d /run/sshd -s /usr/sbin/nologin sshd\n"
        "mkdir -p /etc/ssh/sshd_config.d\n"
        f"cat > /etc/ssh/sshd_config.d/lab.conf <<'END'\n{_CONFIG.format(address=address)}END\n"
        "systemctl start ssh.service || { journalctl --no-pager --output=cat -u ssh.service; sshd -t; exit 1; }\n",
        user="root",
    )
    keys = host.home / ".ssh"
    keys.mkdir(mode=0o700, exist_ok=True)
    (keys / "authorized_keys").write_text(public + "\n")
    for path in (keys, keys / "authorized_keys"):
        os.chown(path, UID, UID)
    return f"{address} {' '.join(own.split()[:2])}\n"


def await_door(host: Host) -> None:
    """Wait until sshd says that it listens. Raises AssertionError with its words."""
    end = time.monotonic() + 60
    while host.run(["systemctl", "is-active", "ssh.service"], user="root").out.strip() != "active":
        if time.monotonic() > end:
            raise AssertionError(host.run(["journalctl", "--no-pager", "-u", "ssh"], user="root").out[-2000:])
        time.sleep(0.2)
