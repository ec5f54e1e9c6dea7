/** An intake on a real SQLite file, with the edges driven by hand: made anew for each test of the file that calls it. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, vi } from "vitest";
import type { EntryBody, Reading } from "../../cloud-sync/protocol/entry.ts";
import type { Codec } from "../../codecs/words.ts";
import { findModel } from "../../device-registry/models.ts";
import { openRegistry } from "../../device-registry/store.ts";
import { openBoxState } from "../../gateway/box-state.ts";
import { type BoxStore, openBoxStore } from "../../gateway/box-store.ts";
import { createProtobufReader } from "../../gateway/chirpstack/protobuf-events.ts";
import type { InstalledCodec } from "../../gateway/codec-store.ts";
import { openDuplicates } from "../../gateway/duplicates.ts";
import { createFirstHop } from "../../gateway/first-hop.ts";
import { createIntake, type IntakeParts } from "../../gateway/intake.ts";
import { openParked } from "../../gateway/parked.ts";
import type { Read } from "../../gateway/readings.ts";
import type { Append, Relay, UpEvent } from "../../gateway/words.ts";

export const T0 = Date.parse("2026-03-02T06:15:04Z");
export const DAY = 86_400_000;
export const BIN = "24e124136b502217";
export const LAMP = "70b3d5e75e000042";
export const APPLICATION = "6c1d6f2e-6d0b-4a8e-9d52-7d4f0c2f9a10";

/** First byte: what to do. 1: distance in mm (u16). 2: the device's clock, seconds (u32). 3: throws. 4: leak. Else: refused. */
const codec: Codec = {
  id: "test",
  version: 3,
  encode: () => ({ ok: false, fault: { code: "no-command", message: "none" } }),
  decode({ bytes, fPort }) {
    const view = Buffer.from(bytes);
    const decoded = { model: "test", codec: "test@3", fPort, fields: {}, history: [], warnings: [] };
    if (bytes[0] === 1) {
      const distance = { name: "container.distance", value: view.readUInt16BE(1), unit: "mm" };
      return { ok: true, value: { ...decoded, measurements: [distance] } };
    }
    if (bytes[0] === 2)
      return { ok: true, value: { ...decoded, measurements: [], deviceTime: view.readUInt32BE(1) * 1_000 } };
    if (bytes[0] === 3) throw new TypeError("a defect");
    if (bytes[0] === 4)
      return { ok: true, value: { ...decoded, measurements: [{ name: "leak", value: true, unit: "bool" }] } };
    return { ok: false, fault: { code: "unknown-channel", message: "channel 9" } };
  },
};

export const clockBytes = (ms: number): Buffer => {
  const bytes = Buffer.alloc(5);
  bytes[0] = 2;
  bytes.writeUInt32BE(Math.floor(ms / 1_000), 1);
  return bytes;
};

/** A distance of 310 mm, as the codec of these tests reads it. */
export const distance = Uint8Array.of(1, 0x01, 0x36);

export const intakeBench = () => {
  let folder: string;
  let store: BoxStore;
  let entries: EntryBody[];
  let observed: string[];
  let intake: ReturnType<typeof createIntake>;
  let registry: ReturnType<typeof openRegistry>;
  let state: ReturnType<typeof openBoxState>;
  let acknowledged = 0;
  let refused = 0;
  let writes = 0;
  let failWith: (() => Error) | undefined;
  /** Frames that wait for the model "foreign", in the order they were handed over; the test answers. */
  let asked: { readonly event: UpEvent; answer(read: Read): void }[];
  const foreign = {
    find: (model: string) => (model === "foreign" ? ({} as InstalledCodec) : undefined),
    read: (_: string, event: UpEvent) => new Promise<Read>((answer) => asked.push({ event, answer })),
  };

  /** The journal's part: a transaction whose entries are kept only when it commits. */
  const write: IntakeParts["write"] = (work) => {
    const fresh: EntryBody[] = [];
    const append: Append = (body) => fresh.push(body);
    const result = store.db
      .transaction(() => {
        const value = work(append);
        if (failWith) throw failWith();
        return value;
      })
      .immediate();
    entries.push(...fresh);
    writes += 1;
    return result;
  };

  const open = (relay: Partial<Relay> = {}, commitDelayMs = 5_000): void => {
    registry = openRegistry(store.db);
    state = openBoxState(store.db);
    intake = createIntake({
      registry,
      findModel,
      findCodec: (model) => (model === "none" ? undefined : codec),
      write,
      duplicates: openDuplicates(store.db),
      state,
      firstHop: createFirstHop(state, Date.now),
      relay: {
        observe: (event) => void observed.push(event.kind),
        afterCommit: () => {},
        order: () => {},
        isBusy: () => false,
        tick: () => {},
        afterTick: () => {},
        ...relay,
      },
      foreign,
      parked: openParked(store.db),
      readProtobuf: createProtobufReader(),
      connection: () => ({
        acknowledge: () => {
          acknowledged += 1;
        },
        refuse: () => {
          refused += 1;
        },
      }),
      commitDelayMs,
      clock: { now: () => T0, mono: () => 0 },
      log: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} },
    });
  };

  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setImmediate", "clearImmediate"] });
    folder = mkdtempSync(join(tmpdir(), "beffroi-intake-"));
    store = openBoxStore(folder);
    entries = [];
    observed = [];
    asked = [];
    acknowledged = 0;
    refused = 0;
    writes = 0;
    failWith = undefined;
    open();
    const asset = "container:88383:007";
    const place = { commune: "88383", use: "waste" as const, kind: "container" as const };
    registry.putAsset({ ref: asset, ...place, attributes: { depthMm: 1_200 } }, T0, () => {});
    registry.putDevice(
      { devEui: BIN, model: "milesight-em400", state: "installed", asset, applicationId: APPLICATION },
      T0,
      () => {},
    );
    registry.putDevice({ devEui: LAMP, model: "nas-ul20xx", state: "in-stock" }, T0, () => {});
  });
  afterEach(() => {
    vi.useRealTimers();
    intake.stop();
    store.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const take = (
    kind: string,
    fields: object,
    { devEui = BIN, qos = 1 as 0 | 1 | 2, redelivered = false } = {},
  ): void => {
    const deviceInfo = { applicationId: APPLICATION, deviceName: "d", devEui, tags: {} };
    const whole = { time: new Date(T0).toISOString(), deviceInfo, ...fields };
    const topic = `application/${APPLICATION}/device/${devEui}/event/${kind}`;
    intake.take({ topic, payload: Buffer.from(JSON.stringify(whole)), qos, redelivered, arrivedAt: T0 });
  };
  let fCnt = 0;
  const up = (data: Uint8Array, over: object = {}, how = {}): void => {
    fCnt += 1;
    const rxInfo = [{ gatewayId: "g", rssi: -90, snr: 5 }];
    const fields = { deduplicationId: `d-${fCnt}`, devAddr: "01", dr: 5, fCnt, fPort: 85, rxInfo };
    take("up", { ...fields, data: Buffer.from(data).toString("base64"), ...over }, how);
  };
  const readings = (): Reading[] => entries.filter((entry) => entry.kind === "reading");
  const flush = (): Reading[] => {
    intake.flush();
    return readings();
  };

  return {
    nextCounter: (): number => {
      fCnt += 1;
      return fCnt;
    },
    get store() {
      return store;
    },
    get entries() {
      return entries;
    },
    set entries(next: typeof entries) {
      entries = next;
    },
    get observed() {
      return observed;
    },
    get intake() {
      return intake;
    },
    get registry() {
      return registry;
    },
    get state() {
      return state;
    },
    get acknowledged() {
      return acknowledged;
    },
    get refused() {
      return refused;
    },
    get writes() {
      return writes;
    },
    get failWith() {
      return failWith;
    },
    get asked() {
      return asked;
    },
    set failWith(next: (() => Error) | undefined) {
      failWith = next;
    },
    set asked(next: typeof asked) {
      asked = next;
    },
    open,
    take,
    up,
    readings,
    flush,
  };
};
