/** What the box says of itself: to its people (status) and with every batch to the region (health). */
import { existsSync, readFileSync } from "node:fs";
import type { BoxStatus } from "../api/control.ts";
import type { LoraGatewaysView, StorageView } from "../api/schemas.ts";
import type { Journal } from "../cloud-sync/journal/journal.ts";
import type { BoxHealth, ClockQuality, LoraGateways, Storage } from "../cloud-sync/protocol/entry.ts";
import type { Registry } from "../device-registry/store.ts";
import { type BoxState, confirmedOf } from "./box-state.ts";
import type { GatewayConfig } from "./config.ts";
import type { Disk } from "./disk.ts";
import type { FirstHop } from "./first-hop.ts";
import { NETWORK_LOST_ALARM } from "./network-keeper.ts";
import type { Space } from "./space.ts";

/** Name of the region among the journal's destinations. */
export const REGION = "region";

export interface HealthParts {
  readonly config: GatewayConfig;
  /** ms since 1970. */
  readonly startedAt: number;
  readonly clock: { quality(): ClockQuality };
  readonly journal: Pick<Journal, "epoch" | "lastSeq" | "oldestSeq" | "bytes" | "cursor" | "lost">;
  readonly registry: Pick<Registry, "count" | "communes">;
  readonly state: BoxState;
  readonly firstHop: FirstHop;
  readonly space: Space;
  readonly disk: Pick<Disk, "state" | "since" | "held">;
  readonly openCommands: () => number;
  /** Devices at work that do not speak as they use to. */
  readonly silence: () => BoxStatus["silence"];
  readonly broker: () => { readonly connected: boolean; readonly since: number | undefined };
  /** Absent while the box works alone. */
  readonly region: () =>
    | {
        readonly connected: boolean;
        readonly lastReplyAt: number | undefined;
        readonly lastError: string | undefined;
        readonly refusal: NonNullable<BoxStatus["hypervisor"]>["refusal"] | undefined;
        readonly incident: string | undefined;
        readonly sent: { readonly batches: number; readonly entries: number; readonly bytes: number };
        readonly certificate: { readonly endsAt: number; readonly renewalError: string | undefined };
      }
    | undefined;
  /** Absent without access to ChirpStack's API. */
  readonly loraGateways: () => LoraGateways | undefined;
  /** Devices that were heard and that the network server does not know any more. */
  readonly networkLost: () => number | undefined;
  /** Lamps that did not take the keys of their group, and are not told them any more. */
  readonly withoutKeys: () => number;
}

/** Told to the region, the silent ones first: a batch should not grow with a network server that serves a whole county. */
const LORA_GATEWAYS_TOLD_MAX = 50;

export interface Health {
  status(): BoxStatus;
  health(): BoxHealth;
}

const iso = (ms: number): string => new Date(ms).toISOString();

/** Version of the package, beside the sources or one folder above the compiled ones. */
const versionOf = (): string => {
  const candidates = [new URL("../package.json", import.meta.url), new URL("../../package.json", import.meta.url)];
  const file = candidates.find((url) => existsSync(url));
  if (file === undefined) return "unknown";
  return (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version;
};

const loraGatewaysView = ({ checkedAt, fault, gateways }: LoraGateways): LoraGatewaysView => ({
  ...(checkedAt === undefined ? {} : { checkedAt: iso(checkedAt) }),
  ...(fault === undefined ? {} : { fault }),
  gateways: gateways.map(({ lastSeenAt, ...gateway }) => ({
    ...gateway,
    ...(lastSeenAt === undefined ? {} : { lastSeenAt: iso(lastSeenAt) }),
  })),
});

const certificateView = ({ endsAt, renewalError }: { endsAt: number; renewalError: string | undefined }) => ({
  endsAt: iso(endsAt),
  ...(renewalError === undefined ? {} : { renewalError }),
});

const storageView = ({ since, ...rest }: Storage): StorageView => ({
  ...rest,
  lost: { ...rest.lost },
  ...(since === undefined ? {} : { since: iso(since) }),
});

export const createHealth = (parts: HealthParts): Health => {
  const { config, journal, registry, state, firstHop, space } = parts;
  const version = versionOf();
  const days = () => {
    const daysLeft = space.daysLeft();
    return daysLeft === undefined ? {} : { daysLeft };
  };
  const storage = (): Storage => {
    const { state: diskState, since } = parts.disk;
    return {
      state: diskState === "ok" && space.shedding ? "shedding" : diskState,
      ...(since === undefined ? {} : { since }),
      limitBytes: space.limitBytes(),
      usedBytes: space.usedBytes(),
      lost: journal.lost(),
    };
  };

  const hypervisor = (): Pick<BoxStatus, "hypervisor"> => {
    if (config.hypervisor === undefined) return {};
    const { connected = false, lastReplyAt, lastError, refusal, incident, sent, certificate } = parts.region() ?? {};
    return {
      hypervisor: {
        url: config.hypervisor.url,
        connected,
        ...(lastReplyAt === undefined ? {} : { lastReplyAt: iso(lastReplyAt) }),
        ...(lastError === undefined ? {} : { lastError }),
        ...(refusal === undefined ? {} : { refusal }),
        ...(incident === undefined ? {} : { incident }),
        ...(sent === undefined ? {} : { sent }),
        ...(certificate === undefined ? {} : { certificate: certificateView(certificate) }),
      },
    };
  };

  const networkStatus = (): Pick<BoxStatus, "network"> => {
    const lost = parts.networkLost();
    return lost === undefined ? {} : { network: { lost, withoutKeys: parts.withoutKeys() } };
  };

  const journalStatus = (): BoxStatus["journal"] => {
    const durableSeq = journal.cursor(REGION).seq;
    return {
      epoch: journal.epoch,
      lastSeq: journal.lastSeq,
      durableSeq,
      waiting: config.hypervisor === undefined ? 0 : journal.lastSeq - durableSeq,
      bytes: journal.bytes(),
      freeBytes: space.freeBytes(),
      ...days(),
      storage: storageView(storage()),
      held: parts.disk.held,
    };
  };

  return {
    status() {
      const { lossless, reasons, remedy } = firstHop.status();
      const { connected, since } = parts.broker();
      const loraGateways = parts.loraGateways();
      return {
        box: config.box,
        version,
        startedAt: iso(parts.startedAt),
        communes: [...registry.communes()],
        broker: { url: config.broker.url, connected, ...(since === undefined ? {} : { since: iso(since) }) },
        firstHop: { lossless, reasons: [...reasons], remedy: [...remedy] },
        ...(loraGateways === undefined ? {} : { loraGateways: loraGatewaysView(loraGateways) }),
        ...networkStatus(),
        ...hypervisor(),
        journal: journalStatus(),
        counts: {
          devices: registry.count().devices,
          unregistered: state.count("unregistered"),
          readings: state.count("readings"),
          undecoded: state.count("undecoded"),
          duplicates: state.count("duplicates"),
          rewinds: state.count("rewinds"),
          unknownEvents: state.count("unknownEvents"),
        },
        silence: parts.silence(),
        clock: parts.clock.quality(),
        openCommands: parts.openCommands(),
      };
    },
    health() {
      const hop = firstHop.status();
      // Frames of devices that the server does not know end there.
      const lost = parts.networkLost() ?? 0;
      const reasons = lost === 0 ? hop.reasons : [...hop.reasons, NETWORK_LOST_ALARM];
      const loraGateways = parts.loraGateways();
      return {
        lastSeq: journal.lastSeq,
        oldestSeq: journal.oldestSeq,
        confirmedSeq: confirmedOf(state, journal.cursor(REGION)),
        journalBytes: journal.bytes(),
        freeBytes: space.freeBytes(),
        ...days(),
        firstHop: { lossless: reasons.length === 0, reasons },
        brokerConnected: parts.broker().connected,
        devices: registry.count().devices,
        unregistered: state.count("unregistered"),
        duplicates: state.count("duplicates"),
        rewinds: state.count("rewinds"),
        ...(loraGateways === undefined
          ? {}
          : { loraGateways: { ...loraGateways, gateways: loraGateways.gateways.slice(0, LORA_GATEWAYS_TOLD_MAX) } }),
        storage: storage(),
        version,
      };
    },
  };
};
