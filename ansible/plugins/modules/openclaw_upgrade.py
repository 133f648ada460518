#!/usr/bin/python
# Copyright (c) The clawupgrade engineers
# MIT License (see the collection's LICENSE)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: openclaw_upgrade
short_description: Upgrade OpenClaw so that the host ends all new and proven, or all old and proven
version_added: "0.1.0"
description:
  - Runs C(clawupgrade run) on the host, as the account that OpenClaw runs as.
  - A release that does not work on the host is rolled back by clawupgrade itself; the task then fails with O(ignore:outcome=rolled-back)
    and RV(ignore:changed=false), since the host is as it was.
  - The command gets a session of its own. A connection that is lost does not disturb it, and neither does the end of the module.
    With O(request_id), a later task finds it again.
author:
  - The clawupgrade engineers (@clawupgrade)
extends_documentation_fragment:
  - clawupgrade.openclaw.common
  - clawupgrade.openclaw.request
options:
  version:
    description:
      - The exact version to upgrade to. Without it, the newest one of the channel.
    type: str
    aliases: [to]
  channel:
    description:
      - V(stable), V(beta) or another dist-tag of npm. Without it, what the host's settings say.
    type: str
  bundle:
    description:
      - A bundle on the host, made by C(clawupgrade bundle), that holds the release with all it depends on.
      - No registry is asked then.
    type: path
  bundle_keys:
    description:
      - A file on the host with the public keys of those whose bundles are taken, one C(ssh-ed25519) line each.
      - Without it, C(bundle-keys) beside C(clawupgrade.toml).
    type: path
  engine:
    description:
      - How the package gets in. Without it, what clawupgrade's table of hops says.
    type: str
    choices: [clone, inplace]
  node:
    description:
      - The Node.js that the gateway's service shall use.
    type: path
  allow_downgrade:
    description:
      - Also go to an older version.
    type: bool
    default: false
  rehearse:
    description:
      - Do all on a clone of the installation first. Without it, where that is known to help.
    type: bool
  now:
    description:
      - Do not wait for the host's windows, nor until its gateway is idle.
    type: bool
    default: false
  force:
    description:
      - Go whatever hold, skip list, quarantine or age say.
    type: bool
    default: false
  soak:
    description:
      - How long clawupgrade watches the gateway afterwards, such as V(10m). V(0) for not at all.
      - The task does not wait for it.
    type: str
  confirm_by:
    description:
      - The host takes the upgrade back unless C(clawupgrade confirm) is called within this span.
    type: str
  settings:
    description:
      - Settings of C(clawupgrade.toml) that are overruled for this run, such as C(when.patience).
    type: dict
    default: {}
  needs_person:
    description:
      - What becomes of the task where the gateway is up on the new version, but pairing, scopes or a decision is wanted.
    type: str
    choices: [fail, warn]
    default: fail
attributes:
  check_mode:
    support: full
    description: C(clawupgrade plan) looks and plans with all preflight checks; nothing on the host is changed.
  diff_mode:
    support: full
    description:
      - The versions, and every change of OpenClaw's config by its meaning, secrets masked.
      - In check mode the changes are those that clawupgrade itself would make; what the release's own doctor adds is known afterwards.
  platform:
    support: full
    description: Wherever clawupgrade runs.
    platforms: posix
seealso:
  - module: clawupgrade.openclaw.openclaw_facts
  - module: clawupgrade.openclaw.openclaw_rollback
  - module: clawupgrade.openclaw.openclaw_quarantine
"""

EXAMPLES = r"""
- name: Upgrade to exactly this version
  clawupgrade.openclaw.openclaw_upgrade:
    version: 2026.9.6

- name: Upgrade to what was brought here by day; no registry is asked
  clawupgrade.openclaw.openclaw_upgrade:
    bundle: /var/tmp/openclaw-2026.9.6.clawbundle
    now: true

- name: Upgrade, and find it again where the connection is lost
  clawupgrade.openclaw.openclaw_upgrade:
    version: 2026.9.6
    request_id: "{{ request }}"
  register: upgrade
  ignore_unreachable: true

- name: Learn what became of it
  clawupgrade.openclaw.openclaw_upgrade:
    version: 2026.9.6
    request_id: "{{ request }}"
  when: upgrade is unreachable
"""

RETURN = r"""
rc:
  description: The exit code of clawupgrade. In check mode V(2) means that changes are pending.
  returned: always
  type: int
  sample: 0
outcome:
  description:
    - C(upgraded), C(nothing-to-do), C(skipped), C(failed-clean), C(rolled-back), C(needs-person), C(broken), C(refused), C(busy),
      C(stopped), C(usage) or C(bad-configuration). In check mode also C(pending).
  returned: always
  type: str
  sample: upgraded
msg:
  description: What became of it, in one sentence.
  returned: always
  type: str
  sample: 2026.6.11 → 2026.9.6, and the gateway serves
hint:
  description: What a person can do about it.
  returned: always
  type: str
  sample: ""
reason:
  description: Why a run was skipped, as a stable word.
  returned: always
  type: str
  sample: quarantined
from_version:
  description: The version that was installed.
  returned: always
  type: str
  sample: 2026.6.11
to_version:
  description: The version that was wanted.
  returned: always
  type: str
  sample: 2026.9.6
run_id:
  description: The run, for C(clawupgrade show) and for M(clawupgrade.openclaw.openclaw_rollback).
  returned: always
  type: str
  sample: 20261128T173226Z-c58c
downtime:
  description: Seconds from the moment the gateway was told to stop to the moment it was seen to serve. Null where it was never stopped.
  returned: when not in check mode
  type: float
  sample: 23.6
seconds:
  description: Seconds that the run took in all.
  returned: when not in check mode
  type: float
  sample: 94.2
steps:
  description: Each step with its state, seconds and error.
  returned: when not in check mode
  type: list
  elements: dict
notes:
  description: What is worth telling, such as what was lost and put back.
  returned: when not in check mode
  type: list
  elements: str
config_changes:
  description: What became of OpenClaw's config, secrets masked.
  returned: in diff mode
  type: list
  elements: dict
quarantine:
  description: The host's entry about this version where it failed here, for the hosts that come after it.
  returned: on failure
  type: dict
attached:
  description: Whether the request had been begun by an earlier task, which this one has waited for.
  returned: when not in check mode
  type: bool
recovered:
  description: Whether the run was cut off on the host (killed, or without power) and was brought to its end there.
  returned: when not in check mode
  type: bool
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.clawupgrade.openclaw.plugins.module_utils.clawupgrade import (
    NEEDS_PERSON,
    PENDING,
    REQUEST,
    WHERE,
    Clawupgrade,
    diff_of,
    result_of,
)

ARGUMENTS = dict(
    WHERE,
    version={"type": "str", "aliases": ["to"]},
    channel={"type": "str"},
    bundle={"type": "path"},
    bundle_keys={"type": "path"},
    engine={"type": "str", "choices": ["clone", "inplace"]},
    node={"type": "path"},
    allow_downgrade={"type": "bool", "default": False},
    rehearse={"type": "bool"},
    now={"type": "bool", "default": False},
    force={"type": "bool", "default": False},
    soak={"type": "str"},
    confirm_by={"type": "str"},
    settings={"type": "dict", "default": {}},
    needs_person={"type": "str", "choices": ["fail", "warn"], "default": "fail"},
    **REQUEST
)


def main():
    """Plan in check mode, else run."""
    module = AnsibleModule(ARGUMENTS, supports_check_mode=True, mutually_exclusive=[["version", "channel", "bundle"]])
    tool = Clawupgrade(module)
    if module.check_mode:
        _foretell(module, tool)
    else:
        _upgrade(module, tool)


def _foretell(module, tool):
    rc, document = tool.ask("plan", *_words(module.params))
    if rc not in (0, PENDING):
        module.fail_json(**result_of(document))
    turn, plan = document.get("turn"), document.get("plan")
    # `turn` with a moment in it is a wait, which a run sits out; without one the run would be skipped.
    skipped = turn is not None and "until" not in turn
    changed = plan is not None and not skipped
    outcome = "skipped" if skipped else "pending" if changed else "nothing-to-do"
    # Ansible takes any other code than 0 for a failure, unless it is told that it is none.
    found = {"rc": rc, "failed": False, "changed": changed, "outcome": outcome, "run_id": "", "hint": (turn or {}).get("hint", "")}
    found["reason"] = turn["code"] if skipped else ""
    found["from_version"] = plan["install"]["package"]["version"] if plan else ""
    found["to_version"] = plan["target"] if plan else ""
    found["msg"] = turn["reason"] if skipped else "%(from_version)s -> %(to_version)s is pending" % found if changed else "nothing to do"
    if module._diff and changed:
        rc, migrated = tool.ask("config", "migrate", "--check", "--to", plan["target"])
        found["config_changes"] = migrated.get("changes") or []
        found["diff"] = diff_of(found["from_version"], found["to_version"], found["config_changes"])
    module.exit_json(**found)


def _upgrade(module, tool):
    params = module.params
    words = ["run", "--yes"] + _words(params)
    for flag in ("soak", "confirm_by"):
        if params[flag] is not None:
            words += ["--" + flag.replace("_", "-"), params[flag]]
    found = tool.act(words, params["request_id"], params["lock_timeout"])
    if module._diff and found["run_id"] and found["changed"]:
        found["config_changes"] = tool.changes(found["run_id"])
        found["diff"] = diff_of(found["from_version"], found["to_version"], found["config_changes"])
    if found["rc"] == 0:
        module.exit_json(**found)
    if found["rc"] == NEEDS_PERSON and params["needs_person"] == "warn":
        module.warn("%s %s" % (found["msg"], found["hint"]))
        module.exit_json(failed=False, **found)
    found["quarantine"] = tool.quarantine(found["to_version"])
    module.fail_json(**found)


def _words(params):
    words = []
    for name, flag in (("version", "--to"), ("channel", "--channel"), ("engine", "--engine"), ("node", "--node")):
        if params[name] is not None:
            words += [flag, params[name]]
    for name, flag in (("bundle", "--bundle"), ("bundle_keys", "--bundle-keys")):
        if params[name] is not None:
            words += [flag, params[name]]
    for name in ("allow_downgrade", "now", "force"):
        if params[name]:
            words.append("--" + name.replace("_", "-"))
    if params["rehearse"] is not None:
        words.append("--rehearse" if params["rehearse"] else "--no-rehearse")
    for key, value in sorted(params["settings"].items()):
        words += ["--set", "%s=%s" % (key, value)]
    return words


if __name__ == "__main__":
    main()
