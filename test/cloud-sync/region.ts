/** A receiver as the README describes it, in memory, with a faulty line before it. */
import { admit, type Cursor } from "../../cloud-sync/protocol/admit.ts";
import { BATCH_LIMITS, type BatchLimits, type DecodedBatch } from "../../cloud-sync/protocol/batch.ts";
import { unpackBodySync } from "../../cloud-sync/protocol/body.ts";
import type { BatchReply, Entry } from "../../cloud-sync/protocol/entry.ts";
import { printReply } from "../../cloud-sync/protocol/reply.ts";
import type { Transport, TransportReply, TransportRequest } from "../../cloud-sync/transport.ts";

export type LineFault = "ok" | "lose-request" | "lose-reply" | "double" | "garbage" | "busy" | "silence";

export function createRegion(serverTime: () => number, limits: BatchLimits = BATCH_LIMITS) {
  const stored: Entry[] = [];
  const batches: DecodedBatch[] = [];
  const requests: TransportRequest[] = [];
  let cursor: Cursor | undefined;
  let faults: LineFault[] = [];
  /** Answers instead of the rule, until taken away. */
  let forced: BatchReply | undefined;

  function receive(request: TransportRequest): BatchReply {
    requests.push(request);
    if (forced !== undefined) return forced;
    const decoded = unpackBodySync(
      {
        contentType: request.headers["content-type"],
        contentEncoding: request.headers["content-encoding"],
        body: request.body!,
      },
      limits,
    );
    if (!decoded.ok && decoded.fault.code === "too-large") return { status: 413, bytesMax: limits.bytesMax };
    if (!decoded.ok) return { status: 422, message: decoded.fault.message };
    const batch = decoded.value;
    batches.push(batch);
    const admission = admit(cursor, batch);
    switch (admission.verdict) {
      case "accept":
        stored.push(...batch.entries.filter(({ seq }) => seq >= admission.from));
        cursor = admission.cursor;
        return durable(cursor);
      case "duplicate":
        return durable(admission.cursor);
      case "gap":
        return { status: 409, expectedSeq: admission.expectedSeq, serverTime: serverTime() };
      case "wrong-epoch":
        return { status: 410, epoch: admission.epoch };
      case "begin":
        throw new Error("no epoch was decided on here");
      case "fork":
        return { status: 423, incident: admission.reason };
    }
  }

  const durable = ({ seq, hash }: Cursor): BatchReply => ({
    status: 200,
    durableSeq: seq,
    durableHash: Buffer.from(hash).toString("hex"),
    quarantined: [],
    serverTime: serverTime(),
  });

  const answer = (request: TransportRequest): TransportReply => printReply(receive(request));

  const transport: Transport = async (request, signal) => {
    const fault = faults.shift() ?? "ok";
    switch (fault) {
      case "ok":
        return answer(request);
      case "lose-request":
        throw new Error("connection refused");
      case "lose-reply":
        answer(request);
        throw new Error("connection reset");
      case "double":
        answer(request);
        return answer(request);
      case "garbage":
        return { status: 200, headers: { "content-type": "text/html" }, body: "<h1>Portail captif</h1>" };
      case "busy":
        return printReply({ status: 503, retryAfterSeconds: 3 });
      case "silence":
        return new Promise((_, reject) => signal?.addEventListener("abort", () => reject(signal.reason)));
    }
  };

  return {
    transport,
    stored,
    batches,
    requests,
    get cursor() {
      return cursor;
    },
    /** What happens to the next requests, one each. */
    fail(...next: LineFault[]) {
      faults = [...faults, ...next];
    },
    force(reply: BatchReply | undefined) {
      forced = reply;
    },
    /** The region was restored from a backup. */
    restore(seq: number, hash: Uint8Array, epoch: number) {
      stored.splice(seq);
      cursor = { epoch, seq, hash };
    },
  };
}
