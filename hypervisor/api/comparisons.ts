/** What both sides hold, compared day by day: seen, and asked for out of turn. */
import type { FastifyInstance } from "fastify";
import type { ComparisonsReply, ComparisonView } from "../../api/comparisons.ts";
import { HypervisorFault } from "../faults.ts";
import type { Store } from "../store/store.ts";
import type { Comparison } from "../store/words.ts";
import { iso } from "./views.ts";

export interface ComparisonParts {
  readonly store: Pick<Store, "comparisons" | "wantDigest">;
}

type BoxParams = { Params: { box: string } };

const viewOf = ({ at, ...rest }: Comparison): ComparisonView => ({
  ...rest,
  ...(at === undefined ? {} : { at: iso(at) }),
});

export const comparisonRoutes = (app: FastifyInstance, { store }: ComparisonParts): void => {
  app.get("/comparisons", async (): Promise<ComparisonsReply> => {
    const comparisons = await store.comparisons();
    return { comparisons: comparisons.map(viewOf) };
  });
  app.post<BoxParams>("/boxes/:box/comparison", async (request): Promise<ComparisonView> => {
    const { box } = request.params;
    await store.wantDigest(box);
    const found = (await store.comparisons()).find((each) => each.box === box);
    if (found === undefined) throw new HypervisorFault("box-unknown", { box });
    return viewOf(found);
  });
};
