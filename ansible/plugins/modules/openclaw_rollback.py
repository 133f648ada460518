#!/usr/bin/python
# Copyright (c) The clawupgrade engineers
# MIT License (see the collection's LICENSE)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: openclaw_rollback
short_description: Take an upgrade of OpenClaw back
version_added: "0.1.0"
description:
  - Runs C(clawupgrade rollback) on the host. The package comes from the host's own disk, no registry is asked.
  - State goes back only where the old release cannot read it, or where it is asked for.
author:
  - The clawupgrade engineers (@clawupgrade)
extends_documentation_fragment:
  - clawupgrade.openclaw.common
  - clawupgrade.openclaw.request
options:
  from_version:
    description:
      - Go back only where this version is installed. Elsewhere nothing is done, which makes the task idempotent.
    type: str
  run_id:
    description:
      - The run to take back. Without it, the last one that changed something.
    type: str
  state:
    description:
      - V(auto) puts the state back only where the old release cannot read it, and refuses where that would lose something.
      - V(restore) puts it back, and what it replaces is kept aside. V(keep) never touches it.
    type: str
    choices: [auto, restore, keep]
    default: auto
  accept_loss:
    description:
      - Go back although something that came since the upgrade is put aside by it.
    type: bool
    default: false
  discard_changes:
    description:
      - Go back although somebody changed the version or the config since.
    type: bool
    default: false
attributes:
  check_mode:
    support: partial
    description: Says whether there is an upgrade to take back.
    details: What of the state would be put aside is only known when it is done.
  diff_mode:
    support: partial
    description: Shows the versions.
    details: What becomes of the config is what it was before the upgrade.
  platform:
    support: full
    description: Wherever clawupgrade runs.
    platforms: posix
seealso:
  - module: clawupgrade.openclaw.openclaw_upgrade
"""

EXAMPLES = r"""
- name: Take the batch back, wherever it came to the release
  clawupgrade.openclaw.openclaw_rollback:
    from_version: 2026.9.6
"""

RETURN = r"""
rc:
  description: The exit code of clawupgrade.
  returned: always
  type: int
  sample: 0
outcome:
  description: C(upgraded) where the rollback was carried out and proven, else as for M(clawupgrade.openclaw.openclaw_upgrade).
  returned: always
  type: str
  sample: upgraded
msg:
  description: What became of it, in one sentence.
  returned: always
  type: str
  sample: back from 2026.9.6 to 2026.6.11, and the gateway serves
from_version:
  description: The version that was installed.
  returned: always
  type: str
  sample: 2026.9.6
to_version:
  description: The version that was gone back to.
  returned: always
  type: str
  sample: 2026.6.11
run_id:
  description: The rollback's own run.
  returned: always
  type: str
  sample: 20261128T173301Z-c7af
downtime:
  description: Seconds without a gateway.
  returned: when not in check mode
  type: float
  sample: 9.8
attached:
  description: Whether the request had been begun by an earlier task, which this one has waited for.
  returned: when something was done
  type: bool
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.clawupgrade.openclaw.plugins.module_utils.clawupgrade import (
    NEEDS_PERSON,
    REQUEST,
    WHERE,
    Clawupgrade,
    diff_of,
)

ARGUMENTS = dict(
    WHERE,
    from_version={"type": "str"},
    run_id={"type": "str"},
    state={"type": "str", "choices": ["auto", "restore", "keep"], "default": "auto"},
    accept_loss={"type": "bool", "default": False},
    discard_changes={"type": "bool", "default": False},
    **REQUEST
)
_STATE = {"auto": [], "restore": ["--restore-state"], "keep": ["--keep-state"]}


def main():
    """Go back, or say in check mode whether there is a way."""
    module = AnsibleModule(ARGUMENTS, supports_check_mode=True)
    tool, params = Clawupgrade(module), module.params
    rc, status = tool.ask("status")
    if rc != 0:
        module.fail_json(msg=status.get("message") or "clawupgrade status failed", rc=rc, outcome=status.get("outcome"))
    installed = status["install"]["package"]["version"]
    if params["from_version"] not in (None, installed):
        message = "%s is installed, not %s; nothing to take back" % (installed, params["from_version"])
        module.exit_json(changed=False, rc=0, outcome="nothing-to-do", msg=message, from_version=installed, to_version=installed, run_id="")
    if module.check_mode:
        _foretell(module, tool, installed)
    words = ["rollback"] + ([params["run_id"]] if params["run_id"] else []) + _STATE[params["state"]]
    words += ["--yes"] if params["accept_loss"] else []
    words += ["--discard-changes"] if params["discard_changes"] else []
    found = tool.act(words, params["request_id"], params["lock_timeout"])
    if module._diff and found["changed"]:
        found["diff"] = diff_of(found["from_version"], found["to_version"], ())
    if found["rc"] in (0, NEEDS_PERSON):
        module.exit_json(failed=False, **found)
    module.fail_json(**found)


def _foretell(module, tool, installed):
    rc, document = tool.ask("history")
    runs = [each for each in document.get("runs") or () if each["changed"]]
    wanted = module.params["run_id"]
    runs = [each for each in runs if each["run_id"] == wanted] if wanted else runs[-1:]
    if not runs or runs[0]["to_version"] != installed:
        module.fail_json(msg="there is no upgrade to take back", rc=6, outcome="refused", hint="see: clawupgrade history")
    back = runs[0]["from_version"]
    found = {"changed": True, "rc": 0, "outcome": "pending", "run_id": "", "from_version": installed, "to_version": back}
    found["msg"] = "%s -> %s would take run %s back" % (installed, back, runs[0]["run_id"])
    if module._diff:
        found["diff"] = diff_of(installed, back, ())
    module.exit_json(**found)


if __name__ == "__main__":
    main()
