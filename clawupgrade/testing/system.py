"""The system's own programs in memory, as far as a survey asks them."""

from __future__ import annotations

from clawupgrade.testing.npm import Said
from clawupgrade.testing.world import World


def systemctl(world: World, words: tuple[str, ...]) -> Said:
    """`systemctl --user show` of the one unit that there is; the system's manager knows none."""
    match words:
        case ("--user", "show", "--no-pager", _, *names) if world.layout.unit_name in names:
            return Said(0, _shown(world))
        case ("--user" | "--system", "show", "--no-pager", _, *_):
            return Said(0, "\n")
    world.violate(f"systemctl was asked {' '.join(words)}, which nobody has seen it answer")
    return Said(1, err="Unknown command verb")


def node(world: World, words: tuple[str, ...]) -> Said:
    """Node itself, without a script."""
    return Said(0, f"{world.layout.node_version}\n") if words == ("--version",) else Said(9, err="bad option")


def ps(world: World) -> Said:
    """The account's processes."""
    gateway = [] if world.daemon is None else [f"{world.daemon.pid} openclaw-gateway"]
    return Said(0, "\n".join(["1000 -bash", *gateway]) + "\n")


def _shown(world: World) -> str:
    running = world.daemon
    enabled = world.disk.at(world.layout.wants_path) is not None
    return (
        f"Id={world.layout.unit_name}\nActiveState={'active' if running else 'inactive'}\n"
        f"MainPID={running.pid if running else 0}\nUnitFileState={'enabled' if enabled else 'disabled'}\n"
        f"FragmentPath={world.layout.unit_path}\nDropInPaths=\n"
    )
