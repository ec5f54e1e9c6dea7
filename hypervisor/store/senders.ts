/** Who brought a batch: what tells two boxes of one name apart for a person. Decides nothing. */
import type { DecodedBatch } from "../../cloud-sync/protocol/batch.ts";

/** What its connection shows. */
export interface Caller {
  readonly address: string;
  /** Number of its certificate, hexadecimal; a copied disk has the same one. */
  readonly serial?: string;
}

export interface Sender extends Partial<Caller> {
  /** Of the program, as it says itself. */
  readonly version?: string;
}

/** Longer than any that is known; whatever a box says is shown on a terminal. */
const SHOWN_MAX = 64;
const shown = (text: string): string => text.replace(/[^\x20-\x7e]/g, "?").slice(0, SHOWN_MAX);

/** As it is kept. Null where it was carried here: who was heard before is still the last one that was. */
export const senderText = ({ health }: Pick<DecodedBatch, "health">, from: Caller | undefined): string | null =>
  from === undefined
    ? null
    : JSON.stringify({
        address: shown(from.address),
        ...(from.serial === undefined ? {} : { serial: shown(from.serial) }),
        ...(health.version === "" ? {} : { version: shown(health.version) }),
      } satisfies Sender);

export const senderOf = (text: string | null): Sender => (text === null ? {} : (JSON.parse(text) as Sender));
