"""clawupgrade on a machine in memory: the real use cases and documents, without the cost of an OpenClaw.

`python imagined.py FOLDER COMMAND…`: FOLDER keeps the machine from call to call. For hundreds of hosts on one computer.
"""

from __future__ import annotations

import pickle
import sys

if sys.argv[2:] == ["--version"]:  # before what takes half a second to import, as the command itself does
    print("clawupgrade 0.0.0")
    sys.exit(0)

import uuid
from pathlib import Path

import msgspec
from msgspec.structs import replace

from clawupgrade.app.finish import finish
from clawupgrade.app.gate import Gate
from clawupgrade.app.prospect import prospect
from clawupgrade.app.quarantine import entries, heed
from clawupgrade.app.report import report_of
from clawupgrade.app.upgrade import upgrade
from clawupgrade.cli.parser import parser
from clawupgrade.policy.settings import Settings
from clawupgrade.render.documents import print_json
from clawupgrade.render.pages import show_plan
from clawupgrade.render.policy import show_added, show_quarantine
from clawupgrade.render.results import show_report
from clawupgrade.render.status import show_status
from clawupgrade.survey.survey import survey
from clawupgrade.testing.machine import Machine, born
from clawupgrade.testing.plans import request_for
from clawupgrade.testing.releases import Release, Serving

OLD, GOOD, BAD = "2026.6.11", "2026.9.6", "2026.9.7"
RELEASES = (Release(OLD, schema=3), Release(GOOD, schema=5), Release(BAD, schema=5, serving=Serving.BROKEN))
PROGRAM = ("clawupgrade",)


def main(folder: Path, words: list[str]) -> int:
    """One call of the command."""
    args = parser().parse_args(words)
    kept = folder / "machine"
    machine: Machine = pickle.loads(kept.read_bytes()) if kept.exists() else born(RELEASES)
    code = _act(machine, args.command, args)
    if args.command in ("run", "quarantine"):
        kept.with_suffix(".new").write_bytes(pickle.dumps(machine))
        kept.with_suffix(".new").rename(kept)
    return code


def _act(machine: Machine, command: str, args: object) -> int:
    host, runs = machine.host(), machine.runs()
    request = request_for(machine, getattr(args, "to", None))
    gate = Gate(replace(Settings(), soak_for=Settings().soak_confirm_by))
    run_id = f"20261128T000000Z-{uuid.uuid4().hex[:4]}"
    match command:
        case "run":
            report = upgrade(host, runs, request, run_id, program=PROGRAM, agree=lambda _: None, gate=gate)
            return show_report(finish(host, runs, report), as_json=True)
        case "plan":
            found = prospect(host, runs, request, run_id, program=PROGRAM, gate=gate)
            show_plan(found, as_json=True)
            return 2 if found.plan else 0
        case "status":
            last = tuple(report_of(runs.load(each).records) for each in runs.ids()[-1:])
            show_status(survey(host, request), last, as_json=True)
        case "quarantine" if args.act == "add":  # type: ignore[attr-defined]
            show_added(heed(host, runs, args.version, args.cause), new=True, as_json=True, quiet=False)  # type: ignore[attr-defined]
        case "quarantine":
            show_quarantine(entries(runs), host.clock.now(), Settings().quarantine_for, as_json=True)
        case "show":
            reports = [report_of(runs.load(each).records) for each in runs.ids()]
            print_json({"schema": "clawupgrade.runs.v1", "runs": msgspec.to_builtins(reports)})
        case _:
            raise SystemExit(64)
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2:]))
