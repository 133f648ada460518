"""An updater inside the gateway's own process tree dies with the gateway (#77793, #83360, #85414)."""

from __future__ import annotations

from collections.abc import Iterator

from clawupgrade.errors import ClawupgradeError, Refused
from clawupgrade.survey.checks.scene import Scene

_HINT = (
    "run it from a shell of your own or a timer, not from an agent's shell or OpenClaw's cron; or hand it "
    "over: systemd-run --user --collect --unit=clawupgrade-run clawupgrade run --yes"
)


def check_tree(scene: Scene) -> Iterator[ClawupgradeError]:
    """Neither an ancestor of ours is the gateway, nor do we live in its control group."""
    service = scene.install.service
    gateways = {process.pid for process in scene.host.processes.listeners(scene.install.address.port)}
    gateways |= {service.main_pid} if service.main_pid else set()
    above = next((each for each in scene.host.processes.ancestors() if each.pid in gateways), None)
    own_group = (scene.host.files.read("/proc/self/cgroup") or b"").decode("utf-8", "replace")
    if above:
        yield Refused(f"clawupgrade runs below the gateway, process {above.pid}, and would end with it", _HINT)
    elif service.name and any(line.endswith(f"/{service.name}") for line in own_group.splitlines()):
        yield Refused(f"clawupgrade runs inside {service.name} and would end with it", _HINT)
