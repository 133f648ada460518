"""The rebuild trap: a project whose build onboards, and whose state lies in the container alone."""

from __future__ import annotations

import json
from dataclasses import dataclass

from .entry import Token
from .layers import USER
from .project import COMMENT, SERVICE, STATE, Project

_FILE = """\
FROM {base}
RUN : attempt {number}; \\
  node openclaw.mjs onboard --non-interactive --accept-risk --mode local --auth-choice skip --skip-channels \\
  --skip-skills --skip-health --skip-ui --gateway-bind loopback
"""
_TEXT = """\
{comment}
services:
  {service}:
    build: {{context: ., network: host}}
    image: claw/built:latest
    network_mode: host
    environment:
      OPENCLAW_GATEWAY_TOKEN: ${{OPENCLAW_GATEWAY_TOKEN:-}}
      HOME: /home/{user}
    command: ["node", "openclaw.mjs", "gateway", "run", "--port", "{port}"]
"""


@dataclass(frozen=True, slots=True)
class Trap:
    """What a guide for Docker had people write, in a project of the lab's."""

    project: Project
    base: str

    def build(self, number: int) -> None:
        """`docker compose up --build`; another number is another build, as another release's would be."""
        project = self.project
        project.file.write_text(_TEXT.format(comment=COMMENT, service=SERVICE, user=USER, port=project.port))
        (project.folder / "Dockerfile").write_text(_FILE.format(base=self.base, number=number))
        project.compose("up", "-d", "--build")

    def token(self) -> Token:
        """The one in the container's config."""
        said = self.project.daemon.docker("exec", self.project.container(), "cat", f"{STATE}/openclaw.json")
        return Token(json.loads(said)["gateway"]["auth"]["token"])
