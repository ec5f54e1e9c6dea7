import { describe, expect, it } from "vitest";
import { catalogue, findCodec } from "../../codecs/index.ts";
import { ngsiLdMapping, ngsiLdRow, ngsiLdValue } from "../../codecs/ngsi-ld.ts";
import { VOCABULARY } from "../../codecs/vocabulary.ts";

describe("a codec's measurements in NGSI-LD", () => {
  it("follow from its shape", () => {
    const mapping = ngsiLdMapping(findCodec("nas-ul20xx")!.shape);
    expect(mapping).toContainEqual({
      measurement: "lamp.level",
      entity: "Streetlight",
      attribute: "illuminanceLevel",
      per: 100,
    });
    expect(mapping.map(({ attribute }) => attribute)).toContain("powerState");
    expect(ngsiLdMapping(findCodec("elsys")!.shape).map(({ entity }) => entity)).toContain("AirQualityObserved");
  });

  it("turn percent into the models' 0 to 1, and yes or no into their words", () => {
    expect(ngsiLdValue(ngsiLdRow("container.level")!, 74)).toBe(0.74);
    expect(ngsiLdValue(ngsiLdRow("air.humidity")!, 41)).toBe(0.41);
    expect(ngsiLdValue(ngsiLdRow("parking.occupied")!, true)).toBe("occupied");
    expect(ngsiLdValue(ngsiLdRow("lamp.on@driver9")!, false)).toBe("off");
    expect(ngsiLdValue(ngsiLdRow("air.co2")!, 776)).toBe(776);
  });

  it("go where the device's own type has a place for them", () => {
    const { shape } = findCodec("milesight-wts506")!;
    expect(ngsiLdRow("air.temperature", "WeatherObserved")).toMatchObject({ entity: "WeatherObserved" });
    expect(ngsiLdRow("air.temperature", "Streetlight")).toMatchObject({ entity: "AirQualityObserved" });
    expect(ngsiLdMapping(shape, "WeatherObserved").every(({ entity }) => entity !== "AirQualityObserved")).toBe(true);
    const index = ngsiLdRow("meter.energy.total", "StreetlightControlCabinet")!;
    expect([index.attribute, ngsiLdValue(index, 9_613_000)]).toEqual(["energyConsumed", 9_613]);
  });

  it("divide every percentage but none of the rest", () => {
    for (const [name, { unit }] of Object.entries(VOCABULARY)) {
      const row = ngsiLdRow(name);
      if (row !== undefined) expect([name, row.per]).toEqual([name, unit === "%" ? 100 : undefined]);
      if (row !== undefined) expect([name, row.words !== undefined]).toEqual([name, unit === "bool"]);
    }
  });

  it("never send two measurements of one codec to one attribute", () => {
    for (const { shape } of catalogue.values()) {
      const targets = ngsiLdMapping(shape)
        .filter(({ measurement }) => !measurement.includes("@"))
        .map(({ entity, attribute }) => `${entity}.${attribute}`);
      expect(new Set(targets).size).toBe(targets.length);
    }
  });
});
