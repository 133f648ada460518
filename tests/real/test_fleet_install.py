"""The role `install` over ssh, on a host that reaches no package index."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "fleet"))

from ground import CHECKOUT, ControlNode
from lab.instance import open_host
from lab.releases import release_of
from lab.root import Lab
from lab.segment import open_segment
from lab.ssh import await_door, make_key, open_door

pytestmark = [pytest.mark.real, pytest.mark.full]

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFakeKeyOfNobodyAtAllForThisTestOnly0000 ops"


def test_clawupgrade_comes_with_its_wheels_and_settings_and_a_second_play_changes_nothing(
    lab: Lab, tmp_path: Path
) -> None:
    wheels = tmp_path / "wheels"
    subprocess.run([sys.executable, "-m", "pip", "wheel", "-q", "-w", wheels, CHECKOUT], check=True)
    (own,) = wheels.glob("clawupgrade-*.whl")
    variables = {
        "install_method": "venv",
        "install_wheel": str(own),
        "install_wheelhouse": str(wheels),
        "install_settings": 'minimum-age = "3d"\n',
        "install_bundle_keys": [KEY],
    }
    with open_segment() as segment:
        place = segment.add(0)
        with open_host(lab, release_of("2026.6.11"), owner="process", network=place.path) as host:
            control = ControlNode(tmp_path / "control", enter=segment.enter)
            public, known = make_key(control.folder / "key"), control.folder / "known_hosts"
            known.write_text(open_door(host, place.address, public, control.folder))
            await_door(host)
            control.hosts = {"host0": {"ansible_host": place.address, "ansible_user": "claw"}}
            control.ssh_args = f"-F /dev/null -i {control.folder / 'key'} -o UserKnownHostsFile={known}"
            book = tmp_path / "play.yml"
            role = {"role": "clawupgrade.openclaw.install"}
            book.write_text(json.dumps([{"hosts": "all", "gather_facts": False, "roles": [role]}]))

            done = control.play(str(book), **variables)
            assert done.rc == 0, done.out
            program = "/home/claw/.local/share/clawupgrade/bin/clawupgrade"
            shown = json.loads(host.run([program, "config", "show", "--json"], check=True).out)["settings"]
            assert shown["minimum-age"]["value"] == "3d"
            for name in ("clawupgrade.toml", "bundle-keys"):
                assert host.path(f".config/clawupgrade/{name}").stat().st_mode & 0o777 == 0o600
            again = control.play(str(book), **variables)
            assert again.rc == 0, again.out
            assert again.changed("host0") == 0, again.out
