import type { FastifyInstance } from "fastify";
import { z } from "zod";
import type { BoxesReply, ReadingsReply } from "../../api/schemas.ts";
import type { ApiParts } from "./parts.ts";
import { readBy } from "./query.ts";
import { boxView, readingView } from "./views.ts";

const ReadingsQuery = z.object({
  box: z.string().min(1),
  /** Absent: the box's present epoch. */
  epoch: z.coerce.number().int().min(0).optional(),
  afterSeq: z.coerce.number().int().min(0).default(0),
  limit: z.coerce.number().int().min(1).max(5_000).default(500),
  /** With the maker's own fields beside the measurements. */
  fields: z.stringbool().default(false),
});

/** Readings and the boxes they came from. */
export const readingRoutes = (app: FastifyInstance, { store, now }: ApiParts): void => {
  app.get("/readings", async (request): Promise<ReadingsReply> => {
    const { box, epoch, afterSeq, limit, fields } = readBy(ReadingsQuery, request.query);
    const readings = await store.readings({ box, afterSeq, limit, ...(epoch === undefined ? {} : { epoch }) });
    return { readings: readings.map((reading) => readingView(reading, fields)) };
  });

  app.get("/boxes", async (): Promise<BoxesReply> => {
    const boxes = await store.boxes();
    return { boxes: boxes.map((box) => boxView(box, now())) };
  });
};
