"""A fault of our own: one line for the person, the traceback in a private file for whoever mends it."""

from __future__ import annotations

import os
import tempfile
import traceback

from clawupgrade.errors import Broken
from clawupgrade.render.results import show_error


def report_mishap(error: Exception, *, as_json: bool) -> int:
    """Say so, and where the details are; exit 4, since nobody can tell how far it came.

    The file is 0600: a traceback may quote what it worked on.
    """
    descriptor, path = tempfile.mkstemp(prefix="clawupgrade-", suffix=".log")
    with os.fdopen(descriptor, "w") as file:
        traceback.print_exception(error, file=file)
    return show_error(
        Broken(
            f"a fault in clawupgrade itself: {type(error).__name__}; details in {path}",
            "run: clawupgrade recover; it brings an open run to its end",
        ),
        as_json=as_json,
    )
