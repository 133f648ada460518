"""Completion of commands, options, versions, runs and snapshots, for bash, zsh and fish.

argcomplete asks this very parser: a command or an option needs no second list. It is imported only when a shell asks.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Sequence
from typing import Any

from clawupgrade.cli.helping import HIDDEN, subcommands


def print_shell_code(args: argparse.Namespace) -> int:
    """What a shell has to read: `eval "$(clawupgrade completion bash)"`."""
    from argcomplete.shell_integration import shellcode

    print(shellcode(["clawupgrade"], shell=args.shell))
    return 0


def answer(parser: argparse.ArgumentParser) -> None:
    """Answer a shell that asks for completions, and end; else do nothing."""
    import argcomplete

    _teach(parser)
    argcomplete.autocomplete(parser, always_complete_options="long", exclude=list(HIDDEN))


def _teach(parser: argparse.ArgumentParser) -> None:
    """By what an argument is called in the help, one knows what goes there."""
    for action in parser._actions:
        for name in str(action.metavar or "").split("|"):
            if name in _VALUES:
                action.completer = _VALUES[name]  # type: ignore[attr-defined]
    for below in subcommands(parser).values():
        _teach(below)


def _runs(parsed_args: argparse.Namespace, **_: Any) -> Sequence[str]:
    folder = _folder(parsed_args) / "runs"
    return sorted((each.name for each in folder.iterdir() if each.is_dir()), reverse=True) if folder.is_dir() else ()


def _snapshots(parsed_args: argparse.Namespace, **_: Any) -> Sequence[str]:
    from clawupgrade.host.snapshots import SnapshotStore

    return [each.snapshot_id for each in SnapshotStore(_folder(parsed_args) / "snapshots").list()]


def _versions(parsed_args: argparse.Namespace, **_: Any) -> Sequence[str]:
    from clawupgrade.host.known_versions import known_versions

    return known_versions(_folder(parsed_args))


def _folder(args: argparse.Namespace) -> Any:
    from clawupgrade.cli.place import installation_folder, own_account

    return installation_folder(own_account(), os.environ, getattr(args, "profile", ""))


_VALUES: dict[str, Callable[..., Sequence[str]]] = {"RUN": _runs, "SNAPSHOT": _snapshots, "VERSION": _versions}
