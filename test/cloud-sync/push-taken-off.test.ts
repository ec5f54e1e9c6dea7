/** The push of a box that has taken off what a region may have forgotten. */
import { expect, test } from "vitest";
import { unpackBodySync } from "../../cloud-sync/protocol/body.ts";
import { printReply } from "../../cloud-sync/protocol/reply.ts";
import { build, writeEvents } from "./push-ground.ts";

test("what was taken off is named where a box begins at its oldest entry, and told to a region that asks, once", async () => {
  const { timers, journal, start } = build({ entriesMax: 8, inFlightMax: 1 });
  writeEvents(journal, 16);
  const sent: { epoch: number; firstSeq: number; takenOff: readonly number[] | undefined }[] = [];
  let isChosen = false;
  let asked = 0;
  start(async ({ body }) => {
    const read = unpackBodySync({ contentType: "application/x-protobuf", contentEncoding: "zstd", body: body! });
    if (!read.ok) throw new Error(read.fault.message);
    const { epoch, firstSeq, lastSeq, hashAfter, takenOff } = read.value;
    sent.push({ epoch, firstSeq, takenOff: takenOff && [takenOff.last, takenOff.marks.length] });
    if (isChosen && epoch === 4) return printReply({ status: 410, epoch: 9, adopt: true });
    if (isChosen && asked++ === 0) return printReply({ status: 409, expectedSeq: firstSeq, serverTime: 1 });
    const durableHash = Buffer.from(hashAfter).toString("hex");
    return printReply({ status: 200, durableSeq: lastSeq, durableHash, quarantined: [], serverTime: 1 });
  });
  await timers.advance(5_000);
  expect(journal.prune(16)).toBe(16);
  writeEvents(journal, 3);
  await timers.advance(1_000);
  isChosen = true;
  journal.prune(19);
  writeEvents(journal, 3);
  await timers.advance(30_000);
  writeEvents(journal, 1);
  await timers.advance(1_000);
  expect(sent.map(({ epoch, firstSeq, takenOff }) => [epoch, firstSeq, takenOff])).toEqual([
    [4, 1, undefined],
    [4, 9, undefined],
    [4, 17, [16, 0]],
    [4, 20, [19, 0]],
    [9, 20, [19, 0]],
    [9, 20, [19, 38]],
    [9, 23, undefined],
    [9, 23, undefined],
  ]);
});
