"""Which function carries out which command. A command's code is imported for that command alone."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from importlib import import_module

_COMMANDS: Mapping[str, str] = {
    "run": "run:run",
    "stage": "run:stage",
    "plan": "plan:plan",
    "status": "status:status",
    "recover": "recover:recover",
    "rollback": "rollback:rollback",
    "history": "past:history",
    "show": "past:show",
    "init": "init:init",
    "snapshot": "snapshots:snapshot",
    "hold": "policy:hold",
    "unhold": "policy:unhold",
    "quarantine": "policy:quarantine",
    "config": "config:config",
    "diagnose": "diagnose:diagnose",
    "doctor": "as_cron:doctor",
    "schema": "schema:schema",
    "completion": "completion:print_shell_code",
    "self-check": "self_check:self_check",
    "tend": "tend:tend",
    "confirm": "tend:confirm",
    "notice": "tend:notice",
    "report": "evidence:report",
    "support-bundle": "evidence:support_bundle",
    "fleet": "fleet:fleet",
    "bundle": "bundle:bundle",
    "deadman": "recover:deadman",
    "probe": "recover:probe",
}

NAMES = frozenset(_COMMANDS)


def command_for(name: str) -> Callable[[argparse.Namespace], int]:
    """The function of a command; it takes what was parsed, and comes back with the exit code."""
    module, _, function = _COMMANDS[name].partition(":")
    found: Callable[[argparse.Namespace], int] = getattr(import_module(f"clawupgrade.cli.{module}"), function)
    return found
