import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  applyMapping,
  createSandbox,
  foreignCodec,
  type MappingRow,
  mappingFaults,
  proposeMapping,
  type Sandbox,
} from "../../codecs/sandbox/index.ts";
import { extendPath, readPath } from "../../codecs/sandbox/mapping/path.ts";

const brief = (rows: readonly MappingRow[]) =>
  rows.map(({ path, quantity, scale }) => `${path} → ${quantity} ×${scale}`);

describe("a proposed mapping", () => {
  test.each<[Record<string, unknown>, string[]]>([
    [
      { battery: 92, temperature: 25.7, distance: 2116, position: "tilt" },
      [
        "battery → battery.level ×1",
        "temperature → air.temperature ×1",
        "distance → container.distance ×1",
        "position → container.tilted ×1",
      ],
    ],
    [{ battery: 3.6 }, ["battery → battery.voltage ×1"]],
    [{ battery: 3600 }, ["battery → battery.voltage ×0.001"]],
    [
      { BatV: 3.3, TempC_SHT: 21, Hum_SHT: 55 },
      ["BatV → battery.voltage ×1", "TempC_SHT → air.temperature ×1", "Hum_SHT → air.humidity ×1"],
    ],
    [{ battery_mV: 900 }, ["battery_mV → battery.voltage ×0.001"]],
    [{ air: { temperature: { value: 70, unit: "°F" } } }, [`air.temperature.value → air.temperature ×${5 / 9}`]],
    [{ pressure: 101325, energy_kWh: 12 }, ["pressure → air.pressure ×0.01", "energy_kWh → meter.energy.total ×1000"]],
    [{ temperature: "21.5 °C" }, ["temperature → air.temperature ×1"]],
    [
      { distance_cm: 30, volume: 12, volume_unit: "L" },
      ["distance_cm → container.distance ×10", "volume → meter.water.total ×0.001"],
    ],
    [
      { temperature_1: 20, temperature_2: 21 },
      ["temperature_1 → air.temperature ×1", "temperature_2 → air.temperature@temperature-2 ×1"],
    ],
    [
      { pm2_5: 3, pm10: 4, co2: 500, board_temp: 30 },
      ["pm2_5 → air.pm2_5 ×1", "pm10 → air.pm10 ×1", "co2 → air.co2 ×1", "board_temp → device.temperature ×1"],
    ],
    // What it cannot know it leaves out: a wrong row would be believed.
    [
      {
        temperature_alarm: 1,
        temperature_threshold: 30,
        report_interval: 60,
        volume: 12,
        fPort: 1,
        x: null,
        humidity: 0.5,
      },
      [],
    ],
    [{ history: [{ temperature: 20 }] }, []],
  ])("%j", (sample, rows) => {
    const proposed = proposeMapping([sample]);
    expect(brief(proposed)).toEqual(rows);
    expect(mappingFaults(proposed)).toEqual([]);
  });

  test("several samples are looked at together", () => {
    expect(brief(proposeMapping([{ battery: 3 }, { battery: 97, leak: 0 }]))).toEqual([
      "battery → battery.level ×1",
      "leak → leak ×1",
    ]);
  });

  test("is always usable, whatever a codec returns", () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.dictionary(
            fc.constantFrom("temperature", "bat", "a.b", "", "pm 10", "unit", "value", "door"),
            fc.jsonValue(),
          ),
        ),
        (samples) => {
          const proposed = proposeMapping(samples);
          expect(mappingFaults(proposed)).toEqual([]);
          for (const sample of samples) {
            for (const { value } of applyMapping(proposed, sample).measurements) {
              expect(typeof value === "number" ? Number.isFinite(value) : typeof value).not.toBe(false);
            }
          }
        },
      ),
    );
  });
});

describe("applying a mapping", () => {
  const row = (path: string, quantity: string, unit: string, more: Partial<MappingRow> = {}): MappingRow => ({
    path,
    quantity,
    unit,
    scale: 1,
    ...more,
  });

  test("scales without float noise, reads flags and words, leaves out what is absent", () => {
    const mapping = [
      row("mv", "battery.voltage", "V", { scale: 0.001 }),
      row("f", "air.temperature", "Cel", { scale: 5 / 9, offset: -160 / 9 }),
      row("door", "contact.open", "bool", { yes: ["open"] }),
      row("leak", "leak", "bool"),
      row("why", "lamp.reason", "1"),
      row("gone", "air.co2", "[ppm]"),
      row("nothing", "air.humidity", "%"),
    ];
    const { measurements, warnings } = applyMapping(mapping, {
      mv: 3338,
      f: 212,
      door: "Open",
      leak: 0,
      why: 7,
      nothing: null,
    });
    expect(measurements.map(({ name, value, unit }) => [name, value, unit])).toEqual([
      ["battery.voltage", 3.338, "V"],
      ["air.temperature", 100, "Cel"],
      ["contact.open", true, "bool"],
      ["leak", false, "bool"],
      ["lamp.reason", "7", "1"],
    ]);
    expect(warnings).toEqual([]);
  });

  test("a value of the wrong kind is a warning, not a number", () => {
    const { measurements, warnings } = applyMapping([row("t", "air.temperature", "Cel")], { t: "sensor error" });
    expect(measurements).toEqual([]);
    expect(warnings).toEqual([expect.objectContaining({ code: "foreign-value" })]);
  });

  test("faults of a table are all named", () => {
    const faults = mappingFaults([
      row("a", "air.temperature", "F"),
      row("b", "no.such", "V"),
      row("c", "air.co2", "[ppm]", { scale: 0 }),
      row("..", "leak", "bool"),
      row("d", "leak", "bool"),
    ]);
    expect(faults.map((fault) => fault.slice(0, fault.indexOf(":")))).toEqual(["a", "b", "c", "..", "d"]);
  });

  test("paths reach every key they are built from, and only own ones", () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.string(), fc.nat(3)), { minLength: 1, maxLength: 4 }), (keys) => {
        const data = keys.reduceRight<unknown>(
          (inner, key) => (typeof key === "number" ? Array(key + 1).fill(inner) : Object.fromEntries([[key, inner]])),
          42,
        );
        expect(
          readPath(
            data,
            keys.reduce<string>((path, key) => extendPath(path, key), ""),
          ),
        ).toBe(42);
      }),
    );
    expect(readPath({}, "constructor.name")).toBeUndefined();
  });
});

describe("a foreign codec", () => {
  let sandbox: Sandbox;
  beforeAll(() => {
    sandbox = createSandbox();
  });
  afterAll(() => sandbox.stop());

  test("yields measurements beside the maker's fields, and bytes for its downlinks", async () => {
    await sandbox.load(
      "acme-x1",
      `function decodeUplink(i) { if (i.fPort !== 2) return { errors: ["unknown FPort"] };
         return { data: { level: i.bytes[1], BatV: 3.3, mood: "fine" }, warnings: ["old firmware"] }; }
       function encodeDownlink(i) { return { bytes: [3, i.data.interval], fPort: 9 }; }`,
    );
    const codec = foreignCodec(
      sandbox,
      "acme-x1",
      [
        { path: "level", quantity: "container.level", unit: "%", scale: 1 },
        { path: "BatV", quantity: "battery.voltage", unit: "V", scale: 1 },
        { path: "mood", quantity: "air.co2", unit: "[ppm]", scale: 1 },
      ],
      { version: 3 },
    );
    const frame = { bytes: Uint8Array.of(1, 42), fPort: 2, recvTime: "2024-01-01T00:00:00Z" };
    expect(await codec.decode(frame)).toEqual({
      ok: true,
      value: {
        model: "acme-x1",
        codec: "acme-x1@3",
        fPort: 2,
        fields: { level: 42, BatV: 3.3, mood: "fine" },
        measurements: [
          { name: "container.level", value: 42, unit: "%" },
          { name: "battery.voltage", value: 3.3, unit: "V" },
        ],
        history: [],
        warnings: [
          { code: "foreign-warning", message: "old firmware" },
          { code: "foreign-value", message: expect.stringContaining("mood") },
        ],
      },
    });
    expect(await codec.decode({ ...frame, fPort: 7 })).toMatchObject({ ok: false, fault: { code: "sandbox-errors" } });
    expect(await codec.encode({ interval: 10 })).toEqual({
      ok: true,
      value: { fPort: 9, bytes: Uint8Array.of(3, 10) },
    });
    expect(() => foreignCodec(sandbox, "acme-x1", [{ path: "a", quantity: "nonsense", unit: "V", scale: 1 }])).toThrow(
      TypeError,
    );
  });
});
