/** Who is admitted, what is told and when, and how the database is kept. */
import { expect, test, vi } from "vitest";
import { keptCode, makeCode } from "../../../cloud-sync/protocol/enrolment.ts";
import type { EntryBody } from "../../../cloud-sync/protocol/entry.ts";
import { createSqlStore } from "../../../hypervisor/store/open.ts";
import type { Change } from "../../../hypervisor/store/words.ts";
import { Journal, readingOf } from "../batches.ts";
import { DAY, lamp, NOW, placing, type StoreGround, wish } from "./ground.ts";

export const keepingCases = (ground: StoreGround): void => {
  const { newBox, boxState, seqsOf, accept } = ground;

  test("a revoked or unknown box is refused", async () => {
    const journal = await newBox();
    journal.append(readingOf());
    await ground.store.revokeBox(journal.box, NOW);
    expect(await ground.store.admitsBox(journal.box)).toBe(false);
    await expect(accept(journal, 1, 1)).rejects.toMatchObject({ code: "box-unknown" });
    await expect(ground.store.addCommand(wish(lamp("1")), journal.box)).rejects.toMatchObject({ code: "box-unknown" });
    expect(await ground.store.takeOrders(journal.box, 0, NOW)).toEqual([]);
    expect(await ground.store.addBox({ name: journal.box, communes: [] }, NOW)).toBe("exists");
  });

  test("only a certificate of the newest enrolment is renewed, and none of a revoked box", async () => {
    const { box } = await newBox();
    const { store } = ground;
    const enrol = async (): Promise<number> => {
      const code = keptCode(makeCode());
      await store.invite(box, { ...code, validUntil: NOW + DAY }, NOW);
      const outcome = await store.enrol({ ...code, keyHash: new Uint8Array(32) }, NOW, NOW + DAY);
      return outcome.is === "enrolled" ? outcome.generation : Number.NaN;
    };
    const [before, newest] = [await enrol(), await enrol()];
    expect(await store.renewed(box, before, NOW + 2 * DAY)).toBeUndefined();
    expect(await store.renewed(box, newest, NOW + 2 * DAY)).toEqual(expect.any(Array));
    await store.revokeBox(box, NOW);
    const generation = (await store.boxIdentity(box))?.generation ?? Number.NaN;
    for (const each of [newest, generation]) expect(await store.renewed(box, each, NOW + 2 * DAY)).toBeUndefined();
  });

  test("a heartbeat is a proof of life and stores nothing", async () => {
    const journal = await newBox();
    journal.append(readingOf());
    await accept(journal, 1, 1, NOW);
    expect(await accept(journal, 2, 1, NOW + 15_000)).toMatchObject({ status: 200, durableSeq: 1 });
    expect(await boxState(journal)).toMatchObject({ lastProofAt: NOW + 15_000, durableSeq: 1, epoch: 1 });
    await ground.store.proofOfLife(journal.box, NOW + 5_000);
    expect((await boxState(journal)).lastProofAt).toBe(NOW + 15_000);
  });

  test("changes are told after their commit, and not without it", async () => {
    const journal = await newBox();
    const ref = lamp("950");
    journal.append(...placing(ref, "70b3d57050000950"));
    const heard: Change[] = [];
    const unwatch = ground.store.watch((change) => heard.push(change));
    const clone = new Journal("nobody");
    clone.append(readingOf({ asset: "ghost" }));
    await expect(accept(clone, 1, 1)).rejects.toMatchObject({ code: "box-unknown" });
    await accept(journal, 1, 2);
    await vi.waitFor(() => expect(heard).toContainEqual({ type: "assets", refs: [ref] }));
    unwatch();
    expect(JSON.stringify(heard)).not.toContain("ghost");
  });

  test("the assets of a large batch are all told, in portions a notification can carry", async () => {
    const journal = await newBox();
    const refs = Array.from({ length: 1500 }, (_, place) => lamp(`é-${place}`));
    journal.append(...refs.map((asset) => readingOf({ asset })));
    const heard = new Set<string>();
    const unwatch = ground.store.watch((change) => {
      if (change.type === "assets") for (const ref of change.refs) heard.add(ref);
    });
    await accept(journal, 1, refs.length);
    await vi.waitFor(() => expect(refs.filter((ref) => !heard.has(ref))).toHaveLength(0));
    unwatch();
  });

  test("how a device is heard: its box's last word by the order of the journal, whatever comes again", async () => {
    const journal = await newBox();
    const told = (missed: number): EntryBody => ({
      kind: "event",
      event: "health",
      device: "70b3d570500000f1",
      at: NOW - missed,
      detail: { silence: "on-time", periodSeconds: 60, periodLearnt: true, missed, verdict: "unknown", reasons: [] },
    });
    const shown = async () => (await ground.store.assets({ refs: [lamp("940")], limit: 1 }))[0]?.device;
    journal.append(...placing(lamp("940"), "70b3d570500000f1"), told(1), told(2), readingOf());
    await accept(journal, 1, 4);
    expect(await shown()).toMatchObject({ health: { missed: 2, silence: "on-time" }, healthAt: NOW - 2 });
    // What was damaged here comes again, and does not overtake what came after it.
    await ground.sql.query("UPDATE event SET detail = '{}' WHERE seq = 3 AND name = 'health'");
    await ground.sql.query("UPDATE kept_entry SET body = '{}' WHERE seq = 3 AND body LIKE '%health%'");
    await ground.store.mend(journal.batch(3, 3), NOW);
    expect(await shown()).toMatchObject({ health: { missed: 2 } });
    await accept(journal, 5, 5);
    expect(await shown()).toMatchObject({ health: { missed: 2 } });
  });

  test("a new day gets its part, and a day that already has rows is no failure", async () => {
    const journal = await newBox();
    journal.append(readingOf(), readingOf());
    const later = NOW + 30 * DAY;
    await accept(journal, 1, 1, later);
    await ground.store.prepareDay(later);
    await ground.store.prepareDay(later);
    await accept(journal, 2, 2, later + DAY);
    expect(await seqsOf(journal)).toEqual([1, 2]);
    const parts = await ground.sql.query<{ part: string }>(
      "SELECT tableoid::regclass::text AS part FROM reading WHERE box = (SELECT id FROM box WHERE name = $1) ORDER BY seq",
      [journal.box],
    );
    expect(parts.map(({ part }) => part)).toEqual(["reading_other", "reading_20260716"]);
  });

  test("a database changed by a newer program is refused, as it is", async () => {
    await ground.sql.query("INSERT INTO schema_version VALUES (9999, now())");
    const opened = createSqlStore({ ...ground.sql, close: async () => {} }, NOW);
    await expect(opened).rejects.toMatchObject({ code: "store-newer", detail: { found: 9999 } });
    await ground.sql.query("DELETE FROM schema_version WHERE version = 9999");
  });
};
