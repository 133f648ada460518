"""Which engine is meant where both programs are there, and what is said where none answers."""

from __future__ import annotations

import json
from typing import Any

import pytest

from clawupgrade.errors import Refused
from clawupgrade.host.containers.program import Program
from clawupgrade.ports import Command, Completed

NAMED = (("DOCKER_HOST", "unix:///run/nobody.sock"),)
NO_DAEMON = Completed(1, "", "Cannot connect to the Docker daemon", 0.1)
ANSWERS = Completed(0, "{}", "", 0.1)


class Programs:
    """What is on PATH and what it answers: words before `version` → its answer. Nothing else is there."""

    def __init__(self, **answers: Completed) -> None:
        self.answers = {tuple(name.split("_")): answer for name, answer in answers.items()}

    def run(self, command: Command, *_: Any) -> Completed:
        words = command.argv[: command.argv.index("version")]
        if words not in self.answers:
            raise Refused(f"there is no {words[0]}")
        return self.answers[words]


def engine(programs: Programs, reach: tuple[tuple[str, str], ...] = ()) -> str:
    (name,) = Program(programs).find_engine(reach)  # type: ignore[arg-type]
    return name


def test_docker_before_podman_and_podman_where_it_is_alone() -> None:
    assert engine(Programs(docker=ANSWERS, podman=ANSWERS, podman_compose=ANSWERS)) == "docker"
    assert engine(Programs(podman=ANSWERS)) == "podman"


def test_podman_in_place_of_a_docker_that_does_not_answer_only_with_compose() -> None:
    assert engine(Programs(docker=NO_DAEMON, podman=ANSWERS, podman_compose=ANSWERS)) == "podman"
    with pytest.raises(Refused, match="no docker daemon answers"):
        engine(Programs(docker=NO_DAEMON, podman=ANSWERS))


def test_who_names_a_daemon_is_told_of_that_one() -> None:
    with pytest.raises(Refused, match=r"no docker daemon answers at unix:///run/nobody\.sock"):
        engine(Programs(docker=NO_DAEMON, podman=ANSWERS, podman_compose=ANSWERS), NAMED)


@pytest.mark.parametrize(("name", "is_podman"), [("Podman Engine", True), ("Engine", False)])
def test_podmans_service_is_known_behind_dockers_own_program(name: str, is_podman: bool) -> None:
    said = Completed(0, json.dumps({"Server": {"Components": [{"Name": name}]}}), "", 0.1)
    program = Program(Programs(docker=said))  # type: ignore[arg-type]
    assert program.is_podman(("docker",), ()) is is_podman


def test_nothing_at_all_is_one_line() -> None:
    with pytest.raises(Refused, match="neither docker nor podman"):
        engine(Programs())
