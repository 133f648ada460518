# Copyright (c) The clawupgrade engineers
# MIT License (see the collection's LICENSE)

from __future__ import annotations


class ModuleDocFragment:
    """What every module of the collection takes."""

    DOCUMENTATION = r"""
options:
  executable:
    description:
      - The clawupgrade command on the host. It is also looked for in C(~/.local/bin), C(~/.local/share/clawupgrade/bin)
        and C(/opt/clawupgrade/bin).
    type: str
    default: clawupgrade
  profile:
    description:
      - OpenClaw's profile.
    type: str
  config:
    description:
      - clawupgrade's own settings on the host. Without it, C(~/.config/clawupgrade/clawupgrade.toml).
    type: path
requirements:
  - clawupgrade on the host
notes:
  - Where the environment moves OpenClaw's folders (E(OPENCLAW_STATE_DIR) and others), give the task the same C(environment).
"""
