/**
 * The codecs of other makers that are installed on this box: source, mapping and model record. Every version is kept, since
 * readings name the one that read them.
 */
import { createHash } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import type { Database } from "better-sqlite3";
import type { Mapping, RecvTimeForm } from "../codecs/sandbox/index.ts";
import type { Model } from "../device-registry/words.ts";
import { unsaid } from "./foreign-model.ts";

export interface InstalledCodec {
  readonly model: Model;
  /** From 1; raised by every change of source, mapping or form of time. */
  readonly version: number;
  /** Of the source, hexadecimal. */
  readonly sha256: string;
  readonly source: string;
  readonly mapping: Mapping;
  readonly recvTime: RecvTimeForm;
  /** ms since 1970. */
  readonly installedAt: number;
}

export type CodecToInstall = Omit<InstalledCodec, "version" | "sha256">;

export interface CodecStore {
  /** The newest version of each model, by model. */
  all(): InstalledCodec[];
  find(model: string): InstalledCodec | undefined;
  /** One durable step. The same again changes nothing; another model record alone keeps the version. */
  put(codec: CodecToInstall): { readonly codec: InstalledCodec; readonly change: "added" | "changed" | "unchanged" };
}

/** The file was written by a newer Beffroi. */
export class CodecStoreTooNew extends Error {
  readonly code = "codec-store-too-new";
  constructor(found: number) {
    super(`the installed codecs have version ${found}, this program knows ${MIGRATIONS.length}`);
    this.name = "CodecStoreTooNew";
  }
}

/** One step a version, in order; never changed once released. */
const MIGRATIONS: readonly string[] = [
  `CREATE TABLE foreign_codec (
     model TEXT NOT NULL, version INTEGER NOT NULL, sha256 TEXT NOT NULL, source TEXT NOT NULL, body TEXT NOT NULL,
     PRIMARY KEY (model, version)) STRICT, WITHOUT ROWID;`,
];

const migrate = (db: Database): void => {
  db.exec("CREATE TABLE IF NOT EXISTS schema_version (room TEXT PRIMARY KEY, version INTEGER NOT NULL)");
  const row = db.prepare("SELECT version FROM schema_version WHERE room = 'foreign-codecs'").pluck().get();
  const found = (row as number | undefined) ?? 0;
  if (found > MIGRATIONS.length) throw new CodecStoreTooNew(found);
  if (found === MIGRATIONS.length) return;
  db.transaction(() => {
    for (const sql of MIGRATIONS.slice(found)) db.exec(sql);
    db.prepare(
      "INSERT INTO schema_version (room, version) VALUES ('foreign-codecs', ?) ON CONFLICT (room) DO UPDATE SET version = excluded.version",
    ).run(MIGRATIONS.length);
  }).immediate();
};

interface Row {
  readonly version: number;
  readonly sha256: string;
  readonly source: string;
  readonly body: string;
}

const read = (row: unknown): InstalledCodec | undefined => {
  if (row === undefined) return undefined;
  const { version, sha256, source, body } = row as Row;
  const kept = JSON.parse(body) as Omit<CodecToInstall, "source">;
  return { ...kept, model: { ...unsaid(kept.model), ...kept.model }, version, sha256, source };
};

/** What the same frame is read by. */
const decoding = ({ source, mapping, recvTime }: CodecToInstall): string =>
  JSON.stringify({ source, mapping, recvTime });

export const openCodecStore = (db: Database): CodecStore => {
  migrate(db);
  const columns = "version, sha256, source, body FROM foreign_codec";
  const newest = db.prepare(`SELECT ${columns} WHERE model = ? ORDER BY version DESC LIMIT 1`);
  const models = db.prepare("SELECT DISTINCT model FROM foreign_codec ORDER BY model").pluck();
  const write = db.prepare(
    `INSERT INTO foreign_codec (model, version, sha256, source, body) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (model, version) DO UPDATE SET body = excluded.body`,
  );
  const find = (model: string) => read(newest.get(model));
  return {
    find,
    all: () => models.all().map((model) => find(model as string)!),
    put(codec) {
      const { source, ...rest } = codec;
      const before = find(codec.model.id);
      const same = before !== undefined && decoding(before) === decoding(codec);
      if (same && isDeepStrictEqual(before.model, codec.model)) return { codec: before, change: "unchanged" };
      const version = before === undefined ? 1 : before.version + (same ? 0 : 1);
      const sha256 = createHash("sha256").update(source).digest("hex");
      write.run(codec.model.id, version, sha256, source, JSON.stringify(rest));
      return { codec: { ...codec, version, sha256 }, change: before === undefined ? "added" : "changed" };
    },
  };
};
