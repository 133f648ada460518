"""What `node` is on a stub host: Node's version, npm, and every release of OpenClaw, told apart by its arguments.

A release behaves as `stub` in its package.json says: `serving` well, hangs-up, crashes, mismatch or pairing;
`doctor` well, fails or leaks (prints the config's secrets and fails); `slow` seconds that doctor takes.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(os.environ["HOME"]).parent


def main(words: list[str]) -> int:
    """One call of node."""
    if words == ["--version"]:
        print("v24.19.0")
        return 0
    if words[0] == "-e":
        told = ROOT / "platform"
        print(told.read_text() if told.exists() else '["linux", "x64", "137", "2.36"]')
        return 0
    script, *rest = words
    if script.endswith("npm-cli.js"):
        return npm(rest)
    return openclaw(_package(Path(script).resolve()), rest)


def npm(words: list[str]) -> int:
    """`npm view` and `npm install`, out of registry.json."""
    if (ROOT / "offline").exists():
        print("npm error code ENOTFOUND\nnpm error network request failed", file=sys.stderr)
        return 1
    registry = json.loads((ROOT / "registry.json").read_text())
    match words:
        case ["view", spec, *fields, "--json", "--loglevel=error"]:
            return _view(registry, spec, fields)
        case ["install", "-g", "--prefix", prefix, *_, spec]:
            version = spec.rpartition("@")[2]
            place(Path(prefix, "lib/node_modules/openclaw"), version, registry["versions"][version])
            Path(prefix, "bin").mkdir(exist_ok=True)
            link = Path(prefix, "bin/openclaw")
            link.unlink(missing_ok=True)
            link.symlink_to("../lib/node_modules/openclaw/openclaw.mjs")
            return 0
    print(f"npm error unknown: {words}", file=sys.stderr)
    return 1


def place(root: Path, version: str, stub: dict[str, Any]) -> None:
    """A release as a package."""
    root.mkdir(parents=True)
    said = {"name": "openclaw", "version": version, "bin": {"openclaw": "openclaw.mjs"}, "engines": {"node": ">=22"}}
    (root / "package.json").write_text(json.dumps(said | {"stub": stub}))
    (root / "openclaw.mjs").write_text(f"// {version}\n")
    (root / "openclaw.mjs").chmod(0o755)


def openclaw(package: dict[str, Any], words: list[str]) -> int:
    """One command of a release."""
    stub = package["stub"]
    match words:
        case ["--version"]:
            print(f"OpenClaw {package['version']}")
        case ["doctor", *_]:
            return doctor(stub)
        case ["config", "validate", "--json"]:
            print(json.dumps({"valid": True, "issues": []}))
        case ["channels", "status", "--json"]:
            print(json.dumps({"channelAccounts": {}}))
        case ["cron", "list", *_]:
            print(json.dumps({"jobs": []}))
        case ["sessions", *_]:
            print(json.dumps({"sessions": []}))
        case ["update", "status", *_]:
            print(json.dumps({"status": "idle"}))
        case ["gateway", "run", "--port", port]:
            return gateway(package, int(port))
        case _:
            print(f"error: unknown command {words}", file=sys.stderr)
            return 1
    return 0


def doctor(stub: dict[str, Any]) -> int:
    """`doctor --fix`."""
    time.sleep(stub.get("slow", 0))
    if stub.get("doctor") == "fails":
        print("Error: startup migrations did not complete cleanly", file=sys.stderr)
        return 1
    if stub.get("doctor") == "leaks":
        print(
            f"Error: cannot log in with {_token()} and {_config()['channels']['telegram']['botToken']}", file=sys.stderr
        )
        return 1
    return 0


def gateway(package: dict[str, Any], port: int) -> int:
    """The gateway in the foreground, until SIGTERM."""
    from clawupgrade.testing.gateway import FakeGateway, Habit
    from clawupgrade.testing.gateway_rules import FakeRelease, Refusal

    serving = (ROOT / "serving").read_text() if (ROOT / "serving").exists() else package["stub"].get("serving", "well")
    if serving == "crashes":
        print("Error: the gateway table is not readable", file=sys.stderr)
        return 1
    habit = {"hangs-up": Habit.HANG_UP, "pairing": Habit.REFUSE}.get(serving, Habit.SERVE)
    pairing = Refusal("pairing required", "NOT_PAIRED", {"code": "PAIRING_REQUIRED", "requestId": "r1"})
    release = FakeRelease(package["version"], 4, tells=True)
    token = "another-token-than-the-config-has" if serving == "mismatch" else _token()
    refusal = pairing if habit is Habit.REFUSE else None
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with FakeGateway(token=token, release=release, habit=habit, refusal=refusal, port=port):
        while True:
            time.sleep(60)


def _view(registry: dict[str, Any], spec: str, fields: list[str]) -> int:
    wanted = "latest" if spec == "openclaw" else spec.rpartition("@")[2]
    version = registry["latest"] if wanted == "latest" else wanted
    if version not in registry["versions"]:
        print(f"npm error code E404\nnpm error 404 No match found for version {spec}", file=sys.stderr)
        return 1
    times = {each: stub.get("published", "2026-01-01T00:00:00.000Z") for each, stub in registry["versions"].items()}
    said: dict[str, Any] = {"name": "openclaw", "version": version, "engines": {"node": ">=22"}, "time": times}
    said |= {"dist-tags": {"latest": registry["latest"]}, "versions": list(registry["versions"])}
    print(json.dumps({key: value for key, value in said.items() if key in fields}))
    return 0


def _package(path: Path) -> dict[str, Any]:
    while not (path / "package.json").exists():
        path = path.parent
    found: dict[str, Any] = json.loads((path / "package.json").read_text())
    return found


def _config() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(Path(os.environ["HOME"], ".openclaw/openclaw.json").read_text())
    return found


def _token() -> str:
    return str(_config()["gateway"]["auth"]["token"])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
