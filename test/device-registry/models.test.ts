import { existsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { catalogue, type FieldShape, quantityOf } from "../../codecs/index.ts";
import { DATA_PROTECTION, strictestOf } from "../../device-registry/data-protection.ts";
import { findModel, modelFor, modelNamed, models } from "../../device-registry/models.ts";
import { ASSET_KINDS } from "../../device-registry/words.ts";
import { vectorFiles } from "../codecs/vectors.ts";

const page = (file: string) => new URL(`../../docs/models/${file}`, import.meta.url);

const measuredIn = (fields: readonly FieldShape[]): string[] =>
  fields.flatMap((one) => [...one.measures.map(({ name }) => name.split("@", 1)[0]!), ...measuredIn(one.fields ?? [])]);

describe("the models as a whole", () => {
  it("are the codecs: each has the other", () => {
    expect(models.map(({ id }) => id).sort()).toEqual([...catalogue.keys()].sort());
    expect(new Set(models.map(({ id }) => id)).size).toBe(models.length);
  });

  it("have no name twice", () => {
    const names = models.flatMap(({ id, aliases }) => [id, ...aliases]).map((name) => name.toLowerCase());
    expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
  });
});

describe.each(models)("$id", (model) => {
  const codec = catalogue.get(model.id)!;

  it("has vectors of its own and a page in each language", () => {
    expect(vectorFiles.find((file) => file.model === model.id)?.frames.length).toBeGreaterThan(0);
    for (const language of ["fr", "en"]) expect(existsSync(page(`${model.id}.${language}.md`))).toBe(true);
  });

  it("is found by its id, its name and its aliases, however they are written", () => {
    expect(findModel(model.id)).toBe(model);
    expect(modelNamed(`${model.maker} ${model.name}`.toUpperCase())?.id).toBe(model.id);
    for (const alias of model.aliases) expect(modelNamed(alias.replaceAll("-", " "))?.id).toBe(model.id);
  });

  it("promises only commands that its codec encodes, proved by what its codec measures", () => {
    const measured = codec.shape.uplinks.flatMap(({ fields }) => measuredIn(fields));
    for (const { encodes, defaults, effects, lastProvable = model.lastProvable, effectWithinSeconds } of Object.values(
      model.commands,
    )) {
      const shape = codec.shape.commands.find((one) => one.name === encodes)!;
      expect(shape.fields.map((one) => one.name)).toEqual(expect.arrayContaining(Object.keys(defaults)));
      const names = shape.fields.map((one) => one.name);
      for (const sign of effects) {
        if ("field" in sign) expect(names).toContain(sign.field);
        if ("echo" in sign) expect(codec.declaration.echoPorts).toContain(sign.echo);
        if ("port" in sign) expect(codec.shape.uplinks.map(({ port }) => port)).toContain(sign.port);
        if (!("measurement" in sign)) continue;
        expect(quantityOf(sign.measurement)).toBeDefined();
        if (lastProvable === "effect-observed") expect(measured).toContain(sign.measurement);
      }
      expect(effects.length > 0 || lastProvable !== "effect-observed").toBe(true);
      if (effects.length > 0) expect(effectWithinSeconds).toBeGreaterThan(0);
    }
  });

  it("says what a model record says", () => {
    expect(model.assetKinds.length).toBeGreaterThan(0);
    expect(model.expectedIntervalSeconds).toBeGreaterThanOrEqual(60);
    expect(Object.keys(DATA_PROTECTION)).toContain(model.dataProtection);
    if (model.battery !== undefined) expect(model.battery.source).not.toBe("");
  });
});

/** What French communes install, by the names on the boxes. */
const BOXES = `UL2003 UL2021 LCCB VOLC2180 WS558 EM400-MUD EM310-UDL EM500-UDL DF702 LDDS75 TPS110 NPS405 PCR2 PC-L-XL VS133 VS350 ERS DL-PM
  AM319 WS302 WTS506 S2120 TBWL100 FM432 CT101 EM300-DI EM300-SLD SD-1001 WS301`;

it.each(BOXES.split(/\s+/))("a box that says %s finds its model", (name) => {
  expect(modelNamed(name)).toBeDefined();
});

it("a firmware that differs on the wire is a model of its own", () => {
  expect(modelFor("nas-ul20xx", "1.0.24")?.id).toBe("nas-ul20xx-1.0");
  expect(modelFor("nas-ul20xx", "1.1.5")?.id).toBe("nas-ul20xx");
  expect(modelFor("bosch-tps110", "9.9")?.id).toBe("bosch-tps110");
  expect(modelFor("nobody", "1.0")).toBeUndefined();
});

it("of a model nobody described, the strictest class of what it may serve is taken", () => {
  expect(strictestOf(["lamp"])).toBe("things");
  expect(strictestOf(["station", "counter"])).toBe("counts");
  expect(strictestOf(["container", "room"])).toBe("presence");
  expect(strictestOf([...ASSET_KINDS])).toBe("dwelling");
});
