"""Fills a stage from a bundle: no npm, no registry; what comes out must be what was signed."""

from __future__ import annotations

from collections.abc import Mapping

from clawupgrade.errors import StepFailed
from clawupgrade.model import Hop, Plan
from clawupgrade.openclaw import bundle
from clawupgrade.openclaw.output import last_words
from clawupgrade.ports import Command, Host

PARTS = ("lib", "bin")
"""What an npm prefix consists of."""


def unpack(host: Host, plan: Plan, hop: Hop) -> None:
    """Put the bundle's tree where npm would have built it.

    Nothing of it is run before it has been compared: the file may have been exchanged since it was checked.

    Raises:
        StepFailed: it cannot be unpacked, or is not what the plan names.
    """
    packed = f"{hop.stage}/{bundle.TREE}"
    for words in (
        ("tar", "-xf", hop.spec, "-C", hop.stage, bundle.TREE),
        ("tar", "-xzpf", packed, "--no-same-owner", "-C", hop.stage),
    ):
        done = host.commands.run(Command(words, account=plan.install.account, wall=plan.limits.install))
        if not done.ok:
            raise StepFailed(f"{hop.spec} cannot be unpacked: {done.ended_by or last_words(done.err)}")
    host.files.remove(packed)
    if bundle.contents_digest(contents(host, hop.stage)) != hop.contents:
        raise StepFailed(
            f"what {hop.spec} unpacks to is not what was signed", "bring the bundle here anew", transient=True
        )


def contents(host: Host, prefix: str) -> Mapping[str, str]:
    """Path → what is there, of all that an npm prefix holds."""
    return {f"{part}/{path}": what for part in PARTS for path, what in host.files.manifest(f"{prefix}/{part}").items()}
