/** What the store keeps, as the API tells it. */

import type {
  AssetView,
  BoxView,
  CommandForm,
  CommandView,
  Latest,
  LoraGatewaysView,
  ReadingView,
  StorageView,
} from "../../api/schemas.ts";
import type { LoraGateways, Storage } from "../../cloud-sync/protocol/entry.ts";
import { isTerminal } from "../../commands/command.ts";
import { proofOf } from "../../commands/transitions.ts";
import { stillKnocks } from "../store/knocks.ts";
import type { AssetState, BoxState, LatestValue, StoredCommand, StoredReading } from "../store/words.ts";
import { makerFields } from "./maker-fields.ts";

/** A box is alive while its last proof of life is younger. */
export const ALIVE_MS = 45_000;

export const iso = (ms: number): string => new Date(ms).toISOString();

export const isAlive = (box: Pick<BoxState, "lastProofAt">, now: number): boolean =>
  box.lastProofAt !== undefined && now - box.lastProofAt < ALIVE_MS;

const storageView = ({ since, ...told }: Storage): StorageView => ({
  ...told,
  ...(since === undefined ? {} : { since: iso(since) }),
});

const loraGatewaysView = ({ checkedAt, gateways, ...told }: LoraGateways): LoraGatewaysView => ({
  ...told,
  ...(checkedAt === undefined ? {} : { checkedAt: iso(checkedAt) }),
  gateways: gateways.map(({ lastSeenAt, ...gateway }) => ({
    ...gateway,
    ...(lastSeenAt === undefined ? {} : { lastSeenAt: iso(lastSeenAt) }),
  })),
});

export const boxView = (box: BoxState, now: number): BoxView => {
  const { health } = box;
  return {
    box: box.name,
    communes: [...box.communes],
    durableSeq: box.durableSeq,
    alive: isAlive(box, now),
    quarantined: box.quarantined,
    repeats: box.repeats,
    ...(box.incident === undefined ? {} : { incident: box.incident }),
    ...(box.keptOut === undefined || !stillKnocks(box.keptOut.at, now) ? {} : { knocking: `${box.keptOut.incident}` }),
    ...(box.epoch === undefined ? {} : { epoch: box.epoch }),
    ...(box.lastProofAt === undefined ? {} : { lastProofAt: iso(box.lastProofAt) }),
    ...(box.clockOffsetMs === undefined ? {} : { clockOffsetMs: box.clockOffsetMs }),
    ...(box.certificateEndsAt === undefined ? {} : { certificateEndsAt: iso(box.certificateEndsAt) }),
    ...(health === undefined
      ? {}
      : {
          waiting: Math.max(0, health.lastSeq - box.durableSeq),
          brokerConnected: health.brokerConnected,
          firstHop: { lossless: health.firstHop.lossless, reasons: [...health.firstHop.reasons] },
          devices: health.devices,
          unregistered: health.unregistered,
          duplicates: health.duplicates,
          ...(health.rewinds === undefined ? {} : { rewinds: health.rewinds }),
          ...(health.loraGateways === undefined ? {} : { loraGateways: loraGatewaysView(health.loraGateways) }),
          ...(health.storage === undefined ? {} : { storage: storageView(health.storage) }),
          version: health.version,
          ...(health.daysLeft === undefined ? {} : { daysLeft: health.daysLeft }),
        }),
  };
};

const deviceView = ({
  since,
  health,
  healthAt,
  ...device
}: NonNullable<AssetState["device"]>): NonNullable<AssetView["device"]> => ({
  ...device,
  ...(since === undefined ? {} : { since: iso(since) }),
  ...(health === undefined || healthAt === undefined ? {} : { health: { ...health, at: iso(healthAt) } }),
});

const latestView = ({ at, correctedAt, ...value }: LatestValue): Latest => ({
  ...value,
  at: iso(at),
  ...(correctedAt === undefined ? {} : { correctedAt: iso(correctedAt) }),
});

export const assetView = (
  { latest, lastSeenAt, device, installations, ...asset }: AssetState,
  commands: readonly CommandForm[],
  expectedIntervalSeconds: number | undefined,
): AssetView => ({
  ...asset,
  attributes: { ...asset.attributes },
  ...(device === undefined ? {} : { device: deviceView(device) }),
  installations: installations.map(({ device, since, until }) => ({
    device,
    ...(since === 0 ? {} : { since: iso(since) }),
    ...(until === undefined ? {} : { until: iso(until) }),
  })),
  latest: Object.fromEntries(Object.entries(latest).map(([name, value]) => [name, latestView(value)])),
  ...(lastSeenAt === undefined ? {} : { lastSeenAt: iso(lastSeenAt) }),
  commands: [...commands],
  ...(expectedIntervalSeconds === undefined ? {} : { expectedIntervalSeconds }),
});

const measured = (quantities: StoredReading["measurements"]): ReadingView["measurements"] =>
  Object.fromEntries(quantities.map(({ name, value, unit }) => [name, { value, unit }]));

export const readingView = (stored: StoredReading, withFields: boolean): ReadingView => {
  const { frame, measurements, history, at, receivedAt, notes, corrected, ...reading } = stored;
  const fields = withFields ? makerFields(stored) : undefined;
  return {
    ...reading,
    at: iso(at),
    receivedAt: iso(receivedAt),
    frame: Buffer.from(frame).toString("hex"),
    measurements: measured(measurements),
    ...(fields === undefined ? {} : { fields: { ...fields } }),
    history: history.map((past) => ({ at: iso(past.at), measurements: measured(past.measurements) })),
    notes: [...notes],
    ...(corrected === undefined ? {} : { corrected: { ...corrected, at: iso(corrected.at) } }),
  };
};

/** @param box of the command's target; its silence makes what follows unknown. */
export const commandView = (command: StoredCommand, box: BoxState | undefined, now: number): CommandView => {
  const terminal = isTerminal(command.state);
  const silentSince = terminal || box === undefined || isAlive(box, now) ? undefined : box.lastProofAt;
  return {
    id: command.id,
    target: command.target,
    name: command.name,
    fields: { ...command.fields },
    author: command.author,
    precedence: command.precedence,
    requestedAt: iso(command.requestedAt),
    expiresAt: iso(command.expiresAt),
    ...(command.holdUntil === undefined ? {} : { holdUntil: iso(command.holdUntil) }),
    ...(command.reason === undefined ? {} : { reason: command.reason }),
    ...(command.mass === undefined ? {} : { mass: { ...command.mass } }),
    state: command.state,
    terminal,
    proof: proofOf(command.steps),
    ...(silentSince === undefined ? {} : { unknownSince: iso(silentSince) }),
    steps: command.steps.map(({ at, ...step }) => ({ ...step, at: iso(at) })),
  };
};
