/**
 * The sandbox's thread: runs orders one after another in warm realms. It holds no truth: it may be ended at any moment,
 * and a new one is given the sources again.
 */
import { readlinkSync } from "node:fs";
import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import type { RecvTimeForm } from "./prelude.ts";
import { createRealm, evaluateLiteral, type Realm, type RealmAnswer, type RealmParts } from "./realm.ts";
import { type Answer, monotonicMs, type Order, pulseSlots, type Report, type ThreadData, wrapped } from "./wire.ts";

/** Local time inside the realms comes from this thread's Date; the same frame must decode alike wherever the box stands. */
function liveInUtc(): void {
  const proto = Date.prototype as unknown as Record<string, (this: Date) => number>;
  proto.getTimezoneOffset = () => 0;
  for (const part of ["FullYear", "Month", "Date", "Day", "Hours", "Minutes", "Seconds", "Milliseconds"]) {
    const utc = proto[`getUTC${part}`];
    if (utc !== undefined) proto[`get${part}`] = utc;
  }
}

/** A group that has taken this long is answered as far as it got. */
const groupMsMax = 20;

function cpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

/** Linux's number of this thread, by which the keeper can ask how much CPU it really had. */
function nativeThreadId(): number {
  try {
    return Number(readlinkSync("/proc/thread-self").split("/").at(-1));
  } catch {
    return 0;
  }
}

interface Installed {
  readonly source: string;
  readonly recvTime: RecvTimeForm;
  warm: { readonly realm: Realm; readonly entries: RealmAnswer } | undefined;
}

function serve(port: MessagePort, { wasm, limits, pulse }: ThreadData): void {
  const slots = new Int32Array(pulse);
  Atomics.store(slots, pulseSlots.nativeId, nativeThreadId());
  const parts: RealmParts = { wasm, limits, cpuMs };
  // Insertion order is order of use: the first warm codec found is the one unused for longest.
  const codecs = new Map<string, Installed>();
  let warmCount = 0;

  function announce(seq: number, limitMs: number): void {
    Atomics.store(slots, pulseSlots.startedAt, monotonicMs());
    Atomics.store(slots, pulseSlots.startedCpu, wrapped(cpuMs()));
    Atomics.store(slots, pulseSlots.limitMs, limitMs);
    Atomics.store(slots, pulseSlots.seq, seq);
  }

  function cool(codec: Installed): void {
    if (codec.warm === undefined) return;
    codec.warm = undefined;
    warmCount--;
  }

  async function warmUp(id: string, codec: Installed): Promise<NonNullable<Installed["warm"]>> {
    codecs.delete(id);
    codecs.set(id, codec);
    if (codec.warm !== undefined) return codec.warm;
    for (const other of codecs.values()) {
      if (warmCount < limits.warmRealmsMax) break;
      cool(other);
    }
    const realm = await createRealm(parts, codec.recvTime);
    const entries = realm.load(codec.source);
    const warm = { realm, entries };
    if (entries.ok || !entries.spoiled) {
      codec.warm = warm;
      warmCount++;
    }
    return warm;
  }

  async function answer(order: Exclude<Order, { kind: "install" | "forget" }>): Promise<RealmAnswer> {
    if (order.kind === "literal") {
      announce(order.seq, limits.loadMsMax);
      return evaluateLiteral(parts, order.source);
    }
    const codec = codecs.get(order.id);
    if (codec === undefined) return { ok: false, code: "sandbox-unknown-codec", message: order.id, spoiled: false };
    const cold = codec.warm === undefined;
    announce(order.seq, cold ? limits.loadMsMax : limits.callMsMax);
    const { realm, entries } = await warmUp(order.id, codec);
    if (order.kind === "open" || !entries.ok) return entries;
    if (cold) announce(order.seq, limits.callMsMax);
    const result = realm.call(order.operation, order.text);
    if (!result.ok && result.spoiled) cool(codec);
    return result;
  }

  function keepSources(order: Extract<Order, { kind: "install" | "forget" }>): void {
    const known = codecs.get(order.id);
    if (known !== undefined) cool(known);
    codecs.delete(order.id);
    if (order.kind === "install") {
      codecs.set(order.id, { source: order.source, recvTime: order.recvTime, warm: undefined });
    }
  }

  // A group ends early when a codec had to be stopped, or when it has taken long: the host then decides anew who runs, so
  // that a codec with a hundred calls in the group is quarantined after three and the others wait no longer than that.
  async function work(orders: readonly Order[]): Promise<void> {
    const answers: Answer[] = [];
    const begunAt = monotonicMs();
    let over = false;
    for (const order of orders) {
      if (order.kind === "install" || order.kind === "forget") keepSources(order);
      else if (!over) {
        const result = await answer(order);
        Atomics.store(slots, pulseSlots.seq, 0);
        answers.push({ seq: order.seq, ...result });
        over = (!result.ok && result.spoiled) || monotonicMs() - begunAt > groupMsMax;
      }
    }
    const report: Report = answers;
    port.postMessage(report);
  }

  let turn = Promise.resolve();
  port.on("message", (orders: readonly Order[]) => {
    turn = turn.then(() => work(orders));
  });
}

liveInUtc();
if (parentPort !== null) serve(parentPort, workerData as ThreadData);
