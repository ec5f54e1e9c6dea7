/** What a committed transaction tells all replicas: LISTEN/NOTIFY on one channel, JSON payloads. */
import type { Queries } from "./sql.ts";
import type { Change } from "./words.ts";

export const CHANNEL = "beffroi";

/** NOTIFY refuses 8,000 bytes and more. */
const PAYLOAD_BYTES_MAX = 7_000;

const inPortions = (refs: readonly string[]): string[][] => {
  const portions: string[][] = [];
  let bytes = PAYLOAD_BYTES_MAX;
  for (const ref of refs) {
    const size = Buffer.byteLength(JSON.stringify(ref)) + 1;
    if (size > PAYLOAD_BYTES_MAX) continue;
    if (bytes + size > PAYLOAD_BYTES_MAX) {
      portions.push([]);
      bytes = 0;
    }
    portions[portions.length - 1]!.push(ref);
    bytes += size;
  }
  return portions;
};

/** In the transaction: heard after its commit, never without it. */
export const notify = async (tx: Queries, changes: readonly Change[]): Promise<void> => {
  const payloads = changes.flatMap((change) =>
    change.type === "assets"
      ? inPortions(change.refs).map((refs) => JSON.stringify({ ...change, refs }))
      : [JSON.stringify(change)],
  );
  if (payloads.length > 0)
    await tx.query("SELECT pg_notify($1, payload) FROM unnest($2::text[]) AS payload", [CHANNEL, payloads]);
};

const isOfBox = (type: unknown): type is "box" | "orders" | "admission" =>
  type === "box" || type === "orders" || type === "admission";

/** Undefined for what a newer replica says that this one does not know. */
export const readNotice = (payload: string): Change | undefined => {
  try {
    const notice: unknown = JSON.parse(payload);
    if (typeof notice !== "object" || notice === null || !("type" in notice)) return undefined;
    if (notice.type === "assets" && "refs" in notice && Array.isArray(notice.refs))
      return { type: "assets", refs: notice.refs.filter((ref) => typeof ref === "string") };
    if (notice.type === "command" && "id" in notice && typeof notice.id === "string")
      return { type: "command", id: notice.id };
    if (isOfBox(notice.type) && "box" in notice && typeof notice.box === "string")
      return { type: notice.type, box: notice.box };
    return undefined;
  } catch {
    return undefined;
  }
};
