# Copyright (c) The clawupgrade engineers
# MIT License (see the collection's LICENSE)

from __future__ import annotations


class ModuleDocFragment:
    """What the modules take that begin a run."""

    DOCUMENTATION = r"""
options:
  request_id:
    description:
      - A name for this request, unique among those of the host. Letters, digits, dots, dashes and underscores.
      - A request is begun at most once. A task with the name of one that was begun already waits for its end
        and returns what became of it, also after the host was booted in between.
    type: str
  lock_timeout:
    description:
      - So many seconds to wait where another run works on the installation.
    type: int
    default: 0
"""
