"""What `inspect` says, as docker and podman say it."""

from __future__ import annotations

from typing import Any

import pytest

from clawupgrade.composed import Mount
from clawupgrade.containers.inspected import read_containers


def said(**more: Any) -> dict[str, Any]:
    """A container as docker 20.10 describes it, cut down to what is read."""
    labels = {
        "com.docker.compose.project": "claw",
        "com.docker.compose.service": "openclaw-gateway",
        "com.docker.compose.oneoff": "False",
        "com.docker.compose.project.working_dir": "/srv/claw",
        "com.docker.compose.project.config_files": "compose.yaml,/srv/claw/compose.override.yaml",
    }
    config = {
        "Image": "claw/openclaw:2026.6.11",
        "Entrypoint": None,
        "Cmd": ["node", "openclaw.mjs", "gateway", "run"],
        "Env": ["OPENCLAW_GATEWAY_TOKEN=a=b", "PATH=/bin"],
        "Labels": labels,
        "User": "node",
        "WorkingDir": "/app",
    }
    host = {
        "NetworkMode": "claw_default",
        "PortBindings": {"18789/tcp": [{"HostIp": "", "HostPort": "3000"}], "53/udp": [{"HostPort": "53"}]},
        "RestartPolicy": {"Name": "unless-stopped"},
        "ReadonlyRootfs": True,
        "Tmpfs": {"/tmp": ""},
    }
    whole = {
        "Id": "c1",
        "Name": "/claw-openclaw-gateway-1",
        "Image": "sha256:1",
        "Created": "2026-11-01",
        "Config": config,
        "HostConfig": host,
        "State": {"Running": True, "Pid": 42, "ExitCode": 0},
        "Mounts": [
            {"Type": "volume", "Name": "state", "Source": "/var/lib/docker/volumes/state/_data", "Destination": "/s/"},
            {"Type": "bind", "Source": "/srv/ws", "Destination": "/s/workspace", "RW": False},
            {"Type": "tmpfs", "Source": "", "Destination": "/tmp"},
        ],
    }
    return whole | more


def test_a_container_is_read_with_its_project() -> None:
    (seen,) = read_containers([said()])
    assert (seen.project, seen.service, seen.folder) == ("claw", "openclaw-gateway", "/srv/claw")
    assert seen.files == ("/srv/claw/compose.yaml", "/srv/claw/compose.override.yaml"), (
        "v1 names them as they were given"
    )
    assert seen.is_gateway
    assert seen.variable("OPENCLAW_GATEWAY_TOKEN") == "a=b"
    assert seen.ports == {18789: ("127.0.0.1", 3000)}
    assert seen.mounts == (
        Mount("/var/lib/docker/volumes/state/_data", "/s", True, "state"),
        Mount("/srv/ws", "/s/workspace", False),
    )
    assert (seen.running, seen.pid, seen.is_restarted, seen.read_only) == (True, 42, True, True)


def test_podman_leaves_out_the_kind_of_an_id() -> None:
    (seen,) = read_containers([said(Image="12ab", OCIRuntime="crun")])
    assert seen.podman
    assert seen.image_id == "sha256:12ab"


def test_one_off_containers_serve_nobody_and_the_newest_counts() -> None:
    once = said(Id="once")
    once["Config"] = once["Config"] | {"Labels": {"com.docker.compose.oneoff": "True"}}
    older = said(Id="older", Created="2026-10-01")
    assert [each.id for each in read_containers([older, once, said()])] == ["c1", "older"]


def test_a_container_is_a_gateway_by_what_it_runs() -> None:
    other = said()
    other["Config"] = other["Config"] | {"Cmd": ["node", "openclaw.mjs", "doctor"]}
    (seen,) = read_containers([other])
    assert not seen.is_gateway


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ({"Name": "always", "MaximumRetryCount": 0}, "always"),
        ({"Name": "on-failure", "MaximumRetryCount": 3}, "on-failure:3"),
        ({"Name": "on-failure", "MaximumRetryCount": 0}, "on-failure"),
        ({"Name": "no"}, "no"),
        ({"Name": ""}, "no"),
        (None, "no"),
    ],
)
def test_a_restart_policy_is_read_as_docker_update_takes_it(policy: dict[str, Any] | None, expected: str) -> None:
    whole = said()
    whole["HostConfig"]["RestartPolicy"] = policy
    (seen,) = read_containers([whole])
    assert (seen.restart, seen.is_restarted) == (expected, expected != "no")
