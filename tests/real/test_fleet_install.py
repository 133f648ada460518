"""The role `install` over ssh, on a host that reaches no package index."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "fleet"))

from ground import CHECKOUT, ControlNode
from lab.host import Host
from lab.instance import open_host
from lab.releases import release_of
from lab.root import Lab
from lab.segment import open_segment
from lab.ssh import await_door, make_key, open_door

pytestmark = [pytest.mark.real, pytest.mark.full]

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFakeKeyOfNobodyAtAllForThisTestOnly0000 ops"


PROGRAMS = {
    "venv": ".local/share/clawupgrade/bin/clawupgrade",
    "pipx": ".local/bin/clawupgrade",
    "uv": ".local/bin/clawupgrade",
}
"""How it is installed, and where it is then."""
_PIPX = """
python3 -m venv /opt/pipx
/opt/pipx/bin/pip install -q --no-index --find-links /home/claw/tools pipx
ln -s /opt/pipx/bin/pipx /usr/local/bin/pipx
"""
_UV = "install -m 0755 /home/claw/tools/uv-*.data/scripts/uv /usr/local/bin/uv"


@pytest.mark.parametrize("method", list(PROGRAMS))
def test_clawupgrade_comes_with_its_wheels_and_settings_and_a_second_play_changes_nothing(
    method: str, lab: Lab, tmp_path: Path
) -> None:
    wheels = tmp_path / "wheels"
    own = lay_wheels(wheels)
    variables = {
        "install_method": method,
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
            lay_tool(host, method)
            control.hosts = {"host0": {"ansible_host": place.address, "ansible_user": "claw"}}
            control.ssh_args = f"-F /dev/null -i {control.folder / 'key'} -o UserKnownHostsFile={known}"
            book = tmp_path / "play.yml"
            role = {"role": "clawupgrade.openclaw.install"}
            book.write_text(json.dumps([{"hosts": "all", "gather_facts": False, "roles": [role]}]))

            done = control.play(str(book), **variables)
            assert done.rc == 0, done.out
            program = f"/home/claw/{PROGRAMS[method]}"
            shown = json.loads(host.run([program, "config", "show", "--json"], check=True).out)["settings"]
            assert shown["minimum-age"]["value"] == "3d"
            for name in ("clawupgrade.toml", "bundle-keys"):
                assert host.path(f".config/clawupgrade/{name}").stat().st_mode & 0o777 == 0o600
            again = control.play(str(book), **variables)
            assert again.rc == 0, again.out
            assert again.changed("host0") == 0, again.out


def lay_wheels(folder: Path) -> Path:
    """Our own wheel, beside those of all it needs, and of the pip that pipx wants beside itself."""
    subprocess.run([sys.executable, "-m", "pip", "wheel", "-q", "-w", folder, CHECKOUT, "pip"], check=True)
    (own,) = folder.glob("clawupgrade-*.whl")
    return own


def lay_tool(host: Host, method: str) -> None:
    """Put pipx or uv on the host's PATH, as its distribution would."""
    if method == "venv":
        return
    tools = host.path("tools")
    tools.mkdir()
    subprocess.run([sys.executable, "-m", "pip", "download", "-q", "-d", tools, method], check=True)
    if method == "uv":
        with zipfile.ZipFile(next(tools.glob("uv-*.whl"))) as wheel:
            wheel.extractall(tools)
    host.shell(_UV if method == "uv" else _PIPX, user="root")
