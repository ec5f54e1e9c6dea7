import { describe, expect, it } from "vitest";
import { catalogue, findCodec } from "../../codecs/index.ts";
import { mutationsOf, survives } from "./mutations.ts";
import survivors from "./survivors.json" with { type: "json" };
import { vectorFiles } from "./vectors.ts";

const explained: Readonly<Record<string, Readonly<Record<string, string>>>> = survivors;
/** The luminaire controller alone has more mutants than all others; the runner goes through all of them. */
const LARGE = "nas-ul20xx";

describe("a wrong declaration fails a vector", () => {
  it.each([...catalogue.keys()].filter((id) => !id.startsWith(LARGE)))("%s: every single fact", (id) => {
    const codec = findCodec(id)!;
    const vectors = vectorFiles.find((file) => file.model === id)!;
    const unnoticed = mutationsOf(codec).filter((one) => survives(codec, vectors, one));
    expect(unnoticed.map((one) => one.id)).toEqual(Object.keys(explained[id] ?? {}));
  });

  it(`${LARGE}: every scale, byte order and FPort`, () => {
    const codec = findCodec(LARGE)!;
    const vectors = vectorFiles.find((file) => file.model === LARGE)!;
    const chosen = mutationsOf(codec).filter((one) => /scale|byte order|FPort/.test(one.id));
    expect(chosen.length).toBeGreaterThan(50);
    expect(chosen.filter((one) => survives(codec, vectors, one)).map((one) => one.id)).toEqual([]);
  });

  it("changes what it says it changes: a scale of 10 that becomes 100 is another codec", () => {
    const codec = findCodec("milesight-em400")!;
    const scale = mutationsOf(codec).find((one) => one.id === "85.temperature: scale divided")!;
    expect(JSON.stringify(scale.apply(codec.declaration))).toContain('"per":100');
    expect(JSON.stringify(codec.declaration)).not.toContain('"per":100');
  });
});
