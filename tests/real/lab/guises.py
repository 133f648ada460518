"""Real gateways that are asked as if by somebody else, or do not answer as gateways: worn, or built into a release."""

from __future__ import annotations

from pathlib import Path

from .breaks import Break
from .host import Host

DEVICE_KEY = ".lab-device.pem"
"""In the home: the device key (PKCS#8) that a guise signs with."""
_PRELUDE = ".lab-guise.mjs"
_DROP_IN = ".config/systemd/user/openclaw-gateway.service.d/lab-guise.conf"

_ASKED = """
  if (serves) {
    const { createPrivateKey, createPublicKey, createHash, sign } = process.getBuiltinModule("node:crypto");
    const parse = JSON.parse, write = JSON.stringify;
    let nonce = "", ts = 0;
    JSON.stringify = (value, ...rest) => {
      if (value?.event === "connect.challenge") ({ nonce, ts = Date.now() } = value.payload);
      return write(value, ...rest);
    };
    const proof = (params, spoilt = "") => {
      const key = createPrivateKey(fs.readFileSync(path.join(process.env.HOME, "KEY")));
      const raw = createPublicKey(key).export({ format: "jwk" }).x;
      const id = createHash("sha256").update(Buffer.from(raw, "base64url")).digest("hex");
      const { client, role, scopes, auth } = params;
      const words = ["v2", id, client.id, client.mode, role, scopes.join(","), ts, auth?.token ?? "", nonce];
      const signature = sign(null, Buffer.from(words.join("|") + spoilt), key).toString("base64url");
      params.device = { id, publicKey: raw, signature, signedAt: ts, nonce };
    };
    JSON.parse = (text, ...rest) => {
      const frame = parse(text, ...rest);
      const params = frame?.method === "connect" ? frame.params : undefined;
      // OpenClaw's own command line asks under the same name, with its own version.
      const ours = params?.client?.id === "gateway-client" && !params.client.version.startsWith("20");
      if (ours) { EDIT }
      return frame;
    };
    MORE
  }"""


def _asked(name: str, edit: str, more: str = "") -> Break:
    """The gateway is whole; who asks as we do is somebody else by the time it reads the question."""
    body = _ASKED.replace("KEY", DEVICE_KEY).replace("EDIT", edit).replace("MORE", more)
    return Break(name, body)


FROM_A_BROWSER = _asked(
    "from-a-browser", 'params.client = { ...params.client, id: "openclaw-control-ui", mode: "webchat" };'
)
"""A browser from nowhere: `origin not allowed`."""

WITHOUT_A_KEY = _asked("without-a-key", "delete params.auth;")
"""`device identity required`."""

WITH_A_SPOILT_KEY = _asked("with-a-spoilt-key", 'proof(params, "x");')
"""`device signature invalid`."""

_AS_CLI = 'params.client = { ...params.client, id: "cli", mode: "cli" };'

_FROM_ELSEWHERE = """
    const http = process.getBuiltinModule("node:http"), emit = http.Server.prototype.emit;
    http.Server.prototype.emit = function (name, request, ...rest) {
      const agent = name === "upgrade" ? request.headers["user-agent"] ?? "" : "";
      if (agent.startsWith("clawupgrade")) request.headers["x-forwarded-for"] = "203.0.113.7";
      return emit.call(this, name, request, ...rest);
    };"""

AS_A_STRANGER = _asked("as-a-stranger", f"{_AS_CLI} proof(params);", _FROM_ELSEWHERE)
"""A device from elsewhere that nobody has approved: `pairing required` (2026.2.12 to 2026.6.11)."""

AS_A_NODE = _asked(
    "as-a-node",
    'params.client = { ...params.client, id: "node-host", mode: "node" };'
    ' params.role = "node"; params.scopes = []; proof(params);',
)
"""A device that was approved as an operator asks as a node: `pairing required` (2026.6.11 and later)."""

WITH_MORE_SCOPES = _asked(
    "with-more-scopes",
    f'{_AS_CLI} params.scopes = ["operator.admin", "operator.read"]; proof(params);',
    _FROM_ELSEWHERE,
)
"""A device that was approved for reading wants to rule, from elsewhere: over loopback 2026.2.12 and 9.6 let it."""

STARTS_LATE = Break("starts-late", "if (serves) await new Promise((resolve) => setTimeout(resolve, 90_000));")
"""The process lives, and does nothing for 90 s; then it is a gateway like any other."""

_LISTENS = """
    const port = flag > 0 ? process.argv[flag + 1] : process.env.OPENCLAW_GATEWAY_PORT;
    const { createServer } = process.getBuiltinModule("node:http");
    const server = createServer((_, answer) => answer.end("hello\\n"));"""

SPEAKS_HTTP = Break(
    "speaks-http",
    f"""if (serves) {{{_LISTENS}
    server.listen(Number(port), "127.0.0.1");
    await new Promise(() => {{}});
  }}""",
)
"""Something of the service's own that answers HTTP, and knows no WebSocket."""

HANGS_UP_LATER = Break(
    "hangs-up-later",
    f"""if (serves) {{{_LISTENS}
    const {{ WebSocketServer }} = process.getBuiltinModule("node:module").createRequire(process.argv[1])("ws");
    new WebSocketServer({{ server }}).on("connection", (socket) => {{
      socket.send(JSON.stringify({{ type: "event", event: "connect.challenge", payload: {{ nonce: "n", ts: 1 }} }}));
      socket.on("message", () => socket.terminate());
    }});
    server.listen(Number(port), "127.0.0.1");
    await new Promise(() => {{}});
  }}""",
)
"""It says its challenge, and hangs up on whoever answers."""


def wear(host: Host, guise: Break | None) -> None:
    """Have the installed release's own gateway start so, or (None) as itself again."""
    prelude, drop_in = host.path(_PRELUDE), host.path(_DROP_IN)
    host.systemctl_user("stop", "openclaw-gateway")
    drop_in.parent.mkdir(exist_ok=True)
    drop_in.unlink(missing_ok=True)
    if guise is not None:
        prelude.write_text(guise.prelude)
        inside = Path("/home/claw", _PRELUDE)
        drop_in.write_text(f"[Service]\nEnvironment=NODE_OPTIONS=--import={inside}\n")
    host.systemctl_user("daemon-reload")
    host.systemctl_user("reset-failed", "openclaw-gateway", check=False)
    host.systemctl_user("start", "openclaw-gateway")
