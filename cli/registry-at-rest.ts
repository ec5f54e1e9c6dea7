/** The registry of a box that does not run: the same desk, on its store, which is held meanwhile. */
import { openJournal } from "../cloud-sync/journal/journal.ts";
import { openKeyStore } from "../device-registry/keys/index.ts";
import { findModel } from "../device-registry/models.ts";
import { openRegistry } from "../device-registry/store.ts";
import { bootId, createBoxClock, systemClock } from "../gateway/clock.ts";
import { openCodecStore } from "../gateway/codec-store.ts";
import { Refused } from "../gateway/control/problem.ts";
import { createRegistryDesk } from "../gateway/registry-desk.ts";
import { atRestFault, openStoreOf } from "./box-at-rest.ts";
import { sortedLines } from "./box-client.ts";
import type { Cli } from "./cli.ts";
import { boxProblem } from "./problem-texts.ts";
import type { BoxRegistry } from "./registry-of-box.ts";

export function openRegistryAtRest(cli: Cli, folder: string): BoxRegistry & { close(): void } {
  const store = openStoreOf(cli, folder);
  const clock = createBoxClock(systemClock);
  const boot = bootId();
  const journal = openJournal(store.db, {
    clock: { now: () => ({ wall: clock.now(), mono: clock.mono(), clock: clock.quality() }) },
    ...(boot === undefined ? {} : { bootId: boot }),
  });
  const registry = openRegistry(store.db);
  const codecs = openCodecStore(store.db);
  const desk = createRegistryDesk({
    registry,
    keys: openKeyStore(store.db, { folder }),
    findModel: (id) => findModel(id) ?? codecs.find(id)?.model,
    // What was heard is in the journal; the box reads it when it runs.
    lastSeenAt: () => undefined,
    healthOf: () => undefined,
    write(work) {
      try {
        return journal.write(work);
      } catch (error) {
        registry.forget();
        throw error;
      }
    },
    clock,
  });
  const said = async <T>(answer: () => T | Promise<T>): Promise<T> => {
    try {
      return await answer();
    } catch (error) {
      if (error instanceof Refused) throw boxProblem(cli.say, error);
      throw atRestFault(error, folder);
    }
  };
  return {
    running: false,
    devices: () => said(() => ({ devices: desk.devices() })),
    registry: () => said(() => sortedLines([...desk.all()])),
    device: (id) =>
      said(() => {
        const detail = desk.detail(id);
        if (detail === undefined) throw new Refused(404, "unknown-device", id);
        return detail;
      }),
    addDevice: (device) => said(() => desk.add(device)),
    enterBatch: (batch) => said(() => desk.batch(batch)),
    act: (deed) => said(() => desk.act(deed)),
    undo: (request) => said(() => desk.undo(request)),
    close: () => store.close(),
  };
}
