/** What can be done on a box that does not run: its store is opened here, which keeps any other process out meanwhile. */

import { existsSync } from "node:fs";
import { join } from "node:path";
import type { AddCodec, AddCodecReply, CodecsReply } from "../api/control.ts";
import { createSandbox } from "../codecs/sandbox/index.ts";
import { BoxInUse, isDamage, STORE_FILE } from "../gateway/box-store.ts";
import { createBoxClock, systemClock } from "../gateway/clock.ts";
import { openCodecStore } from "../gateway/codec-store.ts";
import { codecView, refusalText } from "../gateway/control/codecs.ts";
import { installCodec } from "../gateway/foreign-codecs.ts";
import { modelFor } from "../gateway/foreign-model.ts";
import { openAtRest } from "../gateway/stores.ts";
import { type Cli, readingWidth } from "./cli.ts";
import { fault } from "./faults.ts";
import { boxProblem } from "./problem-texts.ts";
import { wrap } from "./terminal/wrap.ts";

/** Installs a codec of another maker; the box runs it from its next start on. */
export async function addCodecOffline(cli: Cli, folder: string, form: AddCodec): Promise<AddCodecReply> {
  const store = openStoreOf(cli, folder);
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
export function codecsOffline(cli: Cli, folder: string): CodecsReply {
  if (!existsSync(folder)) return { codecs: [] };
  const store = openStoreOf(cli, folder);
  try {
    return { codecs: openCodecStore(store.db).all().map(codecView) };
  } finally {
    store.close();
  }
}

/**
 * Held until it is closed: no box can start meanwhile. A damaged file is built anew as the box would do it, and that is said. Throws
 * the faults `box-in-use` and `store-unusable`.
 */
export function openStoreOf(cli: Cli, folder: string) {
  try {
    const { store, lost } = openAtRest(folder, createBoxClock(systemClock));
    if (lost !== undefined)
      for (const line of wrap(cli.say("box-at-rest.rebuilt", { file: store.file, n: lost }), readingWidth(cli.err)))
        cli.err.line(line);
    return store;
  } catch (error) {
    throw atRestFault(error, folder);
  }
}

/** What the world does to the store of a box that does not run, as a fault; a mistake of ours stays as it is. */
export function atRestFault(error: unknown, folder: string): unknown {
  if (error instanceof BoxInUse)
    return fault("box-in-use", { folder, holder: error.pid === undefined ? "" : ` (pid ${error.pid})` });
  if (isDamage(error)) return fault("journal-damaged", { file: join(folder, STORE_FILE), detail: error.message });
  const isOfTheWorld =
    error instanceof Error && "code" in error && /^(?:SQLITE_|E[A-Z]+$|disk-absent$)/.test(String(error.code));
  return isOfTheWorld ? fault("store-unusable", { folder, detail: error.message }) : error;
}
