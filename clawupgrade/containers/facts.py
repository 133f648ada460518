"""Asks the Node of a container, or of an image, what OpenClaw it holds and where that keeps its state."""

from __future__ import annotations

import json

from clawupgrade.composed import Facts

_SCRIPT = """
const fs = require("fs"), path = require("path"), os = require("os");
const words = JSON.parse(process.argv[1]), env = process.env, names = ["openclaw", "clawdbot"];
const there = (p) => { try { return fs.realpathSync(p); } catch { return ""; } };
const starts = words.filter((w) => /\\.[cm]?js$/.test(w)).map((w) => path.resolve(w));
for (const name of names) for (const folder of (env.PATH || "").split(":")) starts.push(path.join(folder, name));
starts.push("/app/openclaw.mjs", path.resolve("openclaw.mjs"));
let found = null;
for (const start of starts.map(there).filter(Boolean)) {
  for (let folder = path.dirname(start); !found && folder !== "/"; folder = path.dirname(folder)) {
    try {
      const said = JSON.parse(fs.readFileSync(path.join(folder, "package.json"), "utf8"));
      if (names.includes(said.name)) found = { folder, said };
    } catch {}
  }
  if (found) break;
}
if (!found) process.exit(3);
const { folder, said } = found, bin = typeof said.bin === "string" ? said.bin : (said.bin || {})[said.name];
const home = env.OPENCLAW_HOME || os.homedir();
const state = env.OPENCLAW_STATE_DIR || env.CLAWDBOT_STATE_DIR || path.join(home, "." + said.name);
const config = env.OPENCLAW_CONFIG_PATH || env.CLAWDBOT_CONFIG_PATH || path.join(state, said.name + ".json");
const beside = path.join(path.dirname(process.execPath), "npm");
const script = there(beside) || (env.PATH || "").split(":").map((f) => there(path.join(f, "npm"))).find(Boolean) || "";
console.log(JSON.stringify({
  name: said.name, version: said.version, root: folder, entry: path.join(folder, bin || "openclaw.mjs"),
  node: process.execPath, node_version: process.versions.node, home, user: process.getuid() + ":" + process.getgid(),
  state, config, engines_node: (said.engines || {}).node || "", npm: script ? [process.execPath, script] : [],
}));
"""


def ask_facts(command: tuple[str, ...]) -> tuple[str, ...]:
    """The words that make a container's Node tell; `command` is what the container runs."""
    return ("node", "-e", _SCRIPT, json.dumps(command))


def read_facts(said: str) -> Facts | None:
    """What was told; None where there is no OpenClaw."""
    try:
        found = json.loads(said.strip().splitlines()[-1])
    except (ValueError, IndexError):
        return None
    return Facts(**(found | {"npm": tuple(found["npm"])})) if isinstance(found, dict) else None
