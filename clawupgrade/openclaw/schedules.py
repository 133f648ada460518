"""Texts of what calls clawupgrade where no systemd does: a line of cron, a LaunchAgent, targets for make."""

from __future__ import annotations

import plistlib
import shlex
from collections.abc import Sequence

SIGNED = "Written by `clawupgrade init`, which replaces it; `--remove` takes it away."
_BEGIN, _END = "# clawupgrade begin: ", "# clawupgrade end: "


def cron_table(table: str, block: str, name: str) -> str:
    """A crontab with our block of that name in it, or without one where `block` is ""; the rest stays as it is.

    >>> cron_table("A=b\\n", "", "default")
    'A=b\\n'
    """
    kept: list[str] = []
    ours = False
    for line in table.splitlines():
        ours = ours or line == f"{_BEGIN}{name}"
        if not ours:
            kept.append(line)
        ours = ours and line != f"{_END}{name}"
    if block:
        kept += [f"{_BEGIN}{name}", f"# {SIGNED}", block, f"{_END}{name}"]
    return "".join(f"{line}\n" for line in kept)


def cron_lines(program: Sequence[str], environment: Sequence[tuple[str, str]], options: Sequence[str]) -> str:
    """At 03:30 each night; and after a boot, where no timer can be had, the watch that it cut off goes on.

    In a crontab a percent sign ends the command, unless it is escaped.
    """
    before = [*(f"{name}={shlex.quote(value)}" for name, value in environment), *map(shlex.quote, program)]

    def line(when: str, *words: str) -> str:
        return f"{when} " + " ".join([*before, *words, "--quiet", *options]).replace("%", "\\%")

    return line("30 3 * * *", "run", "--yes") + "\n" + line("@reboot", "tend", "--until-done")


def launch_agent(
    label: str, program: Sequence[str], environment: Sequence[tuple[str, str]], options: Sequence[str]
) -> bytes:
    """At 03:30 each night, or when the machine wakes up."""
    body = plistlib.dumps(
        {
            "Label": label,
            "ProgramArguments": [*program, "run", "--yes", "--quiet", *options],
            "EnvironmentVariables": dict(environment),
            "StartCalendarInterval": {"Hour": 3, "Minute": 30},
            "ProcessType": "Background",
        }
    )
    head, _, rest = body.partition(b"?>\n")
    return head + b"?>\n<!-- " + SIGNED.replace("--remove", "remove").encode() + b" -->\n" + rest


def make_targets(program: Sequence[str], options: Sequence[str]) -> str:
    """For an ops repository's Makefile: `include clawupgrade.mk`."""
    call = " ".join([*map(shlex.quote, program), "{}", *options]).replace("$", "$$")
    targets = {
        "upgrade": "run --yes",
        "upgrade-plan": "plan --no-exit-code",
        "upgrade-status": "status",
        "rollback": "rollback --yes",
    }
    rules = "".join(f"\n{name}:\n\t{call.format(words)}\n" for name, words in targets.items())
    return f"# {SIGNED}\n.PHONY: {' '.join(targets)}\n{rules}"
