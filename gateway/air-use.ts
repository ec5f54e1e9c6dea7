/** What each LoRa gateway has sent in the last hour, by sub-band: kept in the box's file, for the duty cycle does not end with a restart. */
import type { Database } from "better-sqlite3";
import { type AirUse, HOUR_MS } from "../commands/airtime/duty-cycle.ts";

export interface AirUses {
  of(gateway: string, band: string, now: number): readonly AirUse[];
  /** For a command, or a wish for many. Inside a transaction. */
  add(gateway: string, band: string, use: AirUse, id: string): void;
  /** What was written for it is not so, or becomes something else. Inside a transaction. */
  drop(id: string): void;
  /** Of the last hour, by gateway and sub-band. */
  all(now: number): readonly { readonly gateway: string; readonly band: string; readonly ms: number }[];
}

export const openAirUses = (db: Database): AirUses => {
  const read = db.prepare("SELECT at, ms FROM air_use WHERE gateway = ? AND band = ? AND at > ? ORDER BY at");
  const write = db.prepare("INSERT INTO air_use (gateway, band, at, ms, command) VALUES (?, ?, ?, ?, ?)");
  const prune = db.prepare("DELETE FROM air_use WHERE at <= ?");
  const remove = db.prepare("DELETE FROM air_use WHERE command = ?");
  const sums = db.prepare("SELECT gateway, band, sum(ms) AS ms FROM air_use WHERE at > ? GROUP BY gateway, band");
  return {
    of: (gateway, band, now) => read.all(gateway, band, now - HOUR_MS) as AirUse[],
    add(gateway, band, { at, ms }, id) {
      prune.run(Math.round(at - HOUR_MS));
      write.run(gateway, band, Math.round(at), ms, id);
    },
    drop: (id) => void remove.run(id),
    all: (now) => sums.all(now - HOUR_MS) as { gateway: string; band: string; ms: number }[],
  };
};
