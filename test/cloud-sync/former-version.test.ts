/** What boxes and regions of the version before write and read. */
import { expect, test } from "vitest";
import { isSound } from "../../cloud-sync/protocol/admit.ts";
import { decodeBatch, encodeBatch } from "../../cloud-sync/protocol/batch.ts";
import { BATCH_HEADERS, unpackBodySync } from "../../cloud-sync/protocol/body.ts";
import { parseReply, printReply } from "../../cloud-sync/protocol/reply.ts";

/** A body as protocol 1 packed it, kept as it was: two readings, an alarm and a loss, with their running hash. */
const PROTOCOL_1 = Buffer.from(
  [
    "KLUv/WB4AVUQAHYgeEcQjzgHBQCCdKtsD+4EQg1HrqM5NTKGUYPlxpAHrBm6rizZS0sMIn766wxwBCQuRiIkDHn9dROi/qiFkfMy",
    "yOoPnK3i0yaSdnAAZgBiAHZ0Gp1OFj8Z3kyWKQKgd/q+BCTUyDORPu9JXwesIk9UOVSL9EdX7UQLCi0gUAtHd7bNZ2TkEuNBRAaR",
    "kwoWEjMpJCwoHMQUsF5wwIwIEcMFxoYSJ14BhfbyhZCAQDKQ3WojyABlshwfh+Pj7tOd3gQdW7vWH9qerLvGoNLdQdu3/mRZtoKB",
    "reDgAoBHwzNgZgUDYyFhJoCH0x1AiR+igY/PfPGzxs8aoIEGxX/woggC/pwvSgD4rVJfqf5X62pVMn2mDuh91Eoa3yOnoITmi+G4",
    "AXKgV2udImsTrxPP+GbzsQf+TJ5lyk2sm59L0l0FGkR3xzpQSlsDJ8aJbZ2mX7KO0TquL3Ac7QkNTM6zW9MRNI02rKSEtiil3YZb",
    "RmXDQstsnQa1ZbTbwM7oyEZDF2RwFIS2pf1lHa/XyDoKGaruYzN0U6HIOlVunSzN+/hz0yxFBq3Xy035R7ee3zSvu6yL4c2v8lCt",
    "1aslk2c9Xw/9ibN11ZvhxR7ylfui25CP+IrXravIcMVdqRZtirMNRvuDJg4AYAQp2lxGEwvXVaJrNEq5cNUYd7OxktF8GiQrfa7c",
    "CtdFODUADw==",
  ].join(""),
  "base64",
);

const decodeOld = () => {
  const read = unpackBodySync({
    contentType: BATCH_HEADERS["content-type"],
    contentEncoding: BATCH_HEADERS["content-encoding"],
    body: PROTOCOL_1,
  });
  if (!read.ok) throw new Error(`${read.fault.code}: ${read.fault.message}`);
  return read.value;
};

test("a batch of the former version is read whole, and its running hash holds", () => {
  const batch = decodeOld();
  expect(batch).toMatchObject({ box: "remiremont", epoch: 7, firstSeq: 1, lastSeq: 4, unusable: [], gone: [] });
  expect(batch.entries.map(({ body }) => body.kind)).toEqual(["reading", "alarm", "reading", "loss"]);
  expect(batch.entries[2]?.body).toMatchObject({
    device: "24e124713b492281",
    fCnt: 2,
    frame: Uint8Array.of(1, 0x75, 92),
    measurements: [
      { name: "battery.level", value: 92, unit: "%" },
      { name: "temperature", value: 25.7, unit: "Cel" },
    ],
    notes: ["counter-restart"],
  });
  expect(isSound(batch)).toBe(true);
});

test("what has no words of this version is written so that the former version reads it", () => {
  const again = decodeBatch(encodeBatch(decodeOld()));
  expect(again.ok && again.value.entries).toEqual(decodeOld().entries);
  // protocol_min is field 2: the second varint field of the message.
  expect([...encodeBatch(decodeOld()).subarray(2, 4)]).toEqual([0x10, 1]);
});

test("fields nobody knows yet are passed over, in batches and in replies", () => {
  // Field 900, four bytes; and field 901, a varint.
  const unknown = Uint8Array.of(0xa2, 0x38, 4, 1, 2, 3, 4, 0xa8, 0x38, 7);
  const read = decodeBatch(Buffer.concat([encodeBatch(decodeOld()), unknown]));
  expect(read.ok && read.value.entries).toEqual(decodeOld().entries);
  const reply = JSON.stringify({ status: 200, durableSeq: 4, quarantined: [], serverTime: 1, mood: "good" });
  expect(parseReply(200, {}, reply)).toMatchObject({ ok: true, value: { durableSeq: 4 } });
  const old = printReply({ status: 410, epoch: 9 });
  expect(parseReply(410, {}, old.body)).toEqual({ ok: true, value: { status: 410, epoch: 9 } });
});
