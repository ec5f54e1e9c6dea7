/**
 * Resident memory of the gateway process with 10,000 devices and a million entries: idle (VmRSS), then at 60 uplinks a second
 * (VmHWM since its start). The entries come in through the broker; then the process is started anew and left alone for real
 * minutes. What runs is what the image holds, in the image's environment; `--checkout` measures a checkout, whose compiler stays in
 * memory. `--entries N`, `--idle SECONDS`, `--load SECONDS`.
 */
import { parseArgs } from "node:util";
import { startMosquitto } from "../test/system/servers.ts";
import { type BenchBox, createBox, type RunningBox } from "./box.ts";
import { memoryMb } from "./cpu.ts";
import { makeImageForm } from "./image-form.ts";
import { connectPublisher } from "./publisher.ts";
import { createUplinks, type Uplinks } from "./uplinks.ts";

const DEVICES = 10_000;
const UPLINKS_PER_SECOND = 60;
const AT_ONCE = 20_000;
const POLL_MS = 500;
const BROKER = { configuration: ["autosave_on_changes false", "autosave_interval 0"] };

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function untilReadings(running: RunningBox, count: number): Promise<void> {
  for (;;) {
    const { counts } = await running.status();
    if (counts.readings >= count) return;
    await pause(POLL_MS);
  }
}

/** The box's past, as it would have got it. */
async function fill(box: BenchBox, port: number, uplinks: Uplinks, entries: number): Promise<void> {
  const running = await box.start();
  const publisher = await connectPublisher(port);
  for (let made = 0; made < entries; made += AT_ONCE) {
    await publisher.publish(uplinks.next(Math.min(AT_ONCE, entries - made)));
    await untilReadings(running, Math.min(made + AT_ONCE, entries));
  }
  publisher.close();
  console.log(`${entries} uplinks journalled; VmHWM of that process ${memoryMb(running.pid, "VmHWM").toFixed(0)} MB`);
  await running.stop();
}

async function load(running: RunningBox, port: number, uplinks: Uplinks, seconds: number): Promise<void> {
  const before = (await running.status()).counts.readings;
  const publisher = await connectPublisher(port);
  const start = Date.now();
  for (let second = 0; second < seconds; second++) {
    await publisher.publish(uplinks.next(UPLINKS_PER_SECOND));
    await pause(Math.max(0, start + (second + 1) * 1_000 - Date.now()));
  }
  publisher.close();
  await untilReadings(running, before + seconds * UPLINKS_PER_SECOND);
}

export async function run(flags: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...flags],
    options: {
      entries: { type: "string", default: "1000000" },
      idle: { type: "string", default: "300" },
      load: { type: "string", default: "120" },
      checkout: { type: "boolean", default: false },
    },
  });
  const [entries, idle, seconds] = [Number(values.entries), Number(values.idle), Number(values.load)];
  const uplinks = createUplinks(DEVICES);
  const broker = await startMosquitto(BROKER);
  const image = values.checkout ? undefined : makeImageForm();
  const box = createBox(broker.url, uplinks.devices, image === undefined ? {} : { form: image });
  await fill(box, broker.port, uplinks, entries);
  const running = await box.start();
  const started = memoryMb(running.pid, "VmHWM");
  await pause(idle * 1_000);
  const resident = memoryMb(running.pid, "VmRSS");
  console.log(`started: ${started.toFixed(0)} MB at most; idle for ${idle} s: ${resident.toFixed(0)} MB`);
  await load(running, broker.port, uplinks, seconds);
  const peak = memoryMb(running.pid, "VmHWM");
  console.log(`${UPLINKS_PER_SECOND} uplinks a second for ${seconds} s: ${peak.toFixed(0)} MB at most`);
  await running.stop();
  await broker.stop();
  const { entries: whole, findings } = box.withJournal((journal) => journal.verify());
  box.remove();
  image?.remove();
  if (findings.length > 0 || whole < entries) throw new Error(JSON.stringify({ whole, findings }));
  const round = (megabytes: number): number => Math.round(megabytes * 10) / 10;
  console.log(
    JSON.stringify({
      bench: "memory",
      form: values.checkout ? "checkout" : "image",
      residentMb: round(resident),
      peakMb: round(peak),
      devices: DEVICES,
      entries: whole,
      idleSeconds: idle,
      loadSeconds: seconds,
    }),
  );
}
