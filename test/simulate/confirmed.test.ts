/** What an incident says to a person of how far each box was ever confirmed: the product's box and the product's store. */
import { expect, onTestFinished, test } from "vitest";
import { unpackBodySync } from "../../cloud-sync/protocol/body.ts";
import { printReply } from "../../cloud-sync/protocol/reply.ts";
import type { Transport } from "../../cloud-sync/transport.ts";
import { createSqlStore } from "../../hypervisor/store/open.ts";
import { openPglite } from "../../hypervisor/store/pglite.ts";
import type { Store } from "../../hypervisor/store/store.ts";
import { createBox } from "./box.ts";
import { createBroker } from "./broker.ts";
import { createMemoryStore } from "./memory-store.ts";
import { createSource } from "./source.ts";
import { SOUND } from "./variants.ts";
import { createWorld, type Scope, type World } from "./world.ts";

const NAME = "box-0";
const MINUTE = 60_000;

type Region = Pick<Store, "acceptBatch">;

/** To all of them at once; the first answers. */
const lineTo =
  (world: World, regions: () => readonly Region[]) =>
  (scope: Scope): Transport =>
  ({ headers, body: sent }) =>
    new Promise((resolve, reject) => {
      const read = unpackBodySync({
        contentType: headers["content-type"],
        contentEncoding: headers["content-encoding"],
        body: sent ?? new Uint8Array(),
      });
      if (!read.ok) throw new Error(read.fault.message);
      world.after(10, undefined, async () => {
        const [first] = await Promise.all(regions().map((store) => store.acceptBatch(read.value, world.now)));
        if (first === undefined) world.after(10, scope, () => reject(new Error("no route to host")));
        else world.after(10, scope, () => resolve(printReply(first)));
      });
    });

function found(world: World, place: string, regions: () => readonly Region[], image?: Buffer) {
  const source = createSource(world, place);
  const broker = createBroker(world, place);
  const box = createBox({
    world,
    name: NAME,
    epoch: 7,
    broker,
    source,
    transport: lineTo(world, regions),
    broken: SOUND,
    commitDelayMs: 0,
    batchEntriesMax: 5_000,
    ...(image === undefined ? {} : { image }),
  });
  const speak = (count: number): void => {
    for (let n = 0; n < count; n++) broker.publish(source.next());
  };
  return { box, speak };
}

test("a box refused by a region that came back from a backup: its incident names the highest number it was ever confirmed", async () => {
  const world = createWorld({ seed: 1 });
  const region = createMemoryStore({ communes: ["88383"] });
  const backup = await createSqlStore(await openPglite(), world.now);
  onTestFinished(() => backup.close());
  await backup.addBox({ name: NAME, communes: ["88383"] }, world.now);
  let reached: readonly Region[] = [region, backup];
  const { box, speak } = found(world, "here", () => reached);
  const isConfirmed = (): boolean =>
    box.journal !== undefined && box.journal.cursor("region").seq === box.journal.lastSeq;
  await world.run(MINUTE, () => false);
  speak(5);
  await world.run(MINUTE, () => false);
  expect(isConfirmed()).toBe(true);
  // The backup ends here, and so does the image of the disk that the copy is made from.
  const parted = box.journal!.lastSeq;
  const image = box.image()!;
  reached = [region];
  speak(20);
  await world.run(MINUTE, () => false);
  expect(isConfirmed()).toBe(true);
  const confirmed = box.journal!.lastSeq;
  expect(confirmed).toBeGreaterThanOrEqual(parted + 20);

  // It comes back, and the copy speaks before the box does.
  reached = [];
  const copy = found(world, "elsewhere", () => [backup], image);
  copy.speak(3);
  await world.run(MINUTE, () => false);
  const heldSeq = copy.box.journal!.cursor("region").seq;
  expect(heldSeq).toBe(copy.box.journal!.lastSeq);
  expect(heldSeq).toBeLessThan(confirmed);

  reached = [backup];
  await world.run(3 * MINUTE, () => false);
  expect(box.standing).toBe("refused");
  expect(box.journal!.cursor("region").seq).toBe(heldSeq);
  const ofIncident = async () => (await backup.incidents({ box: NAME, open: true }))[0];
  const numbers = { acceptedConfirmedSeq: heldSeq, refusedConfirmedSeq: confirmed, refusedOldestSeq: 1 };
  expect(await ofIncident()).toMatchObject(numbers);
  // It knows that after a restart too, and tells it again.
  const { attempts } = (await ofIncident())!;
  box.restart(1_000);
  await world.run(5 * MINUTE, () => false);
  expect((await ofIncident())!.attempts).toBeGreaterThan(attempts);
  expect(await ofIncident()).toMatchObject(numbers);
  expect([...box.defects, ...copy.box.defects]).toEqual([]);
});
