/** The box's log: JSON lines on standard error, without secrets. */
import pino, { type DestinationStream, type Logger } from "pino";
import type { LogLevel } from "./config.ts";

/** Keys of LoRaWAN, passwords, tokens and private keys, wherever they stand in what is logged, three levels deep. */
const SECRETS = [
  "appKey",
  "nwkKey",
  "genAppKey",
  "appSKey",
  "nwkSKey",
  "nwkSEncKey",
  "sNwkSIntKey",
  "fNwkSIntKey",
  "mcAppSKey",
  "mcNwkSKey",
  "password",
  "secret",
  "token",
  "apiKey",
  "authorization",
  "key",
  "pfx",
  "passphrase",
];

const paths = SECRETS.flatMap((name) => [name, `*.${name}`, `*.*.${name}`, `*.*.*.${name}`]);

/** `to` is for tests; default is standard error, so that standard output stays for what a command prints. */
export const createLog = (level: LogLevel, to: DestinationStream = pino.destination({ dest: 2, sync: true })): Logger =>
  pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths, censor: "[redacted]" },
      serializers: { err: pino.stdSerializers.err },
    },
    to,
  );
