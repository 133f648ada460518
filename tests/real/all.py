"""`make real-all`: every test on real hosts, one by one, resumable, with one table at the end.

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
import time
from pathlib import Path

TOP = Path(__file__).parents[2]
RESULTS = TOP / ".real-all.json"
_FIGURE = re.compile(r" serves after |^second run|^peak memory")
EVIDENCE = TOP / "docs/reference/evidence"


def main() -> int:
    """Run what has not passed yet; 0 when all has."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-k", default="", help="only tests whose names match, as pytest's -k")
    words = parser.parse_args()
    commit = _git("rev-parse", "--short=12", "HEAD")
    results = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    tests = _collect(words.k)
    for number, test in enumerate(tests, 1):
        known = results.get(test)
        if known and known["passed"] and known["commit"] == commit:
            continue
        print(f"[{number}/{len(tests)}] {test}", flush=True)
        results[test] = _run(test, commit)
        print(f"    {'passed' if results[test]['passed'] else 'FAILED'} in {results[test]['seconds']} s", flush=True)
        RESULTS.write_text(json.dumps(results, indent=2))
    _write_table(commit, {test: results[test] for test in tests})
    failed = [test for test in tests if not results[test]["passed"]]
    print(f"{len(tests) - len(failed)} passed, {len(failed)} failed")
    return 1 if failed else 0


def _collect(chosen: str) -> list[str]:
    line = [sys.executable, "-m", "pytest", "tests/real", "-m", "real", "--collect-only", "-q", "-k", chosen]
    done = subprocess.run(line, cwd=TOP, capture_output=True, text=True, check=True)
    return [line for line in done.stdout.splitlines() if "::" in line]


def _run(test: str, commit: str) -> dict[str, object]:
    began = time.monotonic()
    line = [sys.executable, "-m", "pytest", test, "-q", "-s", "--no-header", "-p", "no:cacheprovider"]
    done = subprocess.run(line, cwd=TOP, capture_output=True, text=True, check=False, env=os.environ | {"CI": "true"})
    said = [line for line in done.stdout.splitlines() if _FIGURE.search(line)]
    if done.returncode != 0:
        said += [line for line in done.stdout.splitlines() if line.startswith("E  ")][:3]
    return {
        "passed": done.returncode == 0,
        "seconds": round(time.monotonic() - began),
        "commit": commit,
        "said": " · ".join(said)[:2000],
    }


def _write_table(commit: str, results: dict[str, dict[str, object]]) -> None:
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
