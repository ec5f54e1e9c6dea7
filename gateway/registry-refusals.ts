/** Why the registry says no, in words for logs and for who knows no better; the command line says it by code, with these figures beside. */
import type { Refusal } from "../device-registry/enter.ts";
import type { LifeRefusal } from "../device-registry/lifecycle.ts";
import type { Undone } from "../device-registry/store.ts";

/** No sentence, so that it stands under one of any language. */
export const refusalText = (refusal: Refusal | LifeRefusal): string => {
  switch (refusal.code) {
    case "unknown-model":
      return refusal.model;
    case "bad-asset-reference":
      return refusal.reference;
    case "asset-kind-differs":
      return "expected" in refusal
        ? `${refusal.reference} ≠ ${refusal.expected}`
        : `${refusal.model} ≠ ${refusal.asset}`;
    case "device-retired":
      return refusal.device;
    case "use-missing":
      return refusal.reference;
    case "unknown-device":
      return refusal.device;
    case "unknown-asset":
      return refusal.asset;
    case "wrong-state":
      return `${refusal.device}: ${refusal.state} ≠ ${refusal.allowed}`;
    case "not-installed":
      return refusal.device;
    case "asset-vacant":
      return refusal.asset;
    case "model-differs":
      return `${refusal.device}: ${refusal.model}`;
    case "device-busy":
      return `${refusal.device}: ${refusal.asset}`;
  }
};

/** Which later step stands in the way. */
export const undoText = (refusal: Extract<Undone, { ok: false }>): string =>
  refusal.code === "changed-since" ? `${refusal.later.id}: ${refusal.later.action}, ${refusal.later.by}` : refusal.code;
