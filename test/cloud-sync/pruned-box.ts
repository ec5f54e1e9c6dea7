/** A box on its disk that speaks and takes off what the region has. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach } from "vitest";
import { journalFile } from "./journal-file.ts";
import { EVENT } from "./push-ground.ts";

const undo: (() => void)[] = [];
afterEach(() => {
  for (const each of undo.splice(0).reverse()) each();
});

export function prunedBox(stretch = 8) {
  const path = mkdtempSync(join(tmpdir(), "pruned-"));
  undo.push(() => rmSync(path, { recursive: true }));
  const box = journalFile(join(path, "box.db"), { checkpointEvery: 1, stretch });
  undo.push(() => box.close());
  const speak = (count: number): void => box.append(...Array.from({ length: count }, (_, n) => EVENT(n)));
  /** All that is there, by now, has been to the region. */
  const prune = (): void => {
    while (box.journal.prune(box.journal.lastSeq) > 0);
  };
  return { box, speak, prune };
}
