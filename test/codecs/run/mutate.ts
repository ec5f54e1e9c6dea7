/**
 * `npm run mutate:codecs [-- MODEL]`: changes every declared fact, one at a time, and asks the vectors. Prints the mutants that
 * nothing notices; exits 1 when one of them has no reason in `survivors.json`, or when a reason there is out of date.
 */
import { readFileSync } from "node:fs";
import { catalogue } from "../../../codecs/index.ts";
import { judge } from "../judge.ts";
import { mutationsOf, survives } from "../mutations.ts";
import { vectorFiles } from "../vectors.ts";

const reasons = JSON.parse(readFileSync(new URL("../survivors.json", import.meta.url), "utf8")) as Record<
  string,
  Record<string, string>
>;

let unexplained = 0;
const wanted = process.argv.slice(2);
for (const codec of catalogue.values()) {
  if (wanted.length > 0 && !wanted.includes(codec.id)) continue;
  const vectors = vectorFiles.find((one) => one.model === codec.id)!;
  const unchanged = judge(codec, vectors);
  if (unchanged.length > 0) throw new Error(`${codec.id} fails its own vectors: ${unchanged.join("; ")}`);
  const all = mutationsOf(codec);
  const survivors = all.filter((one) => survives(codec, vectors, one));
  const known = reasons[codec.id] ?? {};
  console.log(`${codec.id}: ${all.length} mutants, ${all.length - survivors.length} noticed, ${survivors.length} not`);
  for (const { id } of survivors) console.log(`  ${id}: ${known[id] ?? "UNEXPLAINED"}`);
  const outdated = Object.keys(known).filter((id) => !survivors.some((one) => one.id === id));
  for (const id of outdated) console.log(`  ${id}: is noticed now, its reason can go`);
  unexplained += survivors.filter((one) => known[one.id] === undefined).length + outdated.length;
}
console.log(unexplained === 0 ? "every survivor is explained" : `${unexplained} to explain`);
process.exitCode = unexplained === 0 ? 0 : 1;
