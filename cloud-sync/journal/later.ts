/** What later entries tell of earlier ones. SQLite finds them by their bytes, so that what lies between is not read. */
import type { Database } from "better-sqlite3";
import type { ClockCorrection, Correction } from "../protocol/entry.ts";
import { entryOf } from "./reading.ts";
import { JSON_ROW } from "./row.ts";
import { LEVELS, type StoredRow } from "./statements.ts";
import type { Words } from "./words.ts";

export interface Later {
  /** The last word on each boot's clock; none is looked for where every entry was written knowing the time. */
  clocks(): ReadonlyMap<number, ClockCorrection>;
  /** The last one of each reading in [from, to] that was read again. */
  corrections(from: number, to: number): ReadonlyMap<number, Correction>;
}

export const findLater = (db: Database, words: Words): Later => {
  function* bodiesOf<Kind extends "clock" | "correction">(kind: Kind, afterSeq: number) {
    const marks = Buffer.from(`"kind":"${kind}"`);
    for (const level of LEVELS) {
      const rows = db.prepare<[number, Buffer, Buffer], StoredRow>(
        `SELECT seq, row FROM ${level} WHERE seq > ? AND substr(row, 1, 1) = ? AND instr(row, ?) > 0 ORDER BY seq`,
      );
      for (const { seq, row } of rows.iterate(afterSeq, JSON_ROW, marks)) {
        const body = entryOf(words, seq, row)?.body;
        if (body?.kind === kind) yield body as Extract<typeof body, { readonly kind: Kind }>;
      }
    }
  }
  return {
    clocks() {
      const found = new Map<number, ClockCorrection>();
      if (words.clocks().some(({ clock }) => clock === "unknown"))
        for (const body of bodiesOf("clock", 0)) found.set(body.boot, body);
      return found;
    },
    corrections(from, to) {
      const found = new Map<number, Correction>();
      // A reading stands before what corrects it.
      for (const body of bodiesOf("correction", from))
        if (body.reading >= from && body.reading <= to) found.set(body.reading, body);
      return found;
    },
  };
};
