/** Kept frames read again by a codec that was put right: a diff first, then corrections, then nothing more. */
import Database from "better-sqlite3";
import { beforeEach, describe, expect, it } from "vitest";
import { openJournal } from "../../cloud-sync/journal/journal.ts";
import type { Correction } from "../../cloud-sync/protocol/entry.ts";
import type { Codec } from "../../codecs/words.ts";
import { openRegistry } from "../../device-registry/store.ts";
import { openCorrections } from "../../gateway/corrections.ts";
import { readingOf } from "../../gateway/readings.ts";
import { createRedecode, type RedecodeParts } from "../../gateway/redecode.ts";

const MODEL = "milesight-em300-th";
const EUI = "24e124136b502217";
const OTHER = "24e124136b502218";
const NOW = Date.UTC(2026, 2, 3);

/** One byte; version 1 forgets to halve it, and cannot read 0xff. */
const codecOf = (version: number): Codec =>
  ({
    id: "probe",
    version,
    decode: ({ bytes }: { bytes: Uint8Array }) =>
      bytes[0] === 0xff && version === 1
        ? { ok: false, fault: { code: "bad-frame", message: "no" } }
        : {
            ok: true,
            value: {
              codec: `probe@${version}`,
              measurements: [{ name: "temperature", value: bytes[0]! / (version === 1 ? 1 : 2), unit: "Cel" }],
              history: [],
              warnings: [],
            },
          },
  }) as unknown as Codec;

describe("reading kept frames again", () => {
  const build = () => {
    const db = new Database(":memory:");
    const journal = openJournal(db, { clock: { now: () => ({ wall: NOW, mono: 1, clock: "confirmed" }) }, epoch: 1 });
    const registry = openRegistry(db);
    let version = 1;
    journal.write((append) => {
      for (const devEui of [EUI, OTHER])
        registry.putDevice({ devEui, model: devEui === EUI ? MODEL : "nas-ul20xx", state: "in-stock" }, NOW, append);
    });
    const parts: RedecodeParts = {
      corrections: openCorrections(db, journal),
      journal,
      registry,
      foreign: { find: () => undefined, read: () => Promise.reject(new Error("no foreign codec")) },
      findModel: () => undefined,
      findCodec: () => codecOf(version),
      write: (work) => journal.write(work),
      now: () => NOW + 1_000,
    };
    const setVersion = (to: number): void => {
      version = to;
    };
    const hear = (byte: number, device = EUI, notes: string[] = []) =>
      journal.write((append) => {
        const event = { kind: "up", devEui: device, tags: {}, time: NOW, fCnt: byte, fPort: 85, data: Buffer.of(byte) };
        const reading = readingOf({ ...event, dr: 5 } as never, parts);
        append({ ...reading, notes: [...reading.notes, ...notes] });
      });
    return { journal, hear, redecode: createRedecode(parts), setVersion };
  };
  let box: ReturnType<typeof build>;
  beforeEach(() => {
    box = build();
  });
  const ask = (write: boolean, changes = {}) => box.redecode({ model: MODEL, after: 0, since: 0, write, ...changes });
  const corrections = () =>
    box.journal
      .read(0, { entries: 1e4, bytes: 1e9 })
      .entries.flatMap(({ body }) => (body.kind === "correction" ? [body as Correction] : []));

  it("shows what would change and writes nothing; then writes, once; the entries corrected stay", async () => {
    box.hear(40);
    box.hear(50, EUI, ["recovered"]);
    box.hear(60, OTHER);
    const before = box.journal.read(0, { entries: 1e4, bytes: 1e9 }).entries;
    expect(await ask(true)).toMatchObject({ examined: 2, changed: 0 });
    box.setVersion(2);
    const told = await ask(false);
    expect(told).toMatchObject({ examined: 2, changed: 2, worse: 0 });
    expect(told.changes[0]).toMatchObject({
      seq: 3,
      codecBefore: "probe@1",
      codec: "probe@2",
      quantities: [{ name: "temperature", before: { value: 40 }, after: { value: 20 } }],
    });
    expect(corrections()).toEqual([]);
    expect(await ask(true)).toMatchObject({ changed: 2 });
    expect(corrections().map(({ reading, measurements, notes }) => [reading, measurements[0]!.value, notes])).toEqual([
      [3, 20, ["no-radio"]],
      [4, 25, ["no-radio", "recovered"]],
    ]);
    expect(await ask(true)).toMatchObject({ examined: 2, changed: 0 });
    expect(box.journal.read(0, { entries: before.length, bytes: 1e9 }).entries).toEqual(before);
    // A third version is compared with what is shown now.
    box.setVersion(1);
    expect(await ask(true)).toMatchObject({ changed: 2 });
    expect(
      corrections()
        .slice(2)
        .map(({ measurements }) => measurements[0]!.value),
    ).toEqual([40, 50]);
  });

  it("a frame that could not be read gets its values; one that cannot be read any more keeps its own", async () => {
    box.hear(0xff);
    box.setVersion(2);
    expect(await ask(true)).toMatchObject({ changed: 1, worse: 0 });
    expect(corrections()[0]).toMatchObject({ measurements: [{ value: 127.5 }] });
    expect(corrections()[0]!.fault).toBeUndefined();
    box.setVersion(1);
    expect(await ask(true)).toMatchObject({ changed: 0, worse: 1 });
  });

  it("goes on where it is told, and ends at the end", async () => {
    for (let n = 0; n < 900; n++) box.hear(n % 200);
    box.setVersion(2);
    const seen: number[] = [];
    let changed = 0;
    for (let after = 0; ; ) {
      const reply = await ask(false, { after });
      changed += reply.changed;
      seen.push(reply.examined);
      if (reply.next >= reply.lastSeq) break;
      after = reply.next;
    }
    expect(seen.reduce((sum, n) => sum + n, 0)).toBe(900);
    // Half of nothing is nothing.
    expect(changed).toBe(900 - 5);
    expect(Math.max(...seen)).toBeLessThanOrEqual(400);
  });

  it("leaves alone what came before the day it is given, and other models", async () => {
    box.hear(40);
    box.setVersion(2);
    expect(await ask(true, { since: NOW + 1 })).toMatchObject({ examined: 0 });
    expect(await ask(true, { model: "elsys-ers" })).toMatchObject({ examined: 0 });
  });
});
