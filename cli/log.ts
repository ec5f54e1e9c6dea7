import { destination, type Logger, pino } from "pino";
import type { LogLevel } from "../gateway/config.ts";

/** Names under which secrets travel; whatever part logs one by mistake, it is not written. */
const SECRET = [
  ...["password", "passphrase", "secret", "token", "authorization", "key", "apiKey", "privateKey", "pfx"],
  // LoRaWAN's own, as ChirpStack spells them.
  ...["appKey", "nwkKey", "genAppKey", "appSKey", "nwkSKey", "nwkSEncKey", "sNwkSIntKey", "fNwkSIntKey"],
  ...["mcAppSKey", "mcNwkSKey"],
];

/** JSON lines on standard error: standard output is for what the command answers. */
export function createLog(part: string, level: LogLevel): Logger {
  const paths = SECRET.flatMap((name) => [name, `*.${name}`, `*.*.${name}`, `*.*.*.${name}`]);
  return pino(
    { name: part, level, redact: { paths, censor: "[redacted]" }, base: { part } },
    destination({ dest: 2, sync: true }),
  );
}
