// The image's health check: 0 when the box, or the hypervisor, of this container answers, else 1. It asks the same door as
// `beffroi status`, without loading the program. A broker or a fibre that is away is no ill health: starting anew would not help.
import { existsSync } from "node:fs";
import { request } from "node:http";
import { connect } from "node:net";
import { join } from "node:path";

const WITHIN_MS = 10_000;
const folder = process.env.BEFFROI_DATA ?? "/var/lib/beffroi";

const end = (ok, text) => {
  process.stdout.write(`${text}\n`);
  process.exit(ok ? 0 : 1);
};
setTimeout(() => end(false, `no answer within ${WITHIN_MS / 1_000} s`), WITHIN_MS);

const boxSocket = join(folder, "control.sock");
const regionSocket = join(folder, "hypervisor.sock");

const askBox = () => {
  const asked = request({ socketPath: boxSocket, path: "/status" }, async (reply) => {
    const parts = [];
    for await (const part of reply) parts.push(part);
    if (reply.statusCode !== 200) return end(false, `status ${reply.statusCode}`);
    const { box, broker, journal } = JSON.parse(Buffer.concat(parts).toString("utf8"));
    const waiting = `${journal.lastSeq} entries, ${journal.waiting} waiting`;
    end(true, `${box}: ${waiting}, broker ${broker.connected ? "connected" : "away"}`);
  });
  asked.once("error", (error) => end(false, error.message));
  asked.end();
};

if (existsSync(boxSocket)) askBox();
else if (existsSync(regionSocket)) {
  connect(regionSocket, () => end(true, "the hypervisor answers")).once("error", (error) => end(false, error.message));
} else end(false, `neither a box nor a hypervisor runs on ${folder}`);
