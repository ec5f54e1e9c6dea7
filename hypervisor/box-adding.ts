/** A new box: its row, and a client certificate to carry to it. */
import { type Authority, BOX_NAME, type BoxIdentity } from "./authority.ts";
import { HypervisorFault } from "./faults.ts";
import type { BoxEntry, Store } from "./store/store.ts";

export interface AddedBox extends BoxIdentity {
  readonly box: string;
  readonly communes: readonly string[];
}

interface AddingParts {
  readonly store: Pick<Store, "addBox" | "boxes">;
  readonly authority: Authority;
  readonly now: () => number;
}

/**
 * Adding a known box with the same communes makes it another certificate.
 * @throws HypervisorFault `request-invalid` (its name), `box-exists` (other communes)
 */
export const addBox = async (
  { store, authority, now }: AddingParts,
  { name, communes }: BoxEntry,
): Promise<AddedBox> => {
  if (!BOX_NAME.test(name)) throw new HypervisorFault("request-invalid", { reason: `name: ${BOX_NAME.source}` });
  if ((await store.addBox({ name, communes }, now())) === "exists") {
    const known = (await store.boxes()).find((box) => box.name === name);
    if (known === undefined) throw new HypervisorFault("box-unknown", { box: name });
    const same = known.communes.length === communes.length && communes.every((each) => known.communes.includes(each));
    if (!same) throw new HypervisorFault("box-exists", { box: name, communes: known.communes.join(", ") });
  }
  return { box: name, communes, ...(await authority.issueBoxCertificate(name)) };
};
