/** What the image must do when it runs: a frame becomes an entry, a foreign codec finds its thread, the hypervisor shows its page. */
import { chownSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { connectAsync } from "mqtt";
import { BoxStatus } from "../../api/control.ts";
import { startBroker } from "../../fixtures/broker.ts";
import { freePort } from "../../fixtures/demo/ports.ts";
import { publishedEvents } from "../../fixtures/published-events.ts";
import type { ImageConfig } from "./builder.ts";
import { type Container, startContainer } from "./container.ts";

export interface Place {
  readonly root: string;
  readonly config: ImageConfig;
  /** Empty; the parts make their folders in it. */
  readonly folder: string;
}

/** Throws when it does not hold. */
export const mustHold = (what: string, holds: boolean, seen: unknown = ""): void => {
  if (!holds) throw new Error(`${what}: does not hold ${JSON.stringify(seen)}`);
};

const READY_WITHIN_MS = 120_000;
/** The embedded database is WebAssembly, which an emulated processor translates twice. */
const REGION_READY_WITHIN_MS = 480_000;
/** Of the image's user; Debian knows no name for it. */
const USER = 10_001;

const ask = (socketPath: string, method: string, path: string, body?: unknown): Promise<string> =>
  new Promise((resolve, reject) => {
    const asked = request(
      { socketPath, method, path, headers: { "content-type": "application/json" } },
      async (reply) => {
        const parts: Buffer[] = [];
        for await (const part of reply) parts.push(part as Buffer);
        resolve(Buffer.concat(parts).toString("utf8"));
      },
    );
    asked.once("error", reject);
    asked.end(body === undefined ? undefined : JSON.stringify(body));
  });

const until = async <T>(
  part: Container,
  what: string,
  probe: () => Promise<T | undefined>,
  withinMs = READY_WITHIN_MS,
): Promise<T> => {
  const end = Date.now() + withinMs;
  for (;;) {
    const found = await probe().catch(() => undefined);
    if (found !== undefined) return found;
    if (!part.isRunning()) throw new Error(`${what}: it ended with ${await part.ended}`);
    if (Date.now() > end) throw new Error(`${what}: not within ${withinMs / 1_000} s`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
};

const fails = (work: Promise<unknown>): Promise<string | undefined> =>
  work.then(
    () => undefined,
    (error: unknown) => String(error),
  );

const folders = ({ folder }: Place, name: string) => {
  const [dataFolder, configFolder] = [join(folder, name, "data"), join(folder, name, "config")];
  mkdirSync(dataFolder, { recursive: true, mode: 0o700 });
  mkdirSync(configFolder, { recursive: true });
  chownSync(dataFolder, USER, USER);
  return { dataFolder, configFolder, logFile: join(folder, `${name}.log`) };
};

const confined = async (box: Container): Promise<void> => {
  const uids = /^Uid:\s+(.*)$/m.exec(readFileSync(`/proc/${box.pid}/status`, "utf8"))?.[1]?.split("\t");
  mustHold("it runs as a user without rights", uids?.every((uid) => uid === `${USER}`) === true, uids);
  const write = "require('fs').writeFileSync('/opt/beffroi/left-behind','')";
  const refused = await fails(box.exec(["node", "-e", write], "root"));
  mustHold("not even root can write into its root", refused?.includes("EROFS") === true, refused);
};

/** The product's time limits are right for the processor of a box, not for an emulated one, which is ten times slower. */
const RUN_CODEC = `
import { createSandbox } from "/opt/beffroi/dist/codecs/sandbox/index.js";
const sandbox = createSandbox({ limits: { loadMsMax: 60000, callMsMax: 60000 } });
const source = "function decodeUplink(input) { return { data: { sum: input.bytes[0] + input.bytes[1] } }; }";
const loaded = await sandbox.load("sum", source);
const input = { bytes: Uint8Array.of(40, 2), fPort: 1, recvTime: new Date().toISOString() };
console.log(JSON.stringify(loaded.ok ? await sandbox.decodeUplink("sum", input) : loaded));
await sandbox.stop();
`;

const sandboxed = async (box: Container): Promise<void> => {
  const told = await box.exec(["node", "--input-type=module", "-e", RUN_CODEC]);
  mustHold("a foreign codec runs in its thread", told.includes('"sum":42'), told);
};

/** Loads whatever package the program names, now or later: leaving out must not have taken too much. */
const LOAD_ALL = `
const { readdirSync, readFileSync } = require("node:fs");
const { createRequire, isBuiltin } = require("node:module");
const names = new Set();
for (const file of readdirSync("dist", { recursive: true })) {
  if (!file.endsWith(".js") || file.startsWith("console")) continue;
  const text = readFileSync("dist/" + file, "utf8");
  for (const [, name] of text.matchAll(/(?:from|import|import\\(|require\\(|resolve\\()\\s*"((?:@[a-z-]+\\/)?[a-z][\\w./-]*)"/g)) if (!isBuiltin(name)) names.add(name);
}
(async () => {
  for (const name of names) if (!/wasm$/.test(name)) await import(createRequire(process.cwd() + "/dist/cli/main.js").resolve(name));
  console.log(names.size);
  process.exit(0);
})();
`;

const loadsAll = async (box: Container): Promise<void> => {
  const count = Number(await box.exec(["sh", "-c", 'cd /opt/beffroi && exec node -e "$0"', LOAD_ALL]));
  mustHold("the packages that the program names are loaded", count > 12, count);
};

export interface BoxTimes {
  readonly readyMs: number;
  readonly entryMs: number;
  readonly health: string;
}

/** Starts a box, publishes one published frame, and reads the entry from its journal. */
export const boxLives = async (place: Place): Promise<BoxTimes> => {
  const { dataFolder, configFolder, logFile } = folders(place, "box");
  const broker = await startBroker();
  const settings = ["[box]", 'name = "image"', 'data = "/var/lib/beffroi"', "[broker]", `url = "${broker.url}"`];
  const file = [...settings, "[journal]", 'commit_delay = "50ms"', ""].join("\n");
  writeFileSync(join(configFolder, "beffroi.toml"), file);
  const began = Date.now();
  const box = await startContainer({ ...place, dataFolder, configFolder, logFile });
  const socket = join(dataFolder, "control.sock");
  const status = async () => BoxStatus.parse(JSON.parse(await ask(socket, "GET", "/status")));
  try {
    await until(box, "the box is ready", async () => ((await status()).broker.connected ? true : undefined));
    const readyMs = Date.now() - began;
    const { device, topic, event, expected } = publishedEvents({ models: ["milesight-em400"] })[0]!;
    const { devEui, model, asset } = device;
    const { depthMm } = asset.attributes;
    await ask(socket, "POST", "/devices", { devEui, model, asset: asset.ref, depthMm });
    const sent = Date.now();
    const client = await connectAsync(broker.url);
    await client.publishAsync(topic, JSON.stringify(event.body), { qos: 1 });
    await client.endAsync();
    const entry = await until(box, "the frame is an entry", async () => {
      const lines = (await ask(socket, "GET", "/export")).trim().split("\n").filter(Boolean);
      const [reading] = lines.map(
        (line) => JSON.parse(line) as { frame?: string; measurements: Record<string, unknown> },
      );
      return reading;
    });
    const entryMs = Date.now() - sent;
    mustHold("the entry holds the frame", entry.frame === expected.frame, entry);
    for (const [name, wanted] of Object.entries(expected.measurements))
      mustHold(`the entry's ${name}`, JSON.stringify(entry.measurements[name]) === JSON.stringify(wanted), entry);
    await confined(box);
    const { config } = place;
    const [kind, ...check] = config.Healthcheck?.Test ?? [];
    mustHold("the image names a health check", kind === "CMD" && check.length > 0, config.Healthcheck);
    const health = (await box.exec(check)).trim();
    await sandboxed(box);
    await loadsAll(box);
    mustHold("SIGTERM ends it with 0", (await box.stop()) === 0);
    return { readyMs, entryMs, health };
  } finally {
    await box.stop();
    await broker.stop();
  }
};

/** The health check of a container whose box does not answer. */
export const sickIsSeen = async (place: Place): Promise<void> => {
  const parts = folders(place, "sick");
  const sleeper = { ...place.config, Entrypoint: ["sleep"] };
  const container = await startContainer({ ...place, ...parts, config: sleeper, command: ["300"] });
  try {
    const [, ...check] = place.config.Healthcheck?.Test ?? [];
    mustHold("a container without a box is unhealthy", (await fails(container.exec(check))) !== undefined);
  } finally {
    await container.stop(1_000);
  }
};

/** Starts a hypervisor on its embedded database and asks for its page. */
export const regionLives = async (place: Place): Promise<number> => {
  const parts = folders(place, "region");
  const [page, boxes] = [await freePort(), await freePort()];
  const ports = ["--port", `${page}`, "--box-port", `${boxes}`];
  const began = Date.now();
  const region = await startContainer({
    ...place,
    ...parts,
    command: ["hypervisor", "--data", "/var/lib/beffroi", ...ports],
  });
  try {
    const html = await until(
      region,
      "the hypervisor's page",
      async () => {
        const reply = await fetch(`http://127.0.0.1:${page}/`, { headers: { accept: "text/html" } });
        return reply.ok ? reply.text() : undefined;
      },
      REGION_READY_WITHIN_MS,
    );
    const readyMs = Date.now() - began;
    const script = /src="(\/assets\/[^"]+\.js)"/.exec(html)?.[1];
    mustHold("the page is the built one", script !== undefined, html.slice(0, 300));
    mustHold("its script is served", (await fetch(`http://127.0.0.1:${page}${script}`)).ok);
    const [, ...check] = place.config.Healthcheck?.Test ?? [];
    await region.exec(check);
    mustHold("its database is in the volume", existsSync(join(parts.dataFolder, "store")));
    mustHold("SIGTERM ends the hypervisor with 0", (await region.stop()) === 0);
    return readyMs;
  } finally {
    await region.stop();
  }
};
