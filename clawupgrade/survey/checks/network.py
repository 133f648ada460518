"""State on a network file system: SQLite's log does not work there, and no lock tells of another machine."""

from __future__ import annotations

from collections.abc import Iterator

from clawupgrade.errors import ClawupgradeError, Refused
from clawupgrade.ports import Command
from clawupgrade.survey.checks.scene import Scene

_NETWORK = {
    "nfs": "NFS",
    "nfs4": "NFS",
    "cifs": "CIFS",
    "smb": "SMB",
    "smb2": "SMB",
    "afs": "AFS",
    "v9fs": "9p",
    "ceph": "Ceph",
    "lustre": "Lustre",
    "gpfs": "GPFS",
    "ocfs2": "OCFS2",
}
"""Names as GNU `stat -f` gives them; other systems' `stat` knows none of them, and is not asked further."""


def check_network(scene: Scene) -> Iterator[ClawupgradeError]:
    """The state folder is on a disk of this machine, as sqlite.org/wal.html asks for."""
    state = scene.install.state_dir
    done = scene.host.commands.run(Command(("stat", "-f", "-c", "%T", state), wall=30.0))
    if (name := _NETWORK.get(done.out.strip())) is not None:
        yield Refused(
            f"{state} is on {name}: another machine may work on it, and no lock of ours would tell",
            "move the state to a local disk (OPENCLAW_STATE_DIR), or run clawupgrade where that disk is local",
        )
