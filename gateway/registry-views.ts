/** The registry as the control socket tells it. */
import type { AssetRecordView, DeviceView, InstallationView, OperationView } from "../api/registry.ts";
import type { Operation } from "../device-registry/operations.ts";
import type { Asset, Device, Installation } from "../device-registry/words.ts";

const iso = (ms: number): string => new Date(ms).toISOString();

type Given<T> = { [K in keyof T]?: Exclude<T[K], undefined> };
const given = <T extends object>(values: T): Given<T> =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Given<T>;

/** What is known of a device beside its record. */
export interface DeviceContext {
  readonly asset: Asset | undefined;
  /** ms since 1970. */
  readonly lastSeenAt: number | undefined;
  readonly keys: DeviceView["keys"];
  readonly health?: DeviceView["health"];
}

export const deviceView = (device: Device, { asset, lastSeenAt, keys, health }: DeviceContext): DeviceView => {
  const { applicationId: _, since, ...record } = device;
  return {
    ...record,
    ...given({
      since: since === undefined ? undefined : iso(since),
      commune: asset?.commune,
      name: asset?.name,
      lastSeenAt: lastSeenAt === undefined ? undefined : iso(lastSeenAt),
      keys,
      health,
    }),
  };
};

export const assetRecordView = (asset: Asset): AssetRecordView => ({ ...asset, attributes: { ...asset.attributes } });

export const installationView = ({ asset, device, since, until }: Installation): InstallationView => ({
  asset,
  device,
  ...(since === 0 ? {} : { since: iso(since) }),
  ...(until === undefined ? {} : { until: iso(until) }),
});

export const operationView = ({ at, ...operation }: Operation): OperationView => ({ ...operation, at: iso(at) });
