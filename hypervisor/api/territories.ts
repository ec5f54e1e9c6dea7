import type { FastifyInstance } from "fastify";
import type { TerritoriesReply } from "../../api/schemas.ts";
import type { CommunePlace } from "../store/words.ts";
import type { ApiParts } from "./parts.ts";

/** Communes that boxes serve and no territory names still have to be found. */
const UNPLACED = "-";

export const territoryRoutes = (app: FastifyInstance, { store }: ApiParts): void => {
  app.get("/territories", async (): Promise<TerritoriesReply> => {
    const [{ region, territories }, boxes, counts] = await Promise.all([
      store.territories(),
      store.serving(),
      store.assetCounts(),
    ]);
    const serving = Map.groupBy(
      boxes.flatMap(({ name, communes }) => communes.map((insee) => ({ name, insee }))),
      ({ insee }) => insee,
    );
    const communeView = (commune: CommunePlace) => ({
      ...commune,
      boxes: (serving.get(commune.insee) ?? []).map(({ name }) => name),
      assets: counts.get(commune.insee) ?? 0,
    });
    const placed = new Set(territories.flatMap(({ communes }) => communes.map(({ insee }) => insee)));
    const unplaced = [...new Set([...boxes.flatMap(({ communes }) => communes), ...counts.keys()])]
      .filter((insee) => !placed.has(insee))
      .sort();
    return {
      region,
      territories: [
        ...territories.map(({ id, name, communes }) => ({ id, name, communes: communes.map(communeView) })),
        ...(unplaced.length === 0
          ? []
          : [{ id: UNPLACED, name: UNPLACED, communes: unplaced.map((insee) => communeView({ insee, name: insee })) }]),
      ],
    };
  });
};
