import type { SameKeys } from "../catalogue.ts";
import type { identityFr } from "./identity-fr.ts";

export const identityEn: SameKeys<typeof identityFr> = {
  "identity.title": "Certificate of the box",
  "identity.until": "Until {date}, renewed by itself",
  "identity.near": "Ends on {date} and is not renewed: see 'beffroi doctor' on the box",
  "identity.ended": "Ended on {date}: the box renews it once it reaches the region",
};
