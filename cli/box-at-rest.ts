/** What can be done on a box that does not run: its store is opened here, which keeps any other process out meanwhile. */
import type { AddDevice, AddDeviceReply } from "../api/control.ts";
import { openJournal } from "../cloud-sync/journal/journal.ts";
import { enterDevice } from "../device-registry/enter.ts";
import { findModel } from "../device-registry/models.ts";
import { AssetTaken, openRegistry } from "../device-registry/store.ts";
import { BoxInUse, openBoxStore } from "../gateway/box-store.ts";
import { bootId, createBoxClock, systemClock } from "../gateway/clock.ts";
import type { Cli } from "./cli.ts";
import { fault } from "./faults.ts";
import { boxProblem } from "./problem-texts.ts";

/** Enters a device into the store in `folder`; the box sends the journal entry when it runs. */
export async function addDeviceOffline(cli: Cli, folder: string, form: AddDevice): Promise<AddDeviceReply> {
  const store = openStoreOf(folder);
  try {
    const clock = createBoxClock(systemClock);
    const boot = bootId();
    const journal = openJournal(store.db, {
      clock: { now: () => ({ wall: clock.now(), mono: clock.mono(), clock: clock.quality() }) },
      ...(boot === undefined ? {} : { bootId: boot }),
    });
    const registry = openRegistry(store.db);
    const entered = journal.write((append) => enterDevice(registry, findModel, form, clock.now(), append));
    if (!entered.ok) throw boxProblem(cli.say, { code: entered.refusal.code, message: entered.refusal.code });
    const { device, asset, change } = entered;
    const placed = asset === undefined ? {} : { asset: asset.ref, commune: asset.commune };
    return { device: { devEui: device.devEui, model: device.model, ...placed }, change };
  } catch (error) {
    if (error instanceof AssetTaken) throw boxProblem(cli.say, { code: error.code, message: error.message });
    throw error;
  } finally {
    store.close();
  }
}

function openStoreOf(folder: string) {
  try {
    return openBoxStore(folder);
  } catch (error) {
    if (!(error instanceof BoxInUse)) throw error;
    throw fault("box-in-use", { folder, holder: error.pid === undefined ? "" : ` (pid ${error.pid})` });
  }
}
