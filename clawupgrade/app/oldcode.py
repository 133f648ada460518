"""Whether the old code can read the state as it is now: by its schema versions, and by asking it."""

from __future__ import annotations

from clawupgrade.errors import ClawupgradeError
from clawupgrade.model import Install
from clawupgrade.openclaw import argv, environment
from clawupgrade.openclaw.state_preflight import kind_of, reads_it
from clawupgrade.ports import Command, Host
from clawupgrade.steps import packages


def unreadable(host: Host, install: Install, snapshot: str, tree: str, scratch: str) -> tuple[str, ...]:
    """Databases that are new or migrated since the snapshot, and that the release in `tree` does not read.

    An agent that was added since has a new database, too: where the old release can be asked, its word
    counts (2026.8.2 and later); where not, the state goes back. scratch: a folder of our own, for copies.
    """
    changed = host.snapshots.migrated_databases(snapshot)
    return tuple(path for path in changed if not _is_read(host, install, path, tree, scratch))


def _is_read(host: Host, install: Install, path: str, tree: str, scratch: str) -> bool:
    kind = kind_of(path)
    if kind is None or install.service.composed is not None:
        return False
    copy = f"{scratch}/asked.sqlite"
    try:
        host.files.make_folder(scratch)
        host.snapshots.copy_database(path, copy)
        done = host.commands.run(
            Command(
                argv.database_preflight(install.node.path, packages.entry(host, tree), kind, copy),
                env=environment.for_openclaw(install),
                account=install.account,
                wall=60.0,
            )
        )
    except (OSError, ClawupgradeError):
        return False  # nobody could be asked
    finally:
        host.files.remove(scratch)
    return reads_it(done.out) is True
