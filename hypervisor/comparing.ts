/** The daily comparison at the boxes' door: digests in, ranges that differ out, and what is sent again. */
import type { Logger } from "pino";
import { isSound } from "../cloud-sync/protocol/admit.ts";
import type { DecodedBatch } from "../cloud-sync/protocol/batch.ts";
import { type PackedBody, unpackBody } from "../cloud-sync/protocol/body.ts";
import { parseDigest, printDigestReply } from "../cloud-sync/protocol/digest.ts";
import type { Result } from "../cloud-sync/protocol/faults.ts";
import { HypervisorFault } from "./faults.ts";
import type { Store } from "./store/store.ts";

export interface ComparingParts {
  readonly store: Pick<Store, "compare" | "mend">;
  readonly now: () => number;
  readonly log: Logger;
  readonly unpack?: (body: PackedBody) => Promise<Result<DecodedBatch>> | Result<DecodedBatch>;
}

export interface Comparing {
  /**
   * JSON of the reply, or undefined while others are compared: the box comes back.
   * @throws HypervisorFault `batch-unreadable`, `box-unknown`
   */
  digest(box: string, body: Uint8Array): Promise<string | undefined>;
  /**
   * False while other entries of that box are put in: it sends one batch of them after the other.
   * @throws HypervisorFault `batch-unreadable`, `box-name-mismatch`, `box-unknown`
   */
  again(box: string, body: PackedBody): Promise<boolean>;
}

/** Hashing takes the processor from batches: boxes are compared one after the other, on each replica. */
const AT_ONCE = 1;

export const createComparing = ({ store, now, log, unpack = unpackBody }: ComparingParts): Comparing => {
  let underWay = 0;
  /** Boxes whose entries are put in just now: unpacked, a few hundred bytes can hold megabytes. */
  const sending = new Set<string>();
  const putIn = async (box: string, body: PackedBody): Promise<void> => {
    const read = await unpack(body);
    if (!read.ok) throw new HypervisorFault("batch-unreadable", { reason: read.fault.message });
    const batch = read.value;
    if (batch.box !== box) throw new HypervisorFault("box-name-mismatch", { certificate: box, box: batch.box });
    if (!isSound(batch)) throw new HypervisorFault("batch-unreadable", { reason: "hash" });
    const replaced = await store.mend(batch, now());
    log.info({ box, firstSeq: batch.firstSeq, lastSeq: batch.lastSeq, replaced }, "sent again");
  };
  return {
    async digest(box, body) {
      const digest = parseDigest(Buffer.from(body).toString("utf8"));
      if (!digest.ok) throw new HypervisorFault("batch-unreadable", { reason: digest.fault.message });
      if (underWay >= AT_ONCE) return undefined;
      underWay += 1;
      try {
        const { again, mended, begins } = await store.compare(box, digest.value, now());
        if (again.length > 0 || mended > 0) log.warn({ box, again, mended }, "what is stored differs from the box");
        return printDigestReply({ again, ...(begins === undefined ? {} : { begins }) });
      } finally {
        underWay -= 1;
      }
    },
    async again(box, body) {
      if (sending.has(box)) return false;
      sending.add(box);
      try {
        await putIn(box, body);
        return true;
      } finally {
        sending.delete(box);
      }
    },
  };
};
