"""The commands port in memory: finds the program that is meant, and lets a limit end what hangs."""

from __future__ import annotations

from collections.abc import Callable

from clawupgrade.errors import Exit, Refused
from clawupgrade.gateway.address import Address
from clawupgrade.gateway.answer import Answer, AnswerKind
from clawupgrade.model import CredentialRef
from clawupgrade.ports import Command, Completed
from clawupgrade.testing import npm, openclaw, system
from clawupgrade.testing.disk import parent
from clawupgrade.testing.faults import Hung
from clawupgrade.testing.npm import Said
from clawupgrade.testing.services import MemoryGateways
from clawupgrade.testing.world import World


class MemoryCommands:
    """The `Commands` port: npm, OpenClaw, `systemd-run` for dead-men, and clawupgrade itself as a stranger.

    address, credential: what a stranger's probe would find in the plan.
    """

    def __init__(self, world: World, address: Address, credential: CredentialRef) -> None:
        self._world = world
        self._address = address
        self._credential = credential

    def run(
        self,
        command: Command,
        on_line: Callable[[str], None] | None = None,
        on_size: Callable[[int], None] | None = None,
    ) -> Completed:
        """To the end, or to its limit."""
        try:
            said = self._run(command.argv, dict(command.env).get("OPENCLAW_CONFIG_PATH", ""))
        except Hung:
            idle = command.idle is not None and command.idle < command.wall
            seconds = command.idle if idle and command.idle is not None else command.wall
            self._world.time += seconds
            return Completed(None, "", "", seconds, "idle" if idle else "wall")
        except OSError as error:
            said = Said(1, err=f"Error: {error.strerror}")
        self._world.time += said.seconds
        if on_line is not None:
            for line in said.out.splitlines():
                on_line(line)
        return Completed(said.rc, said.out, said.err, said.seconds)

    def detach(self, command: Command, log: str) -> int:
        """A dead-man that outlives us."""
        return self._watch(command.argv)

    def _run(self, argv: tuple[str, ...], config: str) -> Said:
        layout = self._world.layout
        match argv:
            case (layout.node, layout.npm_script, *words):
                return npm.run(self._world, tuple(words))
            case (program, *words) if self._world.disk.real(program) == layout.npm_script:
                return npm.run(self._world, tuple(words))
            case (layout.node, "--version"):
                return system.node(self._world, ("--version",))
            case (layout.node, script, *words):
                return openclaw.run(self._world, self._package_of(script), tuple(words), config)
            case ("systemctl", *words):
                return system.systemctl(self._world, tuple(words))
            case ("ps", "-ww", "-U", _, "-o", "pid=,args="):
                return system.ps(self._world)
            case ("stat", "-f", "-c", "%T", _):
                return Said(0, "ext2/ext3\n")
            case ("id", "-u"):
                return Said(0, f"{layout.account.uid}\n")
            case ("systemd-run", "--user", _, "--collect", "--quiet", "--", *watch):
                self._watch(tuple(watch))
                return Said(0)
            case (program,) if program.startswith(f"{layout.hooks}/"):
                return self._hook(program)
            case ("clawupgrade", "probe", "--folder", _):
                answer = MemoryGateways(self._world).ask(self._address, self._credential)
                return Said(_exit(answer))
        raise Refused(f"there is no program {argv[0]}")

    def _hook(self, path: str) -> Said:
        text = (self._world.disk.file(path) or b"hang").decode()

        def end() -> Said:
            if text == "hang":
                raise Hung(path)
            return Said(int(text), err="" if text == "0" else "error: the hook says no\n", seconds=1.0)

        return self._world.effect(f"hook {path.rpartition('/hooks/')[2]}", end, waits=True)

    def _package_of(self, script: str) -> str:
        root = parent(script)
        while root != "/" and self._world.disk.at(f"{root}/package.json") is None:
            root = parent(root)
        return root

    def _watch(self, argv: tuple[str, ...]) -> int:
        match argv:
            case ("clawupgrade", "deadman", "--folder", folder):
                return self._world.effect("a dead-man starts", lambda: self._spawn(folder), waits=True)
        raise Refused(f"there is no program {argv[0]}")

    def _spawn(self, folder: str) -> int:
        world = self._world
        world.next_pid += 1
        world.watchers = (*world.watchers, world.next_pid)
        world.disk.put_text(f"{folder}/deadman.pid", str(world.next_pid))
        return world.next_pid


def _exit(answer: Answer) -> Exit:
    if answer.kind is AnswerKind.HELLO:
        return Exit.OK
    return Exit.NEEDS_PERSON if answer.detail_code == "PAIRING_REQUIRED" else Exit.BROKEN
