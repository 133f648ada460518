"""The page of `diagnose`: plain text of at most 80 columns, to be read at midnight; or one JSON document."""

from __future__ import annotations

import textwrap

import msgspec

from clawupgrade.app.diagnose import Examined
from clawupgrade.diagnose.diagnosis import Cause, Colour
from clawupgrade.model import Report
from clawupgrade.render.documents import print_json

SCHEMA = "clawupgrade.diagnosis.v1"
_WIDTH = 80
_MARKS = {Colour.GREEN: "ok  ", Colour.YELLOW: "note", Colour.RED: "BAD "}


def show_diagnosis(found: Examined, mended: tuple[Report, ...], code: int, *, as_json: bool, quiet: bool) -> None:
    """The checklist, the root cause and its cure; with `--fix` also what was tried. Names no secret."""
    if as_json:
        print_json(
            {
                "schema": SCHEMA,
                "exit_code": code,
                "version": found.install.package.version,
                "gateway": found.install.address.url,
                "diagnosis": msgspec.to_builtins(found.diagnosis),
                "runs": msgspec.to_builtins(list(mended)),
            }
        )
        return
    if quiet and code == 0:
        return
    print(page(found, mended))


def page(found: Examined, mended: tuple[Report, ...]) -> str:
    """The text, every line within 80 columns."""
    diagnosis, install = found.diagnosis, found.install
    lines = [f"{install.package.name} {install.package.version}, gateway at {install.address.url}", ""]
    for line in diagnosis.lines:
        lines += _wrapped(f"{_MARKS[line.colour]}  {line.check:<11} ", line.evidence)
        if line.cure and line.colour is not Colour.GREEN:
            lines += _wrapped(" " * 18 + "→ ", line.cure)
    lines.append("")
    if diagnosis.cause is Cause.NONE:
        lines += _wrapped("root cause: ", f"none; {diagnosis.why}")
    else:
        lines += _wrapped("root cause: ", f"{diagnosis.cause.value.replace('-', ' ')}: {diagnosis.why}")
        lines += _wrapped("what to do: ", diagnosis.cure or "see the lines marked BAD")
    for report in mended:
        lines += _wrapped("mended:     " if report.exit_code == 0 else "tried:      ", report.message)
        if report.run_id:
            lines.append(f"            run {report.run_id}")
    return "\n".join(lines)


def _wrapped(lead: str, text: str) -> list[str]:
    room = textwrap.TextWrapper(
        width=_WIDTH, initial_indent=lead, subsequent_indent=" " * len(lead), break_on_hyphens=False
    )
    return room.wrap(text) or [lead.rstrip()]
