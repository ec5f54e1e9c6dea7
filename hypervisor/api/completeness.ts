/** The certificate of a day, as the region states it. */
import { createHash } from "node:crypto";
import type { FastifyInstance } from "fastify";
import {
  type CompletenessView,
  certificateText,
  DayQuery,
  expectedOf,
  type Statement,
} from "../../api/completeness.ts";
import type { Store } from "../store/store.ts";
import type { ExpectedInterval } from "./parts.ts";
import { readBy } from "./query.ts";
import { iso } from "./views.ts";

export interface CompletenessParts {
  readonly store: Pick<Store, "completeness">;
  readonly now: () => number;
  readonly expectedInterval: ExpectedInterval;
}

type BoxParams = { Params: { box: string } };

const DAY_MS = 86_400_000;
const hex = (hash: Uint8Array): string => Buffer.from(hash).toString("hex");

const statementOf = async (
  { store, expectedInterval }: CompletenessParts,
  box: string,
  day: string,
  device: string | undefined,
): Promise<Statement> => {
  const { isOver, comparedAt, lost, history, devices } = await store.completeness(box, Date.parse(day) / DAY_MS);
  return {
    box,
    day,
    by: "region",
    isOver,
    lost,
    devices: devices
      .filter((each) => device === undefined || each.device === device.toLowerCase())
      .map(({ usual, missed, lost: ours, model, ...counted }) => ({
        device: counted.device,
        ...(counted.asset === undefined ? {} : { asset: counted.asset }),
        ...(model === undefined ? {} : { model }),
        ...expectedOf(usual, model === undefined ? undefined : expectedInterval(model)),
        received: counted.received,
        lostOnAir: Math.max(0, missed - ours),
        lostByUs: ours,
      })),
    history: history.map(({ before, after, ...place }) => ({
      ...place,
      ...(before === undefined ? {} : { before: hex(before) }),
      ...(after === undefined ? {} : { after: hex(after) }),
    })),
    ...(comparedAt === undefined ? {} : { comparedAt: iso(comparedAt) }),
  };
};

/** Yesterday unless a day is named. */
export const completenessRoutes = (app: FastifyInstance, parts: CompletenessParts): void => {
  app.get<BoxParams>("/boxes/:box/completeness", async (request): Promise<CompletenessView> => {
    const { day = iso(parts.now() - DAY_MS).slice(0, 10), device } = readBy(DayQuery, request.query);
    const statement = await statementOf(parts, request.params.box, day, device);
    return { ...statement, hash: createHash("sha256").update(certificateText(statement)).digest("hex") };
  });
};
