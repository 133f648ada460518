"""Sends notices: through apprise, by a command of the operator's, and as a ping. Never through the gateway."""

from __future__ import annotations

import os
import urllib.request
from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import Any
from urllib.error import URLError

from clawupgrade.errors import ConfigInvalid, FailedClean
from clawupgrade.openclaw.output import last_words
from clawupgrade.policy.notices import Level, Notice
from clawupgrade.ports import Command, Commands

_WITHIN = 20.0
_WALL = 60.0


def channels_for(urls: Sequence[str], argv: Sequence[str], commands: Commands) -> dict[str, Callable[[Notice], None]]:
    """Every channel by a digest of its address, which may hold a password."""
    found: dict[str, Callable[[Notice], None]] = {_name(url): _by_apprise(url) for url in urls}
    if argv:
        found[_name("\0".join(argv))] = _by_command(tuple(argv), commands)
    return found


def ping(url: str, exit_code: int) -> None:
    """Call the dead-man's URL, as healthchecks.io and its kin want it: `/fail` for a failure.

    Raises:
        FailedClean: it could not be reached, or said no. The address is not in the message: it is a secret.
    """
    address = url if exit_code == 0 else f"{url.rstrip('/')}/fail"
    try:
        with urllib.request.urlopen(address, timeout=_WITHIN) as answer:
            answer.read(1024)
    except (URLError, OSError, ValueError) as error:
        why = getattr(error, "reason", None) or type(error).__name__
        raise FailedClean(f"the ping could not be sent: {why}") from error


def _by_apprise(url: str) -> Callable[[Notice], None]:
    def send(notice: Notice) -> None:
        apprise = _apprise()
        mouth = apprise.Apprise()
        if not mouth.add(url):
            raise ConfigInvalid(f"apprise knows no such address: {url.partition('://')[0]}://…")
        kinds = {Level.FAILURE: "failure", Level.CHANGE: "success"}
        if not mouth.notify(body=notice.text, title=notice.title, notify_type=kinds.get(notice.level, "info")):
            raise FailedClean(f"{url.partition('://')[0]} did not take the notice")

    return send


def _apprise() -> Any:
    try:
        import apprise
    except ImportError as error:
        raise ConfigInvalid(
            "notice.urls needs apprise, which is not installed", "pip install 'clawupgrade[notice]'"
        ) from error
    import logging

    logging.getLogger("apprise").setLevel(logging.CRITICAL)  # it names whole addresses in what it logs
    return apprise


def _by_command(argv: tuple[str, ...], commands: Commands) -> Callable[[Notice], None]:
    def send(notice: Notice) -> None:
        env = (
            ("CLAWUPGRADE_RUN_NOTICE_TITLE", notice.title),
            ("CLAWUPGRADE_RUN_NOTICE_TEXT", notice.text),
            ("CLAWUPGRADE_RUN_NOTICE_LEVEL", notice.level.value),
        )
        done = commands.run(Command(argv, env=env, cwd="/", wall=_WALL, whole=True))
        if not done.ok:
            said = last_words(done.err or done.out)
            raise FailedClean(f"{os.path.basename(argv[0])} ended with {done.rc}: {said}")

    return send


def _name(address: str) -> str:
    return sha256(address.encode()).hexdigest()[:12]
