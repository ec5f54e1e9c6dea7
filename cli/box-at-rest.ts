/** What can be done on a box that does not run: its store is opened here, which keeps any other process out meanwhile. */

import { existsSync } from "node:fs";
import type { AddCodec, AddCodecReply, CodecsReply } from "../api/control.ts";
import { createSandbox } from "../codecs/sandbox/index.ts";
import { BoxInUse, openBoxStore } from "../gateway/box-store.ts";
import { createBoxClock, systemClock } from "../gateway/clock.ts";
import { openCodecStore } from "../gateway/codec-store.ts";
import { codecView, refusalText } from "../gateway/control/codecs.ts";
import { installCodec } from "../gateway/foreign-codecs.ts";
import { modelFor } from "../gateway/foreign-model.ts";
import { declareSalvaged } from "../gateway/stores.ts";
import type { Cli } from "./cli.ts";
import { fault } from "./faults.ts";
import { boxProblem } from "./problem-texts.ts";

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

/** Held until it is closed: no box can start meanwhile. Throws the fault `box-in-use`. */
export function openStoreOf(folder: string) {
  try {
    const store = openBoxStore(folder);
    declareSalvaged(store, createBoxClock(systemClock));
    return store;
  } catch (error) {
    if (!(error instanceof BoxInUse)) throw error;
    throw fault("box-in-use", { folder, holder: error.pid === undefined ? "" : ` (pid ${error.pid})` });
  }
}
