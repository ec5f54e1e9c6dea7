/** The way to the region: certificates, the private key, and whether the hypervisor answers to them. */
import { createHttpsTransport } from "../../cloud-sync/https.ts";
import { createBoxTime } from "../box-time.ts";
import type { GatewayConfig } from "../config.ts";
import { type BoxIdentity, IdentityFault, readIdentity } from "../identity.ts";
import { isExposed, synchronised } from "./host.ts";
import { type Finding, finding } from "./words.ts";

type Region = NonNullable<GatewayConfig["hypervisor"]>;

const DAY_MS = 86_400_000;
/** A box renews its 90 days early; who has fewer left than this does not. */
const DAYS_MIN = 21;
const ANSWER_MS_MAX = 8_000;
/** Batches bear more, but people compare times to the minute. */
const OFFSET_MS_MAX = 60_000;

const detailOf = (error: unknown): string => (error instanceof Error ? error.message.split("\n")[0]! : String(error));

const day = (ms: number): string => new Date(ms).toISOString().slice(0, 10);

const lifetimeFinding = (file: string, { beginsAt, endsAt }: BoxIdentity, now: number): Finding[] => {
  const days = Math.floor((endsAt - now) / DAY_MS);
  const date = day(endsAt);
  if (now > endsAt) return [finding("region", "certificate-ended", "bad", { file, date })];
  if (now < beginsAt) return [finding("region", "certificate-not-yet", "bad", { file, date: day(beginsAt) })];
  return days < DAYS_MIN ? [finding("region", "certificate-ends", "warning", { file, date, n: days })] : [];
};

/** Files only; nothing is asked of anybody. */
export const lookAtCertificates = ({ identityFile: file }: Region, now: number): Finding[] => {
  try {
    const identity = readIdentity(file);
    const exposed = isExposed(file) ? [finding("region", "private-key-exposed", "bad", { file })] : [];
    return [...lifetimeFinding(file, identity, now), ...exposed];
  } catch (error) {
    if (error instanceof IdentityFault && error.code === "other-key")
      return [finding("region", "certificate-other-key", "bad", { file })];
    return [finding("region", "certificate-unreadable", "bad", { file, detail: detailOf(error) })];
  }
};

/** One request with the box's certificate; any answer proves the way, and its `Date` the clock. */
const ask = async ({ url, identityFile }: Region, now: () => number): Promise<{ readonly date?: number }> => {
  const quality = () => (synchronised() === true ? ("confirmed" as const) : ("unknown" as const));
  const transport = createHttpsTransport({
    ...readIdentity(identityFile),
    url,
    silenceMs: ANSWER_MS_MAX,
    time: createBoxTime({ clock: { now, quality } }),
  });
  try {
    const { headers } = await transport.send({ method: "GET", path: "/v1/boxes", headers: {} });
    const date = Date.parse(headers.date ?? "");
    return Number.isNaN(date) ? {} : { date };
  } finally {
    transport.close();
  }
};

const WITHOUT_IDENTITY: ReadonlySet<string> = new Set(["certificate-unreadable", "certificate-other-key"]);
const TLS_REFUSAL = /^server-|certificate|alert|handshake/i;

export const lookAtRegion = async (region: Region | undefined, now: () => number): Promise<Finding[]> => {
  if (region === undefined) return [finding("region", "region-alone", "good")];
  const files = lookAtCertificates(region, now());
  // Without it nobody can be asked.
  if (files.some(({ code }) => WITHOUT_IDENTITY.has(code))) return files;
  const { url } = region;
  try {
    const answer = await ask(region, now);
    const offset = answer.date === undefined ? 0 : answer.date - now();
    const clock =
      Math.abs(offset) > OFFSET_MS_MAX
        ? [finding("clock", "clock-offset", "bad", { seconds: Math.round(Math.abs(offset) / 1_000) })]
        : [];
    const date = day(readIdentity(region.identityFile).endsAt);
    const well = files.length === 0 ? [finding("region", "region-well", "good", { url, date })] : [];
    return [...files, ...well, ...clock];
  } catch (error) {
    const detail = detailOf(error);
    const code = TLS_REFUSAL.test(detail) ? "region-refused" : "region-unreachable";
    return [...files, finding("region", code, "bad", { url, detail })];
  }
};
