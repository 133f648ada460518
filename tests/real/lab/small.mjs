// Stands in for OpenClaw in a container where the engine is what is asked: two releases told apart by package.json.
// Its gateway takes a message every 50 ms, into its state first and then into /heard, which no run puts back.
// Its doctor leaves the state half new for a second. A gateway starts on its own schema alone.
import crypto from "node:crypto";
import fs from "node:fs";
import http from "node:http";
import os from "node:os";
import path from "node:path";

const { version, schema } = JSON.parse(fs.readFileSync(new URL("package.json", import.meta.url)));
const at = (...names) => path.join(os.homedir(), ".openclaw", ...names);
const here = () => fs.readFileSync(at("schema"), "utf8");
const words = process.argv.slice(2);
const said = {
  "--version": () => console.log(`OpenClaw ${version}`),
  doctor: () => {
    fs.writeFileSync(at("messages"), "half new\n" + fs.readFileSync(at("messages"), "utf8"));
    fs.writeFileSync(at("schema"), "torn");
    setTimeout(() => {
      fs.writeFileSync(at("messages"), fs.readFileSync(at("messages"), "utf8").replace("half new\n", ""));
      fs.writeFileSync(at("schema"), schema);
    }, 1000);
  },
  config: () => console.log('{"valid": true, "issues": []}'),
  channels: () => console.log('{"channelAccounts": {}}'),
  cron: () => console.log('{"jobs": []}'),
  sessions: () => console.log('{"sessions": []}'),
  gateway: () => gateway(Number(words[words.indexOf("--port") + 1])),
};
if (!said[words[0]]) {
  console.error(`error: unknown command ${words}`);
  process.exit(1);
}
said[words[0]]();

function gateway(port) {
  if (here() !== schema) {
    console.error(`the state is of schema ${here()}, not ${schema}`);
    process.exit(78);
  }
  process.on("SIGTERM", () => process.exit(0));
  let number = Date.now();
  setInterval(() => {
    const message = `${version} ${number++}\n`;
    fs.appendFileSync(at("messages"), message);
    try {
      fs.appendFileSync("/heard/messages", message);
    } catch {} // a canary may not
  }, 50);
  const server = http.createServer((_, response) => response.writeHead(404).end());
  server.on("upgrade", (request, socket) => {
    const key = request.headers["sec-websocket-key"] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    const accept = crypto.createHash("sha1").update(key).digest("base64");
    socket.on("error", () => {});
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
    );
    send(socket, { type: "event", event: "connect.challenge", payload: { nonce: "n".repeat(24), ts: Date.now() } });
    let held = Buffer.alloc(0);
    socket.on("data", (data) => {
      held = Buffer.concat([held, data]);
      for (let frame; (frame = take(held)); held = frame.rest) answer(socket, frame);
    });
  });
  server.listen(port, "127.0.0.1");
}

function answer(socket, { kind, text }) {
  if (kind === 8) return socket.end(Buffer.from([0x88, 0]));
  const asked = JSON.parse(text);
  if (asked.method !== "connect") return send(socket, { type: "res", id: asked.id, ok: true, payload: { ok: true } });
  const { token } = JSON.parse(fs.readFileSync(at("openclaw.json"))).gateway.auth;
  if (asked.params.auth?.token !== token) {
    const error = { code: "INVALID_REQUEST", message: "unauthorized", details: { code: "AUTH_TOKEN_MISMATCH" } };
    return send(socket, { type: "res", id: asked.id, ok: false, error });
  }
  const hello = { type: "hello-ok", protocol: 4, server: { version, connId: "small" }, features: {}, snapshot: {} };
  Object.assign(hello, { auth: { role: "operator", scopes: [] }, policy: { tickIntervalMs: 15000 } });
  send(socket, { type: "res", id: asked.id, ok: true, payload: hello });
}

function send(socket, frame) {
  const text = Buffer.from(JSON.stringify(frame));
  const head = text.length < 126 ? [0x81, text.length] : [0x81, 126, text.length >> 8, text.length & 255];
  socket.write(Buffer.concat([Buffer.from(head), text]));
}

function take(data) {
  if (data.length < 2) return null;
  let length = data[1] & 127;
  const start = length === 126 ? 4 : 2;
  if (length === 126 && data.length < 4) return null;
  if (length === 126) length = data.readUInt16BE(2);
  if (data.length < start + 4 + length) return null;
  const body = Buffer.from(data.subarray(start + 4, start + 4 + length));
  for (let each = 0; each < length; each++) body[each] ^= data[start + (each % 4)];
  return { kind: data[0] & 15, text: body.toString(), rest: data.subarray(start + 4 + length) };
}
