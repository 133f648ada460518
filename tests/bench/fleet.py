"""A play against hundreds of imagined hosts: cost of each, wall time of each batch, where a bad release stops.

`HOSTS=300 FORKS=4 make bench B=fleet`. Real: ansible-playbook, the collection, clawupgrade's use cases and
documents. Imagined: the machine below them (`clawupgrade.testing`). So it shows what a fleet costs besides the
upgrades themselves.
"""

from __future__ import annotations

import os
import re
import resource
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "fleet"))

from ground import ControlNode, Played, read_recap
from imagined import BAD, GOOD

HOSTS, FORKS = int(os.environ.get("HOSTS", "300")), int(os.environ.get("FORKS", "4"))
_DONE = re.compile(r"^(?:ok|changed): \[(\S+)\]")


def main() -> int:
    """Print the table; 1 where a play did not do what it should have."""
    with tempfile.TemporaryDirectory(prefix="clawupgrade-bench-") as name:
        control = _fleet(Path(name))
        print(f"{HOSTS} hosts, {FORKS} at once, {os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}")
        print(f"{'play':<40} {'wall s':>8} {'cpu s':>8} {'cpu s/host':>11}", flush=True)
        bad, _ = _measured("a bad release", control, BAD)
        told = bad.out.count("(item=")
        print(f"  it stopped at {', '.join(bad.recap)}; {told} others were told")
        good, batches = _measured("a good release", control, GOOD)
        for number, (seconds, hosts) in enumerate(batches, 1):
            print(f"  batch {number}: {hosts} hosts in {seconds:.0f} s")
        again, _ = _measured("the same again", control, GOOD)
        held = (
            (bad.rc, len(bad.recap), told) == (2, 1, HOSTS - 1),
            good.rc == 0 and [counts[1] for counts in good.recap.values()] == [1] * HOSTS,
            again.rc == 0 and [counts[1] for counts in again.recap.values()] == [0] * HOSTS,
        )
        if not all(held):
            print(f"NOT AS IT SHOULD BE: bad, good, again = {held}\n{bad.out[-3000:]}\n{good.out[-3000:]}")
        return 0 if all(held) else 1


def _fleet(top: Path) -> ControlNode:
    control = ControlNode(top / "control", forks=FORKS)
    imagined = Path(__file__).parents[1] / "fleet/imagined.py"
    for number in range(HOSTS):
        folder = top / f"host{number:03}"
        folder.mkdir()
        program = folder / "clawupgrade"
        program.write_text(f'#!/bin/sh\nexec {sys.executable} {imagined} {folder} "$@"\n')
        program.chmod(0o755)
        control.hosts[folder.name] = {
            "ansible_connection": "local",
            "ansible_remote_tmp": str(folder / "tmp"),
            "openclaw_executable": str(program),
        }
    return control


def _measured(what: str, control: ControlNode, version: str) -> tuple[Played, list[tuple[float, int]]]:
    """The play, and (seconds, hosts) of each of its batches."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    lines: list[str] = []
    starts: list[float] = []
    hosts: list[set[str]] = []
    with control.begin("canary", upgrade_version=version, openclaw_soak=0) as begun:
        assert begun.stdout is not None
        for line in begun.stdout:
            lines.append(line)
            if line.startswith("PLAY ["):
                starts.append(time.monotonic())
                hosts.append(set())
            elif hosts and (found := _DONE.match(line)):
                hosts[-1].add(found[1])
    ended = time.monotonic()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    played = Played(begun.returncode, "".join(lines), read_recap("".join(lines)))
    turns = len(played.recap)
    print(f"{f'{what}: {turns} had a turn':<40} {ended - began:8.0f} {cpu:8.0f} {cpu / turns:11.2f}", flush=True)
    spans = [end - start for start, end in zip(starts, [*starts[1:], ended], strict=True)]
    return played, list(zip(spans, map(len, hosts), strict=True))


if __name__ == "__main__":
    sys.exit(main())
