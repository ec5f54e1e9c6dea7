/** Takes what a person wants changed in a box's registry for a command to that box, which decides (D5). */
import { randomUUID } from "node:crypto";
import { changeCommand, type RegionChange, type RegionChangeRequest } from "../api/region-changes.ts";
import type { Command } from "../commands/command.ts";
import { isSameWish } from "./command-desk.ts";
import { HypervisorFault } from "./faults.ts";
import type { Store } from "./store/store.ts";
import type { BoxState, StoredCommand } from "./store/words.ts";

export interface RegistryDeskParts {
  readonly store: Pick<Store, "assets" | "device" | "boxes" | "addCommand" | "command">;
  readonly now: () => number;
}

export interface RegistryDesk {
  /**
   * The same id and wish again: the stored one, `added` false.
   * @throws HypervisorFault `asset-unknown`, `device-unknown`, `command-unknown`, `box-unclear`, `command-id-taken`
   */
  place(request: RegionChangeRequest): Promise<{ readonly command: StoredCommand; readonly added: boolean }>;
}

/** What the command is filed under, and the box that has it; no box where the region does not know it yet. */
interface Place {
  readonly target: string;
  readonly box?: string;
  /** INSEE code of the commune of what is new. */
  readonly commune?: string;
}

const communeOf = (ref: string): string => ref.split(":")[1] ?? "";

export const createRegistryDesk = ({ store, now }: RegistryDeskParts): RegistryDesk => {
  const ofAsset = async (ref: string): Promise<Place> => {
    const [asset] = await store.assets({ refs: [ref], limit: 1 });
    return asset === undefined ? { target: ref, commune: communeOf(ref) } : { target: ref, box: asset.box };
  };

  const placeOf = async (change: RegionChange): Promise<Place> => {
    if (change.action === "undo") {
      const undone = await store.command(change.command);
      if (undone === undefined) throw new HypervisorFault("command-unknown", { id: change.command });
      return { target: undone.target, box: undone.box };
    }
    const asset = "asset" in change ? change.asset : undefined;
    if ("devEui" in change) {
      const device = await store.device(change.devEui);
      if (device !== undefined) return { target: asset ?? device.asset ?? change.devEui, box: device.box };
      if (change.action !== "device") throw new HypervisorFault("device-unknown", { device: change.devEui });
      if (asset === undefined) return { target: change.devEui };
    }
    const place = await ofAsset(asset ?? "");
    if (place.box === undefined && change.action === "replace")
      throw new HypervisorFault("asset-unknown", { asset: asset ?? "" });
    return place;
  };

  /** @throws HypervisorFault `box-unclear` */
  const boxOf = async ({ box, commune, target }: Place, asked: string | undefined): Promise<BoxState> => {
    const boxes = await store.boxes();
    const name = box ?? asked;
    const found = boxes.filter((each) =>
      name === undefined ? commune !== undefined && each.communes.includes(commune) : each.name === name,
    );
    if (found.length !== 1 || (box !== undefined && asked !== undefined && asked !== box))
      throw new HypervisorFault("box-unclear", { target, boxes: found.map(({ name }) => name).join(", ") || "-" });
    return found[0]!;
  };

  return {
    async place({ id: given, change, author, reason, box: asked, expiresInSeconds }) {
      const id = (given ?? randomUUID()).toLowerCase();
      const known = given === undefined ? undefined : await store.command(id);
      const place = known === undefined ? await placeOf(change) : { target: known.target, box: known.box };
      const box = await boxOf(place, asked);
      const requestedAt = now();
      const command: Command = {
        id,
        target: place.target,
        ...changeCommand(change, box.operation),
        author,
        precedence: "configuration",
        requestedAt,
        expiresAt: requestedAt + expiresInSeconds * 1_000,
        ...(reason === undefined ? {} : { reason }),
      };
      const placed = known === undefined ? await store.addCommand(command, box.name) : { command: known, added: false };
      // What the region knew of the box when it asked is no part of the wish.
      const asIf = { ...command, fields: { ...command.fields, known: placed.command.fields.known ?? 0 } };
      const wished = { ...placed.command, fields: { ...placed.command.fields, known: asIf.fields.known } };
      if (!placed.added && !isSameWish(wished, asIf)) throw new HypervisorFault("command-id-taken", { id });
      return placed;
    },
  };
};
