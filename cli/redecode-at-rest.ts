/** Kept frames of a box that does not run read again: its store is opened here, which keeps any other process out meanwhile. */
import { RedecodeRequest } from "../api/redecode.ts";
import { findCodec } from "../codecs/index.ts";
import { findModel } from "../device-registry/models.ts";
import { isDamage } from "../gateway/box-store.ts";
import { bootId, createBoxClock, systemClock } from "../gateway/clock.ts";
import { openCodecStore } from "../gateway/codec-store.ts";
import { Refused } from "../gateway/control/problem.ts";
import { openCorrections } from "../gateway/corrections.ts";
import { createForeignCodecs } from "../gateway/foreign-codecs.ts";
import { createRedecode } from "../gateway/redecode.ts";
import { openFlowStores } from "../gateway/stores.ts";
import { atRestFault, openStoreOf } from "./box-at-rest.ts";
import type { BoxClient } from "./box-client.ts";
import type { Cli } from "./cli.ts";
import { boxProblem } from "./problem-texts.ts";

export interface RedecodeSource extends Pick<BoxClient, "redecode"> {
  close(): Promise<void>;
}

/** No box can start until it is closed. Throws the fault `box-in-use`. */
export function openRedecodeAtRest(cli: Cli, folder: string): RedecodeSource {
  const store = openStoreOf(cli, folder);
  const clock = createBoxClock(systemClock);
  const boot = bootId();
  const settings = boot === undefined ? {} : { bootId: boot };
  const { journal, registry } = openFlowStores(store.db, clock, settings);
  const foreign = createForeignCodecs({ store: openCodecStore(store.db) });
  const modelOf = (id: string) => findModel(id) ?? foreign.model(id);
  const redecode = createRedecode({
    corrections: openCorrections(store.db, journal),
    journal,
    registry,
    findModel: modelOf,
    findCodec,
    foreign,
    write: (work) => journal.write(work),
    now: clock.now,
  });
  return {
    async redecode(request) {
      if (modelOf(request.model) === undefined)
        throw boxProblem(cli.say, new Refused(422, "unknown-model", `no model ${request.model}`));
      return redecode(RedecodeRequest.parse(request)).catch((error: unknown) => {
        // Built anew by whoever opens it next.
        if (isDamage(error)) store.markDamaged();
        throw atRestFault(error, folder);
      });
    },
    async close() {
      await foreign.stop();
      store.close();
    },
  };
}
