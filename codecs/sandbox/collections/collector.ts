/** What the readers of the four layouts gather: codec files, and the vectors published for them. */
import { readFile } from "node:fs/promises";
import type { RecvTimeForm } from "../prelude.ts";
import { isObject, type JsonObject } from "../results.ts";
import type { EntryOperation } from "../wire.ts";
import type { Sandbox } from "../words.ts";

export type VectorKind = Exclude<EntryOperation, "normalizeUplink">;

export interface Vector {
  readonly kind: VectorKind;
  readonly name: string;
  readonly input: JsonObject;
  readonly expected: JsonObject;
  /** The file it was read from, relative to the collection. */
  readonly from: string;
}

export interface Specimen {
  /** Path of the source, relative to the collection. */
  readonly path: string;
  recvTime: RecvTimeForm;
  readonly vectors: Vector[];
}

/** A file of the collection that could not be used, and why. The rest is tested all the same. */
export interface Problem {
  readonly file: string;
  readonly reason: string;
}

/** The collection's files, by path relative to its root with `/` between, sorted. */
export interface Shelf {
  readonly root: string;
  readonly files: readonly string[];
}

export interface Collector {
  readonly shelf: Shelf;
  readonly specimens: Map<string, Specimen>;
  readonly problems: Problem[];
  specimen(path: string, recvTime?: RecvTimeForm): Specimen;
  text(file: string): Promise<string>;
  /** A file of JSON, or of JavaScript literals evaluated in an empty realm. Undefined, with the problem noted, if neither. */
  value(file: string): Promise<unknown>;
  add(path: string, kind: VectorKind, from: string, vector: unknown, outputKey: "expected" | "output"): void;
}

export function createCollector(shelf: Shelf, sandbox: Sandbox): Collector {
  const specimens = new Map<string, Specimen>();
  const problems: Problem[] = [];
  const text = async (file: string) => (await readFile(`${shelf.root}/${file}`, "utf8")).replace(/^\uFEFF/, "");
  function specimen(path: string, recvTime: RecvTimeForm = "date"): Specimen {
    const known = specimens.get(path) ?? { path, recvTime, vectors: [] };
    if (recvTime === "string") known.recvTime = recvTime;
    specimens.set(path, known);
    return known;
  }
  return {
    shelf,
    specimens,
    problems,
    specimen,
    text,
    async value(file) {
      const source = await text(file);
      try {
        return JSON.parse(source);
      } catch {
        const answer = await sandbox.evaluateLiteral(source);
        if (answer.ok) return answer.value;
        problems.push({ file, reason: answer.fault.message });
        return undefined;
      }
    },
    add(path, kind, from, vector, outputKey) {
      if (!isObject(vector) || !isObject(vector.input)) {
        problems.push({ file: from, reason: "a vector has no `input`" });
        return;
      }
      const name = vector.description ?? vector.name;
      const expected = vector[outputKey];
      specimen(path).vectors.push({
        kind,
        name: typeof name === "string" ? name : kind,
        input: vector.input,
        expected: isObject(expected) ? expected : {},
        from,
      });
    },
  };
}

/** Folder part of a path, with its slash; empty at the root. */
export function folderOf(file: string): string {
  return file.slice(0, file.lastIndexOf("/") + 1);
}

export function baseName(file: string): string {
  return file.slice(file.lastIndexOf("/") + 1);
}
