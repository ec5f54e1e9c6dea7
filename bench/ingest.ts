/**
 * Uplinks made durable per CPU second by the gateway process ÷ messages per CPU second of a bare MQTT.js subscriber that only
 * parses; 1,000 devices, real mosquitto. Rounds alternate and get the same bytes; in the end the journal is read back and
 * verified. Three rounds first that are not counted, of both: a gateway runs for months, and V8 is still compiling it after 100,000
 * uplinks (a third of its CPU in the first round, a twentieth in the fourth). `--messages N` a round, `--rounds N`.
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import { parseArgs } from "node:util";
import { startMosquitto } from "../test/system/servers.ts";
import { createBox } from "./box.ts";
import { cpuSeconds, median } from "./cpu.ts";
import { connectPublisher } from "./publisher.ts";
import { createUplinks } from "./uplinks.ts";

const DEVICES = 1_000;
const WARM_UP_ROUNDS = 3;
/** Asking a gateway how far it is costs it 5 ms: so seldom that it is below a hundredth of a round. */
const POLL_MS = 1_000;
/** Nothing more arrived for so long: it will not. */
const STALLED_MS = 60_000;
/** Its messages need not outlive it; a broker that saves at each change would be what is measured. */
const BROKER = { configuration: ["autosave_on_changes false", "autosave_interval 0"] };

interface Subject {
  readonly pid: number;
  readonly port: number;
  /** Messages it is done with, since its start. */
  done(): Promise<number>;
  stop(): Promise<void>;
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function startBare(): Promise<Subject> {
  const broker = await startMosquitto(BROKER);
  const child = fork(new URL("bare-subscriber.ts", import.meta.url), [broker.url]);
  await once(child, "message");
  return {
    pid: child.pid!,
    port: broker.port,
    async done() {
      child.send("count");
      return (await once(child, "message"))[0] as number;
    },
    async stop() {
      child.disconnect();
      await once(child, "exit");
      await broker.stop();
    },
  };
}

/** Messages per CPU second. */
async function round(subject: Subject, packets: readonly Buffer[]): Promise<number> {
  const publisher = await connectPublisher(subject.port);
  const before = await subject.done();
  const cpu = cpuSeconds(subject.pid);
  const published = publisher.publish(packets);
  let done = before;
  let heard = Date.now();
  while (done < before + packets.length) {
    await pause(POLL_MS);
    const now = await subject.done();
    if (now !== done) heard = Date.now();
    if (Date.now() - heard > STALLED_MS) throw new Error(`${now - before} of ${packets.length} messages arrived`);
    done = now;
  }
  await published;
  publisher.close();
  return packets.length / (cpuSeconds(subject.pid) - cpu);
}

export async function run(flags: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...flags],
    options: { messages: { type: "string", default: "60000" }, rounds: { type: "string", default: "5" } },
  });
  const [messages, rounds] = [Number(values.messages), Number(values.rounds)];
  const uplinks = createUplinks(DEVICES);
  const broker = await startMosquitto(BROKER);
  const box = createBox(broker.url, uplinks.devices);
  const running = await box.start();
  const gateway: Subject = {
    pid: running.pid,
    port: broker.port,
    done: async () => (await running.status()).counts.readings,
    stop: () => running.stop(),
  };
  const bare = await startBare();
  const ours: number[] = [];
  const theirs: number[] = [];
  for (let each = 1 - WARM_UP_ROUNDS; each <= rounds; each++) {
    const packets = uplinks.next(messages);
    const order = each % 2 === 0 ? [gateway, bare] : [bare, gateway];
    for (const subject of order) {
      const rate = await round(subject, packets);
      if (each > 0) (subject === gateway ? ours : theirs).push(rate);
    }
    if (each > 0) {
      const [own, bareRate] = [ours.at(-1)!, theirs.at(-1)!];
      console.log(
        `round ${each}: gateway ${own.toFixed(0)}/s, bare ${bareRate.toFixed(0)}/s, ${(own / bareRate).toFixed(3)}`,
      );
    }
  }
  const { counts } = await running.status();
  await gateway.stop();
  await bare.stop();
  await broker.stop();
  verify(box, messages * (rounds + WARM_UP_ROUNDS), counts.undecoded);
  box.remove();
  console.log(
    JSON.stringify({
      bench: "ingest",
      ratio: Number(median(ours.map((rate, index) => rate / theirs[index]!)).toFixed(3)),
      durablePerCpuSecond: Math.round(median(ours)),
      barePerCpuSecond: Math.round(median(theirs)),
      rounds,
      messagesPerRound: messages,
    }),
  );
}

/** Every uplink is one entry, whole, and all continue the running hash. */
function verify(box: ReturnType<typeof createBox>, uplinks: number, undecoded: number): void {
  box.withJournal((journal) => {
    const { entries, findings } = journal.verify();
    let readings = 0;
    for (let after = 0; after < journal.lastSeq; ) {
      const run = journal.read(after, { entries: 2_000, bytes: 4_000_000 });
      readings += run.entries.filter(({ body }) => body.kind === "reading").length;
      after = run.lastSeq;
    }
    if (findings.length > 0 || readings !== uplinks || undecoded > 0) {
      throw new Error(JSON.stringify({ findings, entries, readings, uplinks, undecoded }));
    }
    console.log(`journal: ${entries} entries verified, ${readings} of them readings, ${journal.bytes()} bytes`);
  });
}
