/** What can be done on a box that does not run: its store is opened here, which keeps any other process out meanwhile. */

import { existsSync } from "node:fs";
import type { AddCodec, AddCodecReply, AddDevice, AddDeviceReply, CodecsReply } from "../api/control.ts";
import { openJournal } from "../cloud-sync/journal/journal.ts";
import { createSandbox } from "../codecs/sandbox/index.ts";
import { enterDevice } from "../device-registry/enter.ts";
import { findModel } from "../device-registry/models.ts";
import { AssetTaken, openRegistry } from "../device-registry/store.ts";
import { BoxInUse, openBoxStore } from "../gateway/box-store.ts";
import { bootId, createBoxClock, systemClock } from "../gateway/clock.ts";
import { openCodecStore } from "../gateway/codec-store.ts";
import { codecView, refusalText } from "../gateway/control/codecs.ts";
import { installCodec } from "../gateway/foreign-codecs.ts";
import { modelFor } from "../gateway/foreign-model.ts";
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
    const codecs = openCodecStore(store.db);
    const model = (id: string) => findModel(id) ?? codecs.find(id)?.model;
    const entered = journal.write((append) => enterDevice(registry, model, form, clock.now(), append));
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

/** Installs a codec of another maker; the box runs it from its next start on. */
export async function addCodecOffline(cli: Cli, folder: string, form: AddCodec): Promise<AddCodecReply> {
  const store = openStoreOf(folder);
  const sandbox = createSandbox();
  try {
    const codecs = openCodecStore(store.db);
    const model = modelFor(form, codecs.find(form.model)?.model);
    if (model === undefined) throw boxProblem(cli.say, { code: "codec-use-missing", message: "codec-use-missing" });
    const { source, mapping, recvTime } = form;
    const result = await installCodec(codecs, sandbox, { model, source, mapping, recvTime, installedAt: cli.now() });
    if (!result.ok) throw boxProblem(cli.say, { code: result.refusal.code, message: refusalText(result.refusal) });
    return { codec: codecView(result.codec), change: result.change };
  } finally {
    await sandbox.stop();
    store.close();
  }
}

/** The codecs of other makers on a box that does not run; none where there is no box yet. */
export function codecsOffline(folder: string): CodecsReply {
  if (!existsSync(folder)) return { codecs: [] };
  const store = openStoreOf(folder);
  try {
    return { codecs: openCodecStore(store.db).all().map(codecView) };
  } finally {
    store.close();
  }
}

/** Throws the fault `box-in-use`. */
export function openStoreOf(folder: string) {
  try {
    return openBoxStore(folder);
  } catch (error) {
    if (!(error instanceof BoxInUse)) throw error;
    throw fault("box-in-use", { folder, holder: error.pid === undefined ? "" : ` (pid ${error.pid})` });
  }
}
