import type { SameKeys } from "../catalogue.ts";
import type { reasonFr } from "./reason-fr.ts";

export const reasonEn: SameKeys<typeof reasonFr> = {
  "reason.by": "Taken back by somebody.",
  "reason.held-by": "A stronger command holds the asset.",
  "reason.takeover-needs-reason": "Somebody else holds the asset: say why you take it over.",
  "reason.inferred": "Inferred: ChirpStack does not tell.",
  "reason.keys-unusable": "The box’s sealed keys cannot be opened.",
  "reason.left-queue": "Gone from ChirpStack’s queue without a word.",
  "reason.no-word": "ChirpStack said nothing.",
  "reason.unheard": "Cut off from its MQTT broker, the box could hear nothing.",
  "reason.no-consent": "The commune did not agree.",
  "reason.waits-for-consent": "Waits for the commune’s consent.",
  "reason.not-in-group": "The lamp is in this group no more.",
  "reason.unknown-group": "The box does not know this group.",
  "reason.too-late": "Too late: the command had already left.",
  "reason.asked-by-wrong-clock": "Asked while the box’s clock was ahead: nobody knows how long ago.",
};
