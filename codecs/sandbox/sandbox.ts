import { createHash } from "node:crypto";
import { refused, type SandboxFault, type SandboxResult, sandboxFault } from "./faults.ts";
import { defaultLimits, type SandboxLimits } from "./limits.ts";
import type { RecvTimeForm } from "./prelude.ts";
import { type JsonObject, parseForeign, readDecoding, readEncoding, readNormalization } from "./results.ts";
import { createStrikes } from "./strikes.ts";
import { compileQuickJs, createThreadKeeper, type ThreadEnd, type ThreadKeeper } from "./thread-keeper.ts";
import type { EntryOperation, Order, Report } from "./wire.ts";
import type { Sandbox, SandboxParts, UplinkInput } from "./words.ts";

interface Codec {
  readonly source: string;
  readonly recvTime: RecvTimeForm;
  readonly sha256: string;
  /** The present thread has been given the source. */
  installed: boolean;
}

type Work =
  | { readonly kind: "open" }
  | { readonly kind: "call"; readonly operation: EntryOperation; readonly text: string };

interface Call {
  readonly seq: number;
  /** Undefined for literals, which belong to no codec. */
  readonly codec: { readonly id: string; readonly loaded: Codec } | undefined;
  readonly order: Order;
  readonly resolve: (answer: SandboxResult<string>) => void;
  threadsLost: number;
}

/** A call whose thread died, nobody knows by whose doing, is run again on the next one, but not for ever. */
const threadsLostMax = 8;

export function createSandbox(parts: SandboxParts = {}): Sandbox {
  const limits: SandboxLimits = { ...defaultLimits, ...parts.limits };
  const strikes = createStrikes(limits, parts.clock ?? { now: () => Date.now() });
  const codecs = new Map<string, Codec>();
  let waiting: Call[] = [];
  const inFlight = new Map<number, Call>();
  const counts = { answered: 0, hangs: 0, crashes: 0 };
  let keeper: ThreadKeeper | undefined;
  let starting: Promise<void> | undefined;
  let stopped = false;
  let flushPlanned = false;
  /** A group is at the thread; the next one leaves when its report has come. */
  let groupOut = false;
  let forgotten: string[] = [];
  let lastSeq = 0;

  function settle(call: Call, answer: SandboxResult<string>): void {
    counts.answered++;
    call.resolve(answer);
  }

  function takeBack(): void {
    waiting = [...inFlight.values(), ...waiting];
    inFlight.clear();
    groupOut = false;
  }

  function onReport(report: Report): void {
    for (const answer of report) {
      const call = inFlight.get(answer.seq);
      if (call === undefined) continue;
      inFlight.delete(answer.seq);
      if (answer.ok) {
        settle(call, answer.text.length === 0 ? refused("sandbox-bad-result") : { ok: true, value: answer.text });
        continue;
      }
      if (answer.spoiled && call.codec !== undefined) strikes.add(call.codec.loaded.sha256);
      settle(call, { ok: false, fault: asFault(answer.code, answer.message) });
    }
    takeBack();
    flush();
  }

  function onEnd({ kind, culprit, message }: ThreadEnd): void {
    counts[kind === "hang" ? "hangs" : "crashes"]++;
    for (const codec of codecs.values()) codec.installed = false;
    forgotten = [];
    const known = inFlight.has(culprit);
    for (const call of inFlight.values()) {
      if (call.seq === culprit) {
        if (call.codec !== undefined) strikes.add(call.codec.loaded.sha256);
        settle(call, refused(kind === "hang" ? "sandbox-timeout" : "sandbox-crashed", message));
      } else if (!known && ++call.threadsLost >= threadsLostMax) settle(call, refused("sandbox-crashed", message));
      else continue;
      inFlight.delete(call.seq);
    }
    takeBack();
    flush();
  }

  function takeGroup(): Order[] {
    const orders: Order[] = forgotten.map((id) => ({ kind: "forget", id }));
    forgotten = [];
    let taken = 0;
    while (taken < waiting.length && inFlight.size < limits.groupCallsMax) {
      const call = waiting[taken++] as Call;
      if (call.codec !== undefined) {
        const { id, loaded } = call.codec;
        if (codecs.get(id) !== loaded) {
          settle(call, refused("sandbox-unknown-codec", id));
          continue;
        }
        if (strikes.isOut(loaded.sha256)) {
          settle(call, refused("sandbox-quarantined"));
          continue;
        }
        if (!loaded.installed) {
          orders.push({ kind: "install", id, source: loaded.source, recvTime: loaded.recvTime });
          loaded.installed = true;
        }
      }
      inFlight.set(call.seq, call);
      orders.push(call.order);
    }
    waiting = waiting.slice(taken);
    return orders;
  }

  function flush(): void {
    if (stopped || keeper === undefined || groupOut) return;
    const orders = takeGroup();
    groupOut = orders.length > 0;
    if (groupOut) keeper.send(orders);
    keeper.await(groupOut);
  }

  /** Calls made in one turn of the event loop, or while the thread is busy, leave as one group. */
  function planFlush(): void {
    if (flushPlanned) return;
    flushPlanned = true;
    starting ??= compileQuickJs().then((wasm) => {
      keeper = createThreadKeeper({ limits, wasm, onReport, onEnd });
    });
    void starting.then(() => {
      flushPlanned = false;
      flush();
    });
  }

  function enqueue(makeOrder: (seq: number) => Order, codec?: Call["codec"]): Promise<SandboxResult<string>> {
    if (stopped) return Promise.resolve(refused("sandbox-stopped"));
    if (waiting.length >= limits.waitingCallsMax) return Promise.resolve(refused("sandbox-busy"));
    lastSeq = (lastSeq % 0x3fffffff) + 1;
    const seq = lastSeq;
    return new Promise((resolve) => {
      waiting.push({ seq, codec, order: makeOrder(seq), resolve, threadsLost: 0 });
      planFlush();
    });
  }

  function ask(id: string, work: Work): Promise<SandboxResult<string>> {
    const loaded = codecs.get(id);
    if (loaded === undefined) return Promise.resolve(refused("sandbox-unknown-codec", id));
    if (strikes.isOut(loaded.sha256)) return Promise.resolve(refused("sandbox-quarantined"));
    return enqueue((seq) => ({ ...work, seq, id }), { id, loaded });
  }

  async function call<T>(
    id: string,
    operation: EntryOperation,
    input: JsonObject,
    read: (text: string) => SandboxResult<T>,
  ): Promise<SandboxResult<T>> {
    const text = JSON.stringify(input);
    if (text.length > limits.inputCharsMax) return refused("sandbox-input-too-large", `${text.length} characters`);
    const answer = await ask(id, { kind: "call", operation, text });
    return answer.ok ? read(answer.value) : answer;
  }

  const uplink = (input: UplinkInput): JsonObject => ({
    bytes: Array.from(input.bytes),
    fPort: input.fPort,
    recvTime: input.recvTime,
    variables: input.variables ?? {},
  });

  function unload(id: string): void {
    if (codecs.get(id)?.installed === true) {
      forgotten.push(id);
      planFlush();
    }
    codecs.delete(id);
  }

  return {
    async load(id, source, options = {}) {
      if (Buffer.byteLength(source) > limits.sourceBytesMax) return refused("sandbox-source-too-large");
      unload(id);
      const sha256 = createHash("sha256").update(source).digest("hex");
      codecs.set(id, { source, recvTime: options.recvTime ?? "date", sha256, installed: false });
      const opened = await ask(id, { kind: "open" });
      if (!opened.ok) return opened;
      const servedBy = parseForeign(opened.value) as Record<string, string>;
      const entry = Object.keys(servedBy);
      return entry.length === 0 ? refused("sandbox-no-entry") : { ok: true, value: { entry, servedBy, sha256 } };
    },
    unload,
    decodeUplink: (id, input) => call(id, "decodeUplink", uplink(input), (text) => readDecoding(text, limits)),
    decodeDownlink: (id, input) => call(id, "decodeDownlink", uplink(input), (text) => readDecoding(text, limits)),
    encodeDownlink: (id, input) =>
      call(id, "encodeDownlink", { ...input, variables: input.variables ?? {} }, (text) =>
        readEncoding(text, input.fPort, limits),
      ),
    normalizeUplink: (id, input) =>
      call(id, "normalizeUplink", { ...input }, (text) => readNormalization(text, limits)),
    async evaluateLiteral(source) {
      if (Buffer.byteLength(source) > 4 * limits.sourceBytesMax) return refused("sandbox-source-too-large");
      const answer = await enqueue((seq) => ({ kind: "literal", seq, source }));
      return answer.ok ? { ok: true, value: parseForeign(answer.value) } : answer;
    },
    pardon(id) {
      const loaded = codecs.get(id);
      if (loaded !== undefined) strikes.forgive(loaded.sha256);
    },
    stats: () => ({
      loaded: codecs.size,
      waiting: waiting.length + inFlight.size,
      ...counts,
      quarantined: [...codecs].filter(([, codec]) => strikes.isOut(codec.sha256)).map(([id]) => id),
    }),
    async stop() {
      stopped = true;
      for (const call of [...inFlight.values(), ...waiting]) settle(call, refused("sandbox-stopped"));
      inFlight.clear();
      waiting = [];
      await starting;
      await keeper?.stop();
    },
  };
}

/** A thrown message is what TS013 would have carried in `errors`. */
function asFault(code: SandboxFault["code"], message: string): SandboxFault {
  return sandboxFault(code, message, code === "sandbox-throw" ? [message] : []);
}
