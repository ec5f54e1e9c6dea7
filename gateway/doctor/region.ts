/** The way to the region: certificates, the private key, and whether the hypervisor answers to them. */
import { createPrivateKey, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { createHttpsTransport } from "../../cloud-sync/https.ts";
import { createBoxTime } from "../box-time.ts";
import type { GatewayConfig } from "../config.ts";
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

const certificateFinding = (file: string, now: number): Finding[] => {
  const certificate = new X509Certificate(readFileSync(file));
  const [from, to] = [certificate.validFromDate.getTime(), certificate.validToDate.getTime()];
  const days = Math.floor((to - now) / DAY_MS);
  const date = certificate.validToDate.toISOString().slice(0, 10);
  if (now > to) return [finding("region", "certificate-ended", "bad", { file, date })];
  if (now < from)
    return [
      finding("region", "certificate-not-yet", "bad", {
        file,
        date: certificate.validFromDate.toISOString().slice(0, 10),
      }),
    ];
  return days < DAYS_MIN ? [finding("region", "certificate-ends", "warning", { file, date, n: days })] : [];
};

/** Files only; nothing is asked of anybody. */
export const lookAtCertificates = (region: Region, now: number): Finding[] => {
  const { certificateFile, keyFile, caFile } = region;
  const findings: Finding[] = [];
  for (const file of [certificateFile, caFile]) {
    try {
      findings.push(...certificateFinding(file, now));
    } catch (error) {
      findings.push(finding("region", "certificate-unreadable", "bad", { file, detail: detailOf(error) }));
    }
  }
  try {
    const key = createPrivateKey(readFileSync(keyFile));
    if (isExposed(keyFile)) findings.push(finding("region", "private-key-exposed", "bad", { file: keyFile }));
    const certificate = new X509Certificate(readFileSync(certificateFile));
    if (!certificate.checkPrivateKey(key))
      findings.push(finding("region", "certificate-other-key", "bad", { file: certificateFile, key: keyFile }));
  } catch (error) {
    if (!findings.some(({ code, values }) => code === "certificate-unreadable" && values.file === certificateFile))
      findings.push(finding("region", "certificate-unreadable", "bad", { file: keyFile, detail: detailOf(error) }));
  }
  return findings;
};

/** One request with the box's certificate; any answer proves the way, and its `Date` the clock. */
const ask = async (
  { url, certificateFile, keyFile, caFile }: Region,
  now: () => number,
): Promise<{ readonly date?: number }> => {
  const quality = () => (synchronised() === true ? ("confirmed" as const) : ("unknown" as const));
  const transport = createHttpsTransport({
    url,
    cert: readFileSync(certificateFile, "utf8"),
    key: readFileSync(keyFile, "utf8"),
    ca: readFileSync(caFile, "utf8"),
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

const TLS_REFUSAL = /^server-|certificate|alert|handshake/i;

export const lookAtRegion = async (region: Region | undefined, now: () => number): Promise<Finding[]> => {
  if (region === undefined) return [finding("region", "region-alone", "good")];
  const files = lookAtCertificates(region, now());
  const { url } = region;
  try {
    const { date } = await ask(region, now);
    const offset = date === undefined ? 0 : date - now();
    const clock =
      Math.abs(offset) > OFFSET_MS_MAX
        ? [finding("clock", "clock-offset", "bad", { seconds: Math.round(Math.abs(offset) / 1_000) })]
        : [];
    const well = files.length === 0 ? [finding("region", "region-well", "good", { url })] : [];
    return [...files, ...well, ...clock];
  } catch (error) {
    const detail = detailOf(error);
    const code = TLS_REFUSAL.test(detail) ? "region-refused" : "region-unreachable";
    return [...files, finding("region", code, "bad", { url, detail })];
  }
};
