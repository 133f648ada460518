"""All of clawupgrade's own code, in memory before anything is changed."""

from __future__ import annotations

import pkgutil
from importlib import import_module

import clawupgrade

_ASIDE = ("clawupgrade.testing", "clawupgrade.demo", "clawupgrade.schemas", "clawupgrade.__main__")


def load_all() -> None:
    """Import every module that a run may come to need.

    clawupgrade itself may be upgraded, or uninstalled, beside a run that lasts for minutes: what is imported late
    would then be of another version, or missing on the way back.
    """
    for found in pkgutil.walk_packages(clawupgrade.__path__, "clawupgrade."):
        if not found.name.startswith(_ASIDE):
            import_module(found.name)
