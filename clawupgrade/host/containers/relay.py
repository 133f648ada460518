"""The one way into a canary without network: a socket in a folder that it shares with us, to its port."""

from __future__ import annotations

# The socket is bound by its name alone (an address holds 107 bytes), and is there once the port is: a relay that
# hangs up until then would look like a gateway that does.
RELAY = """
process.chdir(process.argv[1]);
const net = require("net"), fs = require("fs"), port = Number(process.argv[2]);
const relay = net.createServer((here) => {
  const there = net.connect(port, "127.0.0.1");
  here.pipe(there); there.pipe(here);
  here.on("error", () => there.destroy()); there.on("error", () => here.destroy());
});
const knock = () => {
  const line = net.connect(port, "127.0.0.1", () => {
    line.destroy(); relay.listen("canary", () => fs.chmodSync("canary", 0o666));
  });
  line.on("error", () => setTimeout(knock, 200));
};
knock();
"""
