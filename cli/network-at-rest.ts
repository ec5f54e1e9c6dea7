/** Provisioning for a box that does not run: its store is opened here, which keeps any other process out meanwhile. */
import type { AddGateway, AddGroup, NetworkLine } from "../api/network.ts";
import { openJournal } from "../cloud-sync/journal/journal.ts";
import { openKeyStore } from "../device-registry/keys/index.ts";
import { findModel } from "../device-registry/models.ts";
import { openNetworkStore } from "../device-registry/network/store.ts";
import { openRegistry } from "../device-registry/store.ts";
import { bootId, createBoxClock, systemClock } from "../gateway/clock.ts";
import { openCodecStore } from "../gateway/codec-store.ts";
import type { GatewayConfig } from "../gateway/config.ts";
import { networkLines, putGateway, putGroup } from "../gateway/control/network.ts";
import { createNetworkDesk } from "../gateway/network-desk.ts";
import { openStoreOf } from "./box-at-rest.ts";
import type { Cli } from "./cli.ts";

export interface NetworkAtRest {
  lines(verb: "plan" | "apply", prune: boolean): AsyncIterable<NetworkLine>;
  close(): void;
}

const QUIET = { info: () => undefined, warn: () => undefined };

export function openNetworkAtRest(
  cli: Cli,
  folder: string,
  chirpstack: NonNullable<GatewayConfig["chirpstack"]>,
): NetworkAtRest {
  const box = openStoreOf(cli, folder);
  const clock = createBoxClock(systemClock);
  const boot = bootId();
  const journal = openJournal(box.db, {
    clock: { now: () => ({ wall: clock.now(), mono: clock.mono(), clock: clock.quality() }) },
    ...(boot === undefined ? {} : { bootId: boot }),
  });
  const codecs = openCodecStore(box.db);
  const desk = createNetworkDesk({
    ...chirpstack,
    registry: openRegistry(box.db),
    keys: openKeyStore(box.db, { folder }),
    store: openNetworkStore(box.db),
    findModel: (id) => findModel(id) ?? codecs.find(id)?.model,
    lastSeenAt: () => undefined,
    write: (work) => journal.write(work),
    clock,
    log: QUIET,
  });
  return {
    lines: (verb, prune) =>
      networkLines(
        async (options) =>
          verb === "plan"
            ? { planned: await desk.plan({ ...options, prune }) }
            : { applied: await desk.apply({ ...options, prune }) },
        new AbortController().signal,
      ),
    close: () => box.close(),
  };
}

export function declareAtRest(
  cli: Cli,
  folder: string,
  what: { readonly gateway: AddGateway } | { readonly group: AddGroup },
): void {
  const box = openStoreOf(cli, folder);
  try {
    const parts = { keys: openKeyStore(box.db, { folder }), networkStore: openNetworkStore(box.db) };
    const enter = box.db.transaction(() => {
      if ("gateway" in what) putGateway(what.gateway, parts);
      else putGroup(what.group, parts);
    });
    enter.immediate();
  } finally {
    box.close();
  }
}
