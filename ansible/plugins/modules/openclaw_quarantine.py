#!/usr/bin/python
# Copyright (c) The clawupgrade engineers
# MIT License (see the collection's LICENSE)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: openclaw_quarantine
short_description: Have a host pass over a version of OpenClaw that failed elsewhere
version_added: "0.1.0"
description:
  - A version in quarantine is skipped by C(clawupgrade run), also by the host's own timer, until a newer one is there, the time is up,
    or somebody insists.
  - A host puts a version that failed there into quarantine by itself. This module tells the other hosts.
author:
  - The clawupgrade engineers (@clawupgrade)
extends_documentation_fragment:
  - clawupgrade.openclaw.common
options:
  version:
    description:
      - The version.
    type: str
    required: true
  state:
    description:
      - V(present) puts it into quarantine, V(absent) lets it be tried again.
    type: str
    choices: [present, absent]
    default: present
  cause:
    description:
      - What failed, and where.
    type: str
    default: it failed on another host
attributes:
  check_mode:
    support: full
    description: Nothing is changed.
  diff_mode:
    support: none
    description: There is nothing to show beyond RV(ignore:changed).
  platform:
    support: full
    description: Wherever clawupgrade runs.
    platforms: posix
"""

EXAMPLES = r"""
- name: Tell a host what failed on the canary
  clawupgrade.openclaw.openclaw_quarantine:
    version: 2026.9.7
    cause: "canary1: rolled back"
"""

RETURN = r"""
version:
  description: The version.
  returned: always
  type: str
  sample: 2026.9.7
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.clawupgrade.openclaw.plugins.module_utils.clawupgrade import WHERE, Clawupgrade

ARGUMENTS = dict(
    WHERE,
    version={"type": "str", "required": True},
    state={"type": "str", "choices": ["present", "absent"], "default": "present"},
    cause={"type": "str", "default": "it failed on another host"},
)


def main():
    """Compare what is listed with what is wanted, and make it so."""
    module = AnsibleModule(ARGUMENTS, supports_check_mode=True)
    tool, version = Clawupgrade(module), module.params["version"]
    wanted = module.params["state"] == "present"
    if wanted and not module.check_mode:
        changed = _told(module, tool.ask("quarantine", "add", version, "--cause", module.params["cause"]))["changed"]
    else:
        changed = (tool.quarantine(version) is not None) != wanted
        if changed and not module.check_mode:
            _told(module, tool.ask("quarantine", "clear", version))
    module.exit_json(changed=changed, version=version)


def _told(module, answer):
    rc, document = answer
    if rc != 0:
        module.fail_json(msg=document.get("message") or "clawupgrade quarantine failed", rc=rc, version=module.params["version"])
    return document


if __name__ == "__main__":
    main()
