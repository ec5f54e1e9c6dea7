/** The registry of the box that is meant: through the box when it runs, else in its store, which only one process may hold. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type {
  AddDevice,
  AddDeviceReply,
  Deed,
  DeedReply,
  DeviceDetail,
  DevicesReply,
  EnterBatch,
  EnterBatchReply,
  RegistryReply,
  UndoReply,
  UndoRequest,
} from "../api/registry.ts";
import type { Cli } from "./cli.ts";
import { CliFault } from "./faults.ts";
import { type BoxOptions, dataFolderOf } from "./which-box.ts";

export interface BoxRegistry {
  readonly running: boolean;
  devices(): Promise<DevicesReply>;
  registry(): Promise<RegistryReply>;
  /** Of a DevEUI or an asset. */
  device(id: string): Promise<DeviceDetail>;
  addDevice(device: AddDevice): Promise<AddDeviceReply>;
  enterBatch(batch: EnterBatch): Promise<EnterBatchReply>;
  act(deed: Deed): Promise<DeedReply>;
  undo(request: UndoRequest): Promise<UndoReply>;
}

/** Nothing of `work` has happened when the box turns out not to run; every deed is idempotent where it stops in the middle. */
export async function withRegistry<T>(
  cli: Cli,
  options: BoxOptions,
  work: (registry: BoxRegistry) => Promise<T>,
  /** Whether a folder without a box becomes one: a device may be entered before its box first runs. */
  absent: "refused" | "made" = "refused",
): Promise<T> {
  const folder = await dataFolderOf(cli, options);
  const { createBoxClient } = await import("./box-client.ts");
  try {
    return await work({ running: true, ...createBoxClient(cli, folder) });
  } catch (error) {
    if (!(error instanceof CliFault && error.code === "box-not-running")) throw error;
    const { STORE_FILE } = await import("../gateway/box-store.ts");
    if (absent === "refused" && !existsSync(join(folder, STORE_FILE))) throw error;
  }
  const { openRegistryAtRest } = await import("./registry-at-rest.ts");
  const atRest = openRegistryAtRest(cli, folder);
  try {
    return await work(atRest);
  } finally {
    atRest.close();
  }
}
