"""For tests that stage the same release twenty times: npm does it once, afterwards its result is linked into place.

Only where npm is not what is tested: everything else of the run is what users have.
"""

from __future__ import annotations

from lab.host import Host
from lab.layers import HOME, NODES_INSIDE

_KEPT = HOME / ".kept-stage"

_NPM = """\
const fs = require("node:fs"), { spawnSync } = require("node:child_process");
const words = process.argv.slice(2), at = words.indexOf("--prefix"), kept = "KEPT/stage";
const real = "TREE/lib/node_modules/npm/lib/cli.js";
if (words[0] !== "install" || at < 0) {
  require(real)(process);
} else {
  const stage = words[at + 1];
  const run = (program, ...rest) => {
    const { status } = spawnSync(program, rest, { stdio: "inherit" });
    if (status !== 0) process.exit(status ?? 1);
  };
  if (fs.existsSync(kept)) {
    run("cp", "-al", `${kept}/.`, stage);
  } else {
    run(process.execPath, "KEPT/npm.js", ...words);
    run("cp", "-al", stage, `${kept}.new`);
    fs.renameSync(`${kept}.new`, kept);
  }
}
"""


def keep_stage(host: Host) -> None:
    """Have this host's npm install OpenClaw but once; again after each boot."""
    tree = f"{NODES_INSIDE}/{host.node}"
    script = _NPM.replace("KEPT", str(_KEPT)).replace("TREE", tree)
    host.shell(
        f"mkdir -p {_KEPT}\n"
        f"cat > {_KEPT}/npm-once.js <<'END'\n{script}END\n"
        f"echo 'require(\"{tree}/lib/node_modules/npm/lib/cli.js\")(process)' > {_KEPT}/npm.js\n"
    )
    cli = f"{tree}/lib/node_modules/npm/bin/npm-cli.js"
    host.shell(f"grep -q ' {cli} ' /proc/mounts || mount --bind {_KEPT}/npm-once.js {cli}", user="root")
