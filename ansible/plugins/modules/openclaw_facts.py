#!/usr/bin/python
# Copyright (c) The clawupgrade engineers
# MIT License (see the collection's LICENSE)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: openclaw_facts
short_description: Gather what is installed of OpenClaw, how its gateway is, and how the last run ended
version_added: "0.1.0"
description:
  - Asks C(clawupgrade status) and C(clawupgrade quarantine list) on the host. Nothing is changed, no registry is asked.
  - The facts are what C(clawupgrade fleet report) reads.
author:
  - The clawupgrade engineers (@clawupgrade)
extends_documentation_fragment:
  - clawupgrade.openclaw.common
attributes:
  check_mode:
    support: full
    description: It never changes anything.
  diff_mode:
    support: none
    description: There is nothing to compare.
  facts:
    support: full
    description: Returns C(ansible_facts).
  platform:
    support: full
    description: Wherever clawupgrade runs.
    platforms: posix
"""

EXAMPLES = r"""
- name: Look at all gateways
  clawupgrade.openclaw.openclaw_facts:

- name: Stop where one does not serve
  ansible.builtin.assert:
    that: ansible_facts.openclaw.serves
"""

RETURN = r"""
ansible_facts:
  description: What was found.
  returned: always
  type: dict
  contains:
    openclaw:
      description: The installation.
      type: dict
      returned: always
      contains:
        found:
          description: Whether there is an installation that can be read; RV(ansible_facts.openclaw.problem) says why not.
          type: bool
          returned: always
        problem:
          description: Why there is none, or "".
          type: str
          returned: always
        version:
          description: The installed version.
          type: str
          returned: always
        package:
          description: The package's name.
          type: str
          returned: always
        gateway:
          description: The gateway's address.
          type: str
          returned: always
        owner:
          description: Who starts and stops it.
          type: str
          returned: always
        active:
          description: Whether its service runs.
          type: bool
          returned: always
        serves:
          description: Whether it answered a handshake with the config's own token.
          type: bool
          returned: always
        words:
          description: What it said instead, or "".
          type: str
          returned: always
        state_bytes:
          description: How much state there is.
          type: int
          returned: always
        node:
          description: The version of the Node.js that serves it.
          type: str
          returned: always
        clawupgrade:
          description: The version of clawupgrade.
          type: str
          returned: always
        last_run:
          description: The report of the last run, without its steps, or null.
          type: dict
          returned: always
        quarantine:
          description: Versions that failed here and are passed over.
          type: list
          elements: dict
          returned: always
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.clawupgrade.openclaw.plugins.module_utils.clawupgrade import WHERE, Clawupgrade

_NOTHING = {
    "found": False,
    "problem": "",
    "version": "",
    "package": "",
    "gateway": "",
    "owner": "none",
    "active": False,
    "serves": False,
    "words": "",
    "state_bytes": 0,
    "node": "",
    "last_run": None,
}


def main():
    """Ask, and put the answers into one fact."""
    module = AnsibleModule(dict(WHERE), supports_check_mode=True)
    tool = Clawupgrade(module)
    rc, status = tool.ask("status")
    found = dict(_NOTHING)
    if rc == 0:
        found.update(_of(status["install"]), last_run=_short(status["last_run"]))
    else:
        found["problem"] = status.get("message") or "clawupgrade status ended with %s" % rc
    rc, listed = tool.ask("quarantine", "list")
    found["quarantine"] = [each for each in listed.get("entries") or () if each["stands"]]
    rc, out, err = module.run_command([tool.program, "--version"])
    found["clawupgrade"] = out.strip().rpartition(" ")[2]
    module.exit_json(changed=False, ansible_facts={"openclaw": found})


def _of(install):
    address, service = install["address"], install["service"]
    was = install["baseline"]["was"]
    return {
        "found": True,
        "version": install["package"]["version"],
        "package": install["package"]["name"],
        "gateway": "%s:%s" % (address.get("host"), address.get("port")),
        "owner": service["owner"],
        "active": service["active"],
        "serves": was == "ready",
        "words": "" if was == "ready" else install["baseline_words"] or was,
        "state_bytes": install["state_bytes"],
        "node": install["node"]["version"],
    }


def _short(report):
    return None if report is None else dict((name, value) for name, value in report.items() if name != "steps")


if __name__ == "__main__":
    main()
