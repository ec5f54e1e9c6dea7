/** Looks at everything between a device's frame and the region, and says how it is. Changes nothing. */
import { existsSync } from "node:fs";
import type { BoxStatus, CLOSED_CODES } from "../../api/control.ts";
import type { GatewayConfig } from "../config.ts";
import { lookAtApi } from "./api.ts";
import { CHIRPSTACK_FOLDERS, lookAtChirpStack } from "./chirpstack-file.ts";
import { lookAtClock, lookAtDisk, lookAtKeys, lookAtPorts, synchronised } from "./host.ts";
import { lookAtMosquitto, MOSQUITTO_FILE } from "./mosquitto-file.ts";
import { lookAtRedis } from "./redis.ts";
import { lookAtRegion } from "./region.ts";
import { type Finding, finding } from "./words.ts";

export interface DoctorParts {
  readonly config: GatewayConfig;
  /** Of the running box; undefined when it does not run, or cannot open its data. */
  readonly status: BoxStatus | undefined;
  /** Why it cannot. */
  readonly closed?: (typeof CLOSED_CODES)[number];
  /** ChirpStack's configuration folder; without it where packages put it. */
  readonly chirpstackFolder?: string;
  readonly mosquittoFile?: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly now: () => number;
}

const networkFindings = (status: BoxStatus | undefined): Finding[] => {
  const lost = status?.network?.lost ?? 0;
  return lost === 0 ? [] : [finding("api", "network-lost", "bad", { n: lost })];
};

const boxFindings = ({ status, closed, config: { dataFolder: folder } }: DoctorParts): Finding[] => {
  if (closed !== undefined) return [finding("box", `box-${closed}`, "bad", { folder })];
  const disk = status?.journal.storage.state;
  if (disk === "full" || disk === "read-only" || disk === "failing")
    return [finding("box", `box-disk-${disk}`, "bad", { folder })];
  if (status === undefined) return [finding("box", "box-off", "warning", { folder })];
  if (status.firstHop.lossless || !status.broker.connected)
    return [finding("box", "box-well", "good", { box: status.box })];
  return [finding("box", "box-first-hop", "bad", { reasons: status.firstHop.reasons.join("; ") })];
};

/** Only a broker of this machine has a file here. */
const isHere = (url: string): boolean => ["localhost", "127.0.0.1", "[::1]"].includes(new URL(url).hostname);

export const examine = async (parts: DoctorParts): Promise<readonly Finding[]> => {
  const { config, status, env, now } = parts;
  const found = parts.chirpstackFolder ?? CHIRPSTACK_FOLDERS.find((folder) => existsSync(folder));
  const broker = parts.mosquittoFile !== undefined || isHere(config.broker.url);
  const [api, redis, region] = await Promise.all([
    lookAtApi(config.chirpstack),
    lookAtRedis(config.redis),
    lookAtRegion(config.hypervisor, now),
  ]);
  return [
    ...boxFindings(parts),
    ...lookAtChirpStack(found, config.box),
    ...(broker ? lookAtMosquitto(parts.mosquittoFile ?? MOSQUITTO_FILE) : []),
    lookAtClock(now(), synchronised()),
    lookAtDisk(config.dataFolder),
    lookAtKeys(config.dataFolder, env),
    ...region,
    ...api,
    ...networkFindings(status),
    ...redis,
    lookAtPorts(),
  ];
};
