import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { zstdCompressSync } from "node:zlib";
import fc from "fast-check";
import { expect, test } from "vitest";
import { isSound } from "../../cloud-sync/protocol/admit.ts";
import {
  BATCH_LIMITS,
  BatchColumns,
  batchFromJson,
  batchToJson,
  type DecodedBatch,
  decodeBatch,
  encodeBatch,
} from "../../cloud-sync/protocol/batch.ts";
import { packBody, packBodySync, unpackBody, unpackBodySync } from "../../cloud-sync/protocol/body.ts";
import { runChain } from "../../cloud-sync/protocol/chain.ts";
import type { Batch } from "../../cloud-sync/protocol/entry.ts";
import type { Result } from "../../cloud-sync/protocol/faults.ts";
import { batch, HEALTH } from "./arbitrary.ts";

const value = (result: Result<DecodedBatch>): DecodedBatch => {
  if (!result.ok) throw new Error(`${result.fault.code}: ${result.fault.message}`);
  return result.value;
};
const expected = (sent: Batch): DecodedBatch => ({
  ...sent,
  lastSeq: Math.max(sent.firstSeq - 1, sent.entries.at(-1)?.seq ?? 0, sent.gone?.at(-1)?.to ?? 0),
  gone: sent.gone ?? [],
  unusable: [],
});

const EMPTY: Batch = {
  box: "remiremont",
  epoch: 3,
  firstSeq: 1,
  entries: [],
  hashBefore: new Uint8Array(32),
  hashAfter: new Uint8Array(32),
  sentAt: 1,
  health: HEALTH,
};

test("a batch comes back exactly as it was sent, binary and JSON", () => {
  fc.assert(
    fc.property(batch, (sent) => {
      expect(value(decodeBatch(encodeBatch(sent)))).toEqual(expected(sent));
      expect(value(batchFromJson(batchToJson(sent)))).toEqual(expected(sent));
    }),
    { numRuns: 200 },
  );
});

test("columns of thousands, gathered beside each other and one after the other, keep to themselves", () => {
  const few = fc.sample(batch, { numRuns: 40, seed: 11 }).filter(({ gone }) => gone === undefined || gone.length === 0);
  const drawn = few.flatMap(({ entries }) => entries);
  const many = (count: number, from: number): Batch => ({
    ...EMPTY,
    firstSeq: 5,
    entries: Array.from({ length: count }, (_, index) => ({
      ...drawn[(from + index) % drawn.length]!,
      seq: 5 + index,
    })),
  });
  for (const [count, from] of [
    [5_000, 0],
    [20, 3],
    [6_000, 1],
    [300, 7],
  ] as const) {
    const sent = [many(count, from), many(100, from + 50), many(2_500, from + 20)];
    const gathered = sent.map((each) => ({ ...each, columns: new BatchColumns() }));
    for (let index = 0; index < 6_000; index++)
      for (const { columns, entries } of gathered) if (index < entries.length) columns.add(entries[index]!);
    const bytes = gathered.map(({ entries: _, ...each }) => encodeBatch(each));
    bytes.forEach((each, index) => {
      expect(value(decodeBatch(each))).toEqual(expected(sent[index]!));
    });
  }
});

test("the receiver computes the same running hash from what it decoded", () => {
  fc.assert(
    fc.property(batch, (sent) => {
      const hole = sent.gone?.at(-1);
      const start = hole === undefined ? sent.hashBefore : hole.hashAfter;
      const behind = sent.entries.filter(({ seq }) => hole === undefined || seq > hole.to);
      const whole = start === undefined ? sent : { ...sent, hashAfter: runChain(start, behind) };
      expect(isSound(value(decodeBatch(encodeBatch(whole))))).toBe(true);
      expect(isSound(value(batchFromJson(batchToJson(whole))))).toBe(true);
      // Behind a hole whose hash is not said nobody can tell.
      expect(isSound(value(decodeBatch(encodeBatch(sent))))).toBe(start === undefined);
    }),
    { numRuns: 150 },
  );
});

test("bodies pack and unpack, on this thread and off it", async () => {
  const headers = { contentType: "application/x-protobuf", contentEncoding: "zstd" };
  expect(value(unpackBodySync({ ...headers, body: packBodySync(EMPTY) }))).toEqual(expected(EMPTY));
  expect(value(await unpackBody({ ...headers, body: await packBody(EMPTY) }))).toEqual(expected(EMPTY));
  const json = { contentType: "application/json; charset=utf-8", contentEncoding: undefined };
  expect(value(await unpackBody({ ...json, body: Buffer.from(batchToJson(EMPTY)) }))).toEqual(expected(EMPTY));
});

const code = (result: Result<unknown>): string => (result.ok ? "ok" : result.fault.code);

test("a decompression bomb, a foreign type and rubbish are refused with a code", async () => {
  const headers = { contentType: "application/x-protobuf", contentEncoding: "zstd" };
  const bomb = zstdCompressSync(Buffer.alloc(BATCH_LIMITS.bytesMax + 1));
  expect(bomb.length).toBeLessThan(2000);
  expect(code(await unpackBody({ ...headers, body: bomb }))).toBe("too-large");
  expect(code(unpackBodySync({ ...headers, body: bomb }))).toBe("too-large");
  expect(code(await unpackBody({ ...headers, body: Buffer.from("hello") }))).toBe("not-zstd");
  expect(code(await unpackBody({ ...headers, contentEncoding: "br", body: bomb }))).toBe("wrong-content");
  expect(code(unpackBodySync({ contentType: "text/plain", contentEncoding: undefined, body: bomb }))).toBe(
    "wrong-content",
  );
  expect(code(batchFromJson("{"))).toBe("not-json");
});

test("a hash is said of each hole or of none, and has its length", () => {
  const holed = (hashes: readonly string[]) => {
    const hole = { goneAfter: [0], goneCount: ["3"], goneHash: hashes };
    return code(batchFromJson(JSON.stringify({ ...JSON.parse(batchToJson(EMPTY)), ...hole })));
  };
  const hash = Buffer.alloc(32, 7).toString("base64");
  expect([[], [""], [hash]].map(holed)).toEqual(["ok", "ok", "ok"]);
  expect(holed([hash, hash])).toBe("inconsistent");
  expect(holed([hash.slice(4)])).toBe("inconsistent");
});

test("an epoch that no database of a region holds is no batch", () => {
  expect(code(decodeBatch(encodeBatch({ ...EMPTY, epoch: 2 ** 31 - 1 })))).toBe("ok");
  expect(code(decodeBatch(encodeBatch({ ...EMPTY, epoch: 2 ** 31 })))).toBe("inconsistent");
});

test("versions: the range of the message must meet ours, unknown fields are ignored", () => {
  const message = JSON.parse(batchToJson(EMPTY));
  expect(code(batchFromJson(JSON.stringify({ ...message, protocol: 3, protocolMin: 1, novelty: { a: 1 } })))).toBe(
    "ok",
  );
  expect(code(batchFromJson(JSON.stringify({ ...message, protocol: 3, protocolMin: 3 })))).toBe("wrong-version");
  expect(code(batchFromJson(JSON.stringify({ ...message, protocol: 0 })))).toBe("wrong-version");
  // Field 1000, bytes.
  const extended = Buffer.concat([encodeBatch(EMPTY), Buffer.from([0xc2, 0x3e, 2, 1, 2])]);
  expect(value(decodeBatch(extended))).toEqual(expected(EMPTY));
});

test("an entry of a kind not known here is set aside, the rest is read", () => {
  const stamp = { wall: 5, mono: 5, boot: 1, clock: "unknown" as const };
  const alarm = { kind: "alarm" as const, alarm: "disk", raised: true, at: 5, detail: {} };
  const sent = { ...EMPTY, entries: [1, 2, 3].map((seq) => ({ seq, stamp, body: alarm })) };
  const message = JSON.parse(batchToJson(sent));
  message.row[1] = '{"kind":"dream","at":1}';
  const got = value(batchFromJson(JSON.stringify(message)));
  expect(got.entries.map(({ seq }) => seq)).toEqual([1, 3]);
  expect(got.unusable).toEqual([{ seq: 2, stamp, text: '{"kind":"dream","at":1}' }]);
  expect(got.lastSeq).toBe(3);
});

test("hostile bytes give a code, never a throw", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
      decodeBatch(bytes);
      unpackBodySync({ contentType: "application/x-protobuf", contentEncoding: "zstd", body: bytes });
    }),
    { numRuns: 500 },
  );
  const flip = fc.record({ at: fc.nat(), to: fc.nat(255) });
  fc.assert(
    fc.property(batch, fc.array(flip, { minLength: 1, maxLength: 4 }), fc.nat(), (sent, flips, cut) => {
      const bytes = encodeBatch(sent);
      for (const { at, to } of flips) bytes[at % bytes.length] = to;
      decodeBatch(bytes);
      decodeBatch(bytes.subarray(0, cut % bytes.length));
    }),
    { numRuns: 600 },
  );
});

test("a message that claims more than it holds costs no more than it holds", () => {
  const message = JSON.parse(batchToJson(EMPTY));
  expect(code(batchFromJson(JSON.stringify({ ...message, count: 4_000_000_000 })))).toBe("too-large");
  const runs = { wall: {}, lead: {}, runLength: [4_000_000_000], runBoot: [1], runConfirmed: [true] };
  expect(code(batchFromJson(JSON.stringify({ ...message, stamps: runs })))).toBe("inconsistent");
  const readings = { device: [0], asset: [0], commune: [0], codec: [0], shape: [0], readings: [4_000_000_000] };
  expect(code(batchFromJson(JSON.stringify({ ...message, strings: ["a"], readings })))).toBe("inconsistent");
});

test("the committed code is what buf generates from batch.proto", () => {
  const root = new URL("../..", import.meta.url).pathname;
  const out = mkdtempSync(join(tmpdir(), "generated-"));
  try {
    const template = JSON.stringify({
      version: "v2",
      plugins: [{ local: join(root, "node_modules/.bin/protoc-gen-es"), out, opt: "target=ts" }],
      inputs: [{ directory: "cloud-sync/protocol" }],
    });
    execFileSync(join(root, "node_modules/.bin/buf"), ["generate", "--template", template], {
      cwd: root,
      env: { ...process.env, PATH: `${join(root, "node_modules/.bin")}:${process.env.PATH}` },
    });
    expect(readFileSync(join(out, "batch_pb.ts"), "utf8")).toBe(
      readFileSync(join(root, "cloud-sync/protocol/generated/batch_pb.ts"), "utf8"),
    );
  } finally {
    rmSync(out, { recursive: true });
  }
});
