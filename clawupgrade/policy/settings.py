"""All that can be set, as one typed value. Where each comes from is `reading`'s matter."""

from __future__ import annotations

from datetime import timedelta

from msgspec import Struct

from clawupgrade.policy.windows import Window

_NONE = timedelta(0)


class Settings(Struct, frozen=True):
    """What the operator wants; the defaults are those of a machine without a configuration.

    pin: stay at, or go to, exactly this version. skip: versions that are never wanted here.
    when_windows: none means always; when_timezone: "" means this machine's own.
    when_inhibit: a folder; any file in it forbids a run. when_idle: so long no session was active.
    when_patience: how long a run may wait for its window, its jitter or an idle gateway.
    soak_confirm_by: "" or a span after which silence takes the upgrade back.
    notify_*: see `notices`.
    """

    channel: str = "stable"
    pin: str = ""
    skip: tuple[str, ...] = ()
    minimum_age: timedelta = _NONE
    engine: str = ""
    rehearse: str = "auto"
    node: str = ""
    when_windows: tuple[Window, ...] = ()
    when_timezone: str = ""
    when_jitter: timedelta = _NONE
    when_inhibit: str = ""
    when_idle: timedelta = _NONE
    when_patience: timedelta = timedelta(hours=2)
    hooks_folder: str = ""
    hooks_timeout: timedelta = timedelta(minutes=5)
    soak_for: timedelta = timedelta(minutes=10)
    soak_confirm_by: timedelta = _NONE
    notice_when: str = "change"
    notice_urls: tuple[str, ...] = ()
    notice_command: tuple[str, ...] = ()
    notice_ping: str = ""
    notice_expire: timedelta = timedelta(days=3)
    metrics_textfile: str = ""
    quarantine_for: timedelta = timedelta(days=14)
