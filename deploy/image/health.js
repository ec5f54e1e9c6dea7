// The image's health check: 0 when the box, or the hypervisor, of this container answers, else 1. It asks the same door as
// `beffroi status`, without loading the program. A broker or a fibre that is away is no ill health: starting anew would not help.
import { createHash } from "node:crypto";
import { existsSync, realpathSync } from "node:fs";
import { request } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

const WITHIN_MS = 10_000;
const folder = process.env.BEFFROI_DATA ?? "/var/lib/beffroi";

const end = (ok, text) => {
  process.stdout.write(`${text}\n`);
  process.exit(ok ? 0 : 1);
};
setTimeout(() => end(false, `no answer within ${WITHIN_MS / 1_000} s`), WITHIN_MS);

// Where the volume takes no new file the box listens beside it (gateway/control/place.ts).
const real = existsSync(folder) ? realpathSync(folder) : folder;
const name = createHash("sha256").update(real).digest("hex").slice(0, 16);
const boxSockets = [join(folder, "control.sock"), join(tmpdir(), `beffroi-${name}`, "control.sock")];
const regionSocket = join(folder, "hypervisor.sock");

const askBox = ([socketPath, ...others]) => {
  const asked = request({ socketPath, path: "/status" }, async (reply) => {
    const parts = [];
    for await (const part of reply) parts.push(part);
    if (reply.statusCode !== 200) return end(false, `status ${reply.statusCode}: ${Buffer.concat(parts)}`);
    const { box, broker, journal } = JSON.parse(Buffer.concat(parts).toString("utf8"));
    const waiting = `${journal.lastSeq} entries, ${journal.waiting} waiting`;
    end(true, `${box}: ${waiting}, broker ${broker.connected ? "connected" : "away"}`);
  });
  // One that is left over does not answer.
  asked.once("error", (error) => (others.length > 0 ? askBox(others) : end(false, error.message)));
  asked.end();
};

const there = boxSockets.filter((socket) => existsSync(socket));
if (there.length > 0) askBox(there);
else if (existsSync(regionSocket)) {
  connect(regionSocket, () => end(true, "the hypervisor answers")).once("error", (error) => end(false, error.message));
} else end(false, `neither a box nor a hypervisor runs on ${folder}`);
