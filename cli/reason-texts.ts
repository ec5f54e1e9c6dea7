/** Why a command stands or ended as it did, in the person's language; a reason without a text is shown as it came. */
import type { Cli } from "./cli.ts";

const KNOWN = [
  "held-by",
  "takeover-needs-reason",
  "waits-for-clock",
  "waits-for-consent",
  "no-consent",
  "past-expiry",
  "no-word",
  "left-queue",
  "no-effect-in-time",
  "unheard",
  "no-acknowledgement",
  "superseded-by",
  "proved",
  "inferred",
  "by",
  "unknown-asset",
  "unknown-command",
  "no-device",
  "unknown-group",
  "not-in-group",
  "keys-unusable",
  "too-late",
] as const;

/** Reasons are codes, some with a detail after a colon. */
export const reasonText = (cli: Pick<Cli, "say">, reason: string): string => {
  const cut = reason.indexOf(":");
  const [code, detail] = cut === -1 ? [reason, ""] : [reason.slice(0, cut), reason.slice(cut + 1)];
  const key = KNOWN.find((known) => known === code);
  return key === undefined ? reason : cli.say(`why.${key}`, { detail: whereText(cli, detail) });
};

const PLACES = ["on-air", "acknowledged", "multicast", "counter"] as const;

const whereText = (cli: Pick<Cli, "say">, detail: string): string => {
  const key = PLACES.find((known) => known === detail);
  return key === undefined ? detail : cli.say(`why.of.${key}`);
};
