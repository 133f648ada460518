"""A gateway that serves in the clone alone, and the one way in: a relay from a socket in the room to its port."""

from __future__ import annotations

from contextlib import ExitStack

from msgspec.structs import replace

from clawupgrade.cloned import Clone
from clawupgrade.host.clones.ways import inside
from clawupgrade.host.commands import Begun, LocalCommands
from clawupgrade.ports import Command

# The socket's path may be longer than the 107 bytes that a socket's address holds: it is bound by its name alone. It
# is there once the port is: a relay that hangs up until then would look like a gateway that does.
_RELAY = """
process.chdir(process.argv[1]);
const net = require("net"), port = Number(process.argv[2]);
const relay = net.createServer((here) => {
  const there = net.connect(port, "127.0.0.1");
  here.pipe(there); there.pipe(here);
  here.on("error", () => there.destroy()); there.on("error", () => here.destroy());
});
const knock = () => {
  const line = net.connect(port, "127.0.0.1", () => { line.destroy(); relay.listen("canary"); });
  line.on("error", () => setTimeout(knock, 200));
};
knock();
"""
_BOTH = 'node=$1 relay=$2 folder=$3 port=$4; shift 4; "$node" -e "$relay" "$folder" "$port" & exec "$@"'


class Canary:
    """At most one at a time. Its whole session is ended with it, and by a recovery if this process dies."""

    def __init__(self, commands: LocalCommands) -> None:
        self._commands = commands
        self._held = ExitStack()
        self._begun: Begun | None = None

    def boot(self, clone: Clone, node: str, command: Command, port: int) -> None:
        """Start the command in the clone without any network, and a relay beside it."""
        self.end()
        words = ("sh", "-c", _BOTH, "canary", node, _RELAY, "/tmp", str(port), *command.argv)
        held = replace(command, argv=inside(clone, words), account=clone.account)
        self._begun = self._held.enter_context(self._commands.begun(held, f"{clone.room}/canary.log"))

    @property
    def exit_status(self) -> int | None:
        """How it ended; None while it runs, or where there is none."""
        return None if self._begun is None else self._begun.status()

    def end(self) -> None:
        """Kill it: nothing that it has is worth keeping. Idempotent."""
        self._held.close()
        self._begun = None


def words_of(clone: Clone, lines: int) -> tuple[str, ...]:
    """The last lines that the canary wrote."""
    try:
        with open(f"{clone.room}/canary.log", encoding="utf-8", errors="replace") as file:
            return tuple(line.rstrip("\n") for line in file if line.strip())[-lines:]
    except FileNotFoundError:
        return ()
