import type { FastifyInstance } from "fastify";
import { z } from "zod";
import type { AssetsReply, AssetView, SeriesReply } from "../../api/schemas.ts";
import { HypervisorFault } from "../faults.ts";
import type { ApiParts } from "./parts.ts";
import { readBy } from "./query.ts";
import { assetView, iso } from "./views.ts";

const LIMIT_MAX = 2_000;
const POINTS_MAX = 20_000;
const WEEK_MS = 7 * 86_400_000;

const AssetsQuery = z.object({
  commune: z.string().optional(),
  use: z.string().optional(),
  after: z.string().optional(),
  limit: z.coerce.number().int().min(1).max(LIMIT_MAX).default(500),
});

const Time = z.iso.datetime({ offset: true }).transform((text) => Date.parse(text));
const SeriesQuery = z.object({
  measurement: z.string().min(1),
  from: Time.optional(),
  to: Time.optional(),
  limit: z.coerce.number().int().min(1).max(POINTS_MAX).default(POINTS_MAX),
});

type RefParams = { Params: { ref: string } };

export const assetRoutes = (app: FastifyInstance, { store, now, commandForms, expectedInterval }: ApiParts): void => {
  const viewOf = (asset: Parameters<typeof assetView>[0]): AssetView => {
    const model = asset.device?.model ?? "";
    return assetView(asset, commandForms(model), expectedInterval(model));
  };

  app.get("/assets", async (request): Promise<AssetsReply> => {
    const { commune, use, after, limit } = readBy(AssetsQuery, request.query);
    const found = await store.assets({
      limit: limit + 1,
      ...(commune === undefined ? {} : { commune }),
      ...(use === undefined ? {} : { use }),
      ...(after === undefined ? {} : { after }),
    });
    const page = found.slice(0, limit);
    const last = page[page.length - 1];
    return { assets: page.map(viewOf), ...(found.length > limit && last !== undefined ? { next: last.ref } : {}) };
  });

  app.get<RefParams>("/assets/:ref", async (request): Promise<AssetView> => {
    const { ref } = request.params;
    const asset = (await store.assets({ refs: [ref], limit: 1 }))[0];
    if (asset === undefined) throw new HypervisorFault("asset-unknown", { asset: ref });
    return viewOf(asset);
  });

  app.get<RefParams>("/assets/:ref/series", async (request): Promise<SeriesReply> => {
    const { ref } = request.params;
    const { measurement, from, to, limit } = readBy(SeriesQuery, request.query);
    if ((await store.assets({ refs: [ref], limit: 1 })).length === 0)
      throw new HypervisorFault("asset-unknown", { asset: ref });
    const end = to ?? now() + 1;
    const series = await store.series({ asset: ref, measurement, from: from ?? end - WEEK_MS, to: end, limit });
    return {
      asset: ref,
      measurement,
      unit: series?.unit ?? "1",
      points: (series?.points ?? []).map(({ at, value }) => ({ at: iso(at), value })),
    };
  });
};
