"""`make real-all`: every test on real hosts, resumable, with one table at the end.

A test that passed on the present commit is not run again: stop it and start it when you like.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

TOP = Path(__file__).parents[2]
RESULTS = TOP / ".real-all.json"
EVIDENCE = TOP / "docs/reference/evidence"
_FIGURE = re.compile(r" serves after |^second run|^peak memory|^disk: ")


@dataclass(slots=True)
class Record:
    """A plugin of pytest: picks the tests that are still owed, and writes each result down as soon as it is there.

    results: test → {"passed", "seconds", "commit", "said"}, of earlier calls too.
    """

    commit: str
    results: dict[str, dict[str, Any]]
    chosen: list[str] = field(default_factory=list)
    _parts: list[pytest.TestReport] = field(default_factory=list)

    def is_owed(self, test: str) -> bool:
        """Whether it has not passed on the present commit."""
        known = self.results.get(test)
        return known is None or not known["passed"] or known["commit"] != self.commit

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        """After -k and -m have chosen."""
        self.chosen = [item.nodeid for item in items]
        passed = [item for item in items if not self.is_owed(item.nodeid)]
        config.hook.pytest_deselected(items=passed)
        items[:] = [item for item in items if self.is_owed(item.nodeid)]

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Set-up, call and end of one test; a skipped one has not passed."""
        self._parts.append(report)
        if report.when != "teardown":
            return
        parts, self._parts = self._parts, []
        printed = dict.fromkeys(line for part in parts for line in part.capstdout.splitlines())  # once, not once a part
        said = [line for line in printed if _FIGURE.search(line)]
        wrong = [part for part in parts if not part.passed]
        said += [line for part in wrong for line in str(part.longrepr).splitlines() if line.startswith("E  ")][:3]
        self.results[report.nodeid] = {
            "passed": not wrong,
            "seconds": round(sum(part.duration for part in parts)),
            "commit": self.commit,
            "said": " · ".join(said)[:2000],
        }
        scratch = RESULTS.with_suffix(".new")
        scratch.write_text(json.dumps(self.results, indent=2))
        scratch.rename(RESULTS)


def main() -> int:
    """Run what has not passed yet; 0 when all has."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-k", default="", help="only tests whose names match, as pytest's -k")
    words = parser.parse_args()
    os.environ["CI"] = "true"  # a missing lab is a failure here
    record = Record(
        _git("rev-parse", "--short=12", "HEAD"), json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    )
    line = ["-vv", "--no-header", "-p", "no:cacheprovider", "-m", "real", "-k", words.k, str(TOP / "tests/real")]
    pytest.main([f"--rootdir={TOP}", *line], plugins=[record])
    failed = [test for test in record.chosen if record.is_owed(test)]
    if record.chosen:
        _write_table(record.commit, {test: record.results[test] for test in record.chosen if test in record.results})
    print(f"{len(record.chosen) - len(failed)} passed, {len(failed)} failed or not run")
    return 1 if failed or not record.chosen else 0


def _write_table(commit: str, results: dict[str, dict[str, Any]]) -> None:
    today = datetime.datetime.now(datetime.UTC).date()
    lines = [
        f"# Real hosts, {today}, {commit}",
        "",
        "Written by `make real-all`. Times are of a machine with two cores and include preparing the host.",
        "",
        "| test | result | seconds | commit | figures |",
        "|---|---|---|---|---|",
    ]
    for test, result in results.items():
        name = test.removeprefix("tests/real/")
        verdict = "passed" if result["passed"] else "**failed**"
        lines.append(f"| `{name}` | {verdict} | {result['seconds']} | {result['commit']} | {result['said']} |")
    EVIDENCE.mkdir(parents=True, exist_ok=True)
    (EVIDENCE / f"{today}-real-hosts.md").write_text("\n".join(lines) + "\n")


def _git(*words: str) -> str:
    return subprocess.run(["git", *words], cwd=TOP, capture_output=True, text=True, check=True).stdout.strip()


if __name__ == "__main__":
    sys.exit(main())
