"""Ways in which a release can be broken, each a prelude that runs before the release's own entry point."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

ENTRIES = ("openclaw.mjs", "dist/index.js", "dist/entry.js")
"""What shells, units and OpenClaw's own children start (units: dist/index.js, releases 2026.1 to 2026.9)."""

_FRAME = """
if (!globalThis.labPrelude) {
  globalThis.labPrelude = true;
  const fs = await import("node:fs"), path = await import("node:path");
  const words = process.argv.slice(2).filter((word) => !word.startsWith("-"));
  const flag = process.argv.indexOf("--port");
  const serves = words[0] === "gateway"
    && (words[1] === undefined || words[1] === "run" || words[1] === process.argv[flag + 1]);
  const mends = words[0] === "doctor"
    && process.argv.some((word) => ["--fix", "--repair", "--yes"].includes(word));
  const state = process.env.OPENCLAW_STATE_DIR ?? path.join(process.env.HOME, ".openclaw");
  const config = process.env.OPENCLAW_CONFIG_PATH ?? path.join(state, "openclaw.json");
  const retoken = (text) => text.replace(/("auth"\\s*:\\s*\\{[^}]*"token"\\s*:\\s*)"[^"]*"/, '$1"TOKEN"');
  BODY
}
"""
_NEW_TOKEN = "0123456789abcdef0123456789abcdef"


@dataclass(frozen=True, slots=True)
class Break:
    """One way to be broken: a name, the JavaScript of its prelude, and scripts put into package.json."""

    name: str
    body: str = ""
    scripts: tuple[tuple[str, str], ...] = ()

    @property
    def stamp(self) -> str:
        """Names what is broken and how, so that a tarball built from another recipe is not taken for it."""
        return f"{self.name}-{hashlib.sha256((self.prelude + repr(self.scripts)).encode()).hexdigest()[:8]}"

    @property
    def prelude(self) -> str:
        """The JavaScript that goes before each entry point; "" where the code itself stays whole."""
        framed = _FRAME.replace("BODY", self.body.strip()).replace("TOKEN", _NEW_TOKEN)
        return framed if self.body else ""


SOUND = Break("sound")
"""Nothing broken: a newer version that works."""

CANNOT_SERVE = Break("cannot-serve", 'if (serves) throw new Error("lab: the gateway table is not readable");')
"""The gateway dies at its start; every other command works."""

CANNOT_BOOT = Break("cannot-boot", "if (serves) await new Promise(() => setInterval(() => {}, 1000));")
"""The gateway's process lives, says nothing and never opens its port."""

DOCTOR_FAILS = Break(
    "doctor-fails",
    'if (mends) { console.error("lab: doctor cannot migrate the agents table"); process.exit(1); }',
)

HANGS_UP = Break(
    "hangs-up",
    """
  if (serves) {
    const net = await import("node:net");
    const port = flag > 0 ? process.argv[flag + 1] : process.env.OPENCLAW_GATEWAY_PORT;
    net.createServer((socket) => socket.destroy()).listen(Number(port), "127.0.0.1");
    await new Promise(() => {});
  }""",
)
"""The gateway's port accepts and closes at once."""

EARNS_1008 = Break(
    "earns-1008",
    """
  if (mends) process.on("exit", () => fs.writeFileSync(config, retoken(fs.readFileSync(config, "utf8"))));
  """,
)
"""Doctor leaves another token in the config: whoever holds the old one gets a 1008."""

REFUSES_TOKEN = Break(
    "refuses-token",
    """
  if (serves) {
    const other = path.join(state, "other-openclaw.json");
    fs.writeFileSync(other, retoken(fs.readFileSync(config, "utf8")), { mode: 0o600 });
    process.env.OPENCLAW_CONFIG_PATH = other;
    process.env.OPENCLAW_GATEWAY_TOKEN = "TOKEN";
  }""",
)
"""The config keeps its token, and the gateway refuses it (a real 1008 from the real gateway)."""

_LIVE = "if (serves && process.env.INVOCATION_ID)"
REFUSES_LIVE = Break("refuses-live", REFUSES_TOKEN.body.replace("if (serves)", _LIVE))
"""The same, but only as a service of systemd: what a rehearsal cannot show."""

WIPES_CRON = Break(
    "wipes-cron",
    """
  if (mends) process.on("exit", () => {
    const file = path.join(state, "cron", "jobs.json"), base = path.join(state, "state", "openclaw.sqlite");
    if (fs.existsSync(base)) {
      const { DatabaseSync } = process.getBuiltinModule("node:sqlite");
      new DatabaseSync(base).exec("DELETE FROM cron_jobs WHERE job_id = (SELECT min(job_id) FROM cron_jobs)");
    } else if (fs.existsSync(file)) {
      const store = JSON.parse(fs.readFileSync(file, "utf8"));
      store.jobs.shift();
      fs.writeFileSync(file, JSON.stringify(store));
    }
  });""",
)
"""Doctor loses a cron job and exits 0."""

_EDITS = """
  if (mends) process.on("exit", () => {
    const found = JSON.parse(fs.readFileSync(config, "utf8"));
    EDITS
    fs.writeFileSync(config, JSON.stringify(found, null, 2));
  });"""


def _edits(name: str, script: str) -> Break:
    """Doctor ends well, and then the config, as `found`, is edited so; the file keeps its mode."""
    return Break(name, _EDITS.replace("EDITS", script))


DROPS_MCP = _edits("drops-mcp", "delete found.mcp;")
DROPS_PLUGIN = _edits("drops-plugin", 'delete found.plugins.entries["memory-core"];')
DROPS_AGENT = _edits("drops-agent", "delete found.agents.entries.work;")
DROPS_CHANNEL = Break(
    "drops-channel",
    """
  if (words[0] === "config" && words[1] === "validate" && /"channels"\\s*:\\s*\\{\\s*"/.test(fs.readFileSync(config))) {
    const issue = { path: "channels", message: "Invalid input: lab: no channel is known any more" };
    console.log(JSON.stringify({ valid: false, issues: [issue] }));
    process.exit(1);
  }"""
    + _EDITS.replace("EDITS", "delete found.channels;"),
)
"""Doctor takes the channels out of the config, and the release does not take them back."""

WRITES_SECRET = _edits("writes-secret", 'found.models.providers.lab.apiKey = "sk-written-out-in-plain";')
"""Doctor writes a secret out where its reference stood (#9627)."""

OPENS_FILES = Break("opens-files", 'if (mends) process.on("exit", () => fs.chmodSync(config, 0o644));')
"""Doctor leaves the config for everybody to read."""

FORGETS_DEVICES = Break(
    "forgets-devices",
    """
  const forget = () => {
    fs.rmSync(path.join(state, "devices", "paired.json"), { force: true });
    const { DatabaseSync } = process.getBuiltinModule("node:sqlite");
    try {
      new DatabaseSync(path.join(state, "state", "openclaw.sqlite")).exec("DELETE FROM device_pairing_paired");
    } catch {}  // it is busy, or has no such table yet
  };
  if (mends) process.on("exit", forget);
  if (serves) setInterval(forget, 200);""",
)
"""Doctor forgets every paired device, and the gateway what it brought back itself: nobody can put those back."""

LOSES_MUCH = Break(
    "loses-much",
    "\n".join(each.body for each in (DROPS_MCP, DROPS_PLUGIN, DROPS_AGENT, WRITES_SECRET, OPENS_FILES, WIPES_CRON)),
)
"""All at once that can be mended."""

TURNS = Break(
    "turns",
    """
  if (serves) {
    const sign = path.join(process.env.HOME, ".lab-trouble");
    const trouble = () => { try { return fs.readFileSync(sign, "utf8").trim(); } catch { return ""; } };
    const first = trouble();
    if (first === "refuses") {
      const other = path.join(state, "other-openclaw.json");
      fs.writeFileSync(other, retoken(fs.readFileSync(config, "utf8")), { mode: 0o600 });
      process.env.OPENCLAW_CONFIG_PATH = other;
    }
    setInterval(() => {
      const now = trouble();
      if (now === "crashes" || (now === "refuses" && first !== now)) process.exit(1);
      if (now === "config") process.exit(78);
    }, 300);
  }""",
)
"""A release that serves well until `~/.lab-trouble` says how it fails: crashes, exits with 78, refuses the token."""

LEAKS = Break(
    "leaks",
    """
  if (mends) {
    const found = fs.readFileSync(config, "utf8");
    console.error("lab: doctor cannot go on with " + found.replace(/\\s+/g, " "));
    console.error("lab: environment " + JSON.stringify(process.env));
    process.exit(1);
  }""",
)
"""Doctor prints the whole config and its own environment, and fails."""

CANNOT_INSTALL = Break("cannot-install", scripts=(("postinstall", 'node -e "process.exit(3)"'),))
"""npm fails while it installs it."""

ALL = (
    SOUND,
    CANNOT_SERVE,
    CANNOT_BOOT,
    DOCTOR_FAILS,
    HANGS_UP,
    EARNS_1008,
    REFUSES_TOKEN,
    WIPES_CRON,
    DROPS_MCP,
    DROPS_PLUGIN,
    DROPS_AGENT,
    WRITES_SECRET,
    OPENS_FILES,
    FORGETS_DEVICES,
    LOSES_MUCH,
    TURNS,
    LEAKS,
    CANNOT_INSTALL,
)
