/** Who holds which asset of this box, and the return that ends an override: tables of their own in the box's file. */
import { createHash } from "node:crypto";
import type { Database } from "better-sqlite3";
import type { Lease } from "../commands/lease.ts";

/** A lease, and how often its return was tried. */
export interface HeldLease extends Lease {
  /** The command that gives the asset back. */
  readonly returns: string;
  /** Returns placed so far; the last one may still be open. */
  readonly tries: number;
  /** Somebody gave it back before its end; by this command. */
  readonly givenBackBy?: string;
  /** What the asset was held by before, and still is should this one never go on air. */
  readonly before?: HeldLease;
}

export interface Leases {
  of(asset: string): HeldLease | undefined;
  all(): readonly HeldLease[];
  put(lease: HeldLease): void;
  end(asset: string): void;
}

/** The id of the n-th return from a command: the same after every restart. */
export const returnId = (command: string, attempt: number): string => {
  const bytes = createHash("sha256").update(`return ${attempt} from ${command}`).digest().subarray(0, 16);
  bytes[6] = (bytes[6]! & 0x0f) | 0x80;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = bytes.toString("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
};

export const openLeases = (db: Database): Leases => {
  const one = db.prepare("SELECT body FROM lease WHERE asset = ?").pluck();
  const every = db.prepare("SELECT body FROM lease ORDER BY asset").pluck();
  const write = db.prepare(
    "INSERT INTO lease (asset, body) VALUES (?, ?) ON CONFLICT (asset) DO UPDATE SET body = excluded.body",
  );
  const remove = db.prepare("DELETE FROM lease WHERE asset = ?");
  const parse = (body: unknown): HeldLease => JSON.parse(body as string) as HeldLease;
  return {
    of(asset) {
      const body = one.get(asset);
      return body === undefined ? undefined : parse(body);
    },
    all: () => every.all().map(parse),
    put: (lease) => void write.run(lease.asset, JSON.stringify(lease)),
    end: (asset) => void remove.run(asset),
  };
};
