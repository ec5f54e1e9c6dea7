/** Each batch on its way into the database: with those of other boxes, or by itself. */
import type { BatchReply } from "../../cloud-sync/protocol/entry.ts";
import { createPlaces } from "../places.ts";
import { acceptBatch } from "./accept-batch.ts";
import { createGather } from "./gather.ts";
import type { rememberSeries } from "./series.ts";
import { type Arrival, acceptSmall, isSmall } from "./small-batches.ts";
import type { Sql } from "./sql.ts";

/** Batches stored at once: fewer than there are connections, so that a person's question finds one while a region's boxes come back. */
const STORED_AT_ONCE = 8;

type Take = (arrival: Arrival) => Promise<BatchReply>;

/** Small batches together, as they gather; each other by itself, and whatever could not be taken together. */
export const takeBatches = (sql: Sql, series: ReturnType<typeof rememberSeries>): Take => {
  const places = createPlaces(STORED_AT_ONCE, () => performance.now());
  /** Boxes whose last batch failed by itself: it would take those of others along. */
  const apart = new Set<string>();
  const together = createGather(async (arrivals: readonly Arrival[]) => {
    const lesson = series.lesson();
    const replies = await sql.transaction((tx) => acceptSmall(tx, arrivals, lesson));
    lesson.keep();
    return replies;
  });
  const byItself: Take = async ({ batch, arrivedAt, from }) => {
    apart.add(batch.box);
    const lesson = series.lesson();
    const reply = await sql.transaction((tx) => acceptBatch(tx, batch, arrivedAt, lesson, from));
    lesson.keep();
    apart.delete(batch.box);
    return reply;
  };
  return async (arrival) => {
    const { batch } = arrival;
    const isGathered = isSmall(batch) && !apart.has(batch.box);
    // When they fail together, it shows whose fault it was as each is tried by itself.
    const reply = isGathered ? await together(arrival).catch(() => undefined) : undefined;
    return reply ?? places.take(() => byItself(arrival));
  };
};
