"""Who talks with the gateway: the sessions that were active a short while ago."""

from __future__ import annotations

import math
from datetime import timedelta

from clawupgrade.model import Install
from clawupgrade.openclaw import argv, environment
from clawupgrade.openclaw.output import json_document
from clawupgrade.ports import Command, Host
from clawupgrade.steps import inside
from clawupgrade.survey.package import find_entry


def active_sessions(host: Host, install: Install, span: timedelta) -> tuple[str, ...]:
    """The keys of sessions in which something happened within `span`, as the installed release tells.

    A release that cannot tell is not taken to be idle: its one entry says so.
    """
    minutes = max(1, math.ceil(span.total_seconds() / 60))
    found = install.service.composed
    entry = found.entry if found is not None else find_entry(host, install.package.root)
    node = found.node if found is not None else install.node.path
    for every_agent in (True, False):
        done = inside.ask(
            host,
            install,
            Command(
                argv.sessions_active(node, entry, minutes, every_agent=every_agent),
                env=environment.for_openclaw(install),
                account=install.account,
                wall=120.0,
            ),
        )
        said = json_document(done.out) if done.ok else None
        sessions = said.get("sessions") if isinstance(said, dict) else None
        if isinstance(sessions, list):
            return tuple(str(each.get("key", "a session")) for each in sessions if isinstance(each, dict))
    return ("(the installed release cannot tell)",)
