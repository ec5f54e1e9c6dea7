/** Builds the store on one of its two back ends. */
import type { Logger } from "pino";
import type { DecodedBatch } from "../../cloud-sync/protocol/batch.ts";
import { acceptLatest, replayQuarantine } from "./accept-batch.ts";
import { assetPart } from "./assets.ts";
import { auditPart } from "./audit.ts";
import { boxPart } from "./boxes.ts";
import { commandPart } from "./commands.ts";
import { compare } from "./compare.ts";
import { comparisonPart } from "./comparison-rows.ts";
import { completenessPart } from "./completeness.ts";
import { enrolmentPart } from "./enrolments.ts";
import { incidentPart } from "./incidents.ts";
import { createLife, isBeat } from "./life.ts";
import { mend } from "./mend.ts";
import { CHANNEL, readNotice } from "./notices.ts";
import { preparePartitions } from "./partitions.ts";
import { openPglite } from "./pglite.ts";
import { openPostgres } from "./postgres.ts";
import { readingPart } from "./readings.ts";
import { receivedPart } from "./received.ts";
import { migrate } from "./schema.ts";
import { rememberSeries } from "./series.ts";
import { isSmall } from "./small-batches.ts";
import type { Sql } from "./sql.ts";
import type { Store } from "./store.ts";
import { takeBatches } from "./take-batches.ts";
import { lookThrough } from "./whole-table.ts";
import { wishPart } from "./wishes.ts";
import type { Change } from "./words.ts";

/** Takes `sql` over: closes it at `close`, and when the start fails. */
export const createSqlStore = async (sql: Sql, now: number): Promise<Store> => {
  try {
    await migrate(sql);
    await preparePartitions(sql, now);
    return await buildStore(sql);
  } catch (error) {
    await sql.close();
    throw error;
  }
};

const buildStore = async (sql: Sql): Promise<Store> => {
  const series = rememberSeries();
  const life = createLife(sql);
  const take = takeBatches(sql, series);
  const ears = new Set<(change: Change) => void>();
  const tell = (change: Change) => {
    for (const heard of ears) heard(change);
  };
  await sql.listen(
    CHANNEL,
    (payload) => {
      const change = readNotice(payload);
      if (change !== undefined) tell(change);
    },
    () => tell({ type: "missed" }),
  );
  return {
    ...boxPart(sql, life),
    ...enrolmentPart(sql),
    ...assetPart(sql),
    ...readingPart(sql),
    ...commandPart(sql),
    ...wishPart(sql),
    ...auditPart(sql),
    ...incidentPart(sql),
    ...comparisonPart(sql),
    ...completenessPart(sql),
    ...receivedPart(sql),
    async compare(box, digest, now, everything = false) {
      const lesson = series.lesson();
      const compared = await compare(sql, box, digest, { now, everything, memory: lesson });
      lesson.keep();
      return compared;
    },
    async mend(batch, arrivedAt) {
      const lesson = series.lesson();
      const replaced = await sql.transaction((tx) => mend(tx, batch, arrivedAt, lesson));
      lesson.keep();
      return replaced;
    },
    async acceptBatch(batch: DecodedBatch, arrivedAt, from) {
      const known = isBeat(batch) ? await life.beat({ batch, arrivedAt }) : undefined;
      return known ?? take({ batch, arrivedAt, from });
    },
    lookThrough(batch) {
      // A small one is taken by its entries.
      if (!isSmall(batch)) lookThrough(batch);
    },
    async acceptLatest(batch: DecodedBatch, arrivedAt) {
      const lesson = series.lesson();
      await sql.transaction((tx) => acceptLatest(tx, batch, arrivedAt, lesson));
      lesson.keep();
    },
    async replayQuarantine(box, now) {
      const lesson = series.lesson();
      const result = await sql.transaction((tx) => replayQuarantine(tx, box, now, lesson));
      lesson.keep();
      return result;
    },
    watch(heard) {
      ears.add(heard);
      return () => ears.delete(heard);
    },
    prepareDay: (now) => preparePartitions(sql, now),
    close: () => sql.close(),
  };
};

export interface StoreOptions {
  /** Where the embedded database lives when there is no `databaseUrl`. */
  readonly dataFolder: string;
  readonly databaseUrl?: string;
  readonly log: Logger;
  readonly now: number;
  /** At most so many connections to a server, beside the one that listens. */
  readonly connectionsMax?: number;
}

/** @throws HypervisorFault `folder-locked`, `store-newer`, `store-unreachable`, `store-too-old-server` */
export const openStore = async ({ dataFolder, databaseUrl, log, now, ...server }: StoreOptions): Promise<Store> =>
  createSqlStore(
    databaseUrl === undefined ? await openPglite(dataFolder) : await openPostgres({ url: databaseUrl, log, ...server }),
    now,
  );
