import Database from "better-sqlite3";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { enterAsset, enterDevice } from "../../device-registry/enter.ts";
import { live } from "../../device-registry/lifecycle.ts";
import {
  fromLambert93,
  type ListPlan,
  ListUnreadable,
  planList,
  readList,
  toLambert93,
  writeCsv,
  writeGeoJson,
} from "../../device-registry/lists/index.ts";
import { findModel, modelNamed } from "../../device-registry/models.ts";
import { openRegistry, type Registry } from "../../device-registry/store.ts";
import { faultyList, LINES, MISTAKES, RETIRED, TAKEN } from "./faulty-list.ts";

const NOTHING = () => {};
const by = { by: "léa", action: "import" as const };

const emptyRegistry = (): Registry => openRegistry(new Database(":memory:"));

const planned = (registry: Registry, text: string | Uint8Array): ListPlan & { read: ReturnType<typeof readList> } => {
  const read = readList(typeof text === "string" ? Buffer.from(text) : text);
  const standing = { devices: registry.devices(), assets: registry.assets() };
  const plan = planList(read.lines, { standing, findModel, modelNamed, nearestModel: () => undefined });
  return { ...plan, faults: [...read.faults, ...plan.faults].sort((a, b) => a.line - b.line), read };
};

const enter = (registry: Registry, plan: ListPlan): void => {
  for (const { form } of plan.lines) {
    const entered =
      form.devEui === undefined
        ? enterAsset(registry, form, 1_000, NOTHING, by)
        : enterDevice(registry, findModel, { ...form, model: form.model! }, 1_000, NOTHING, by);
    expect(entered.ok).toBe(true);
  }
};

const onlyLine = (text: string) => {
  const { lines, faults } = planned(emptyRegistry(), text);
  expect(faults).toEqual([]);
  return lines[0]!.form;
};

describe("a list of a thousand lines with every kind of mistake", () => {
  const registry = emptyRegistry();
  enterDevice(registry, findModel, { ...TAKEN, model: "nas-ul20xx" }, 1, NOTHING);
  enterDevice(registry, findModel, { devEui: RETIRED, model: "nas-ul20xx" }, 1, NOTHING);
  live({ action: "retire", devEui: RETIRED }, { registry, findModel, at: 2, by: "léa", append: NOTHING });
  const list = faultyList();
  const plan = planned(registry, list.text);

  it("has more than thirty kinds of them", () => {
    expect(new Set(MISTAKES.map(({ code }) => code)).size).toBeGreaterThan(30);
    expect(list.expected.length).toBe(MISTAKES.length);
    expect(new Set(list.expected.map(({ code }) => code))).toEqual(new Set(MISTAKES.map(({ code }) => code)));
    expect(list.expected.length + list.good.length).toBe(LINES);
  });

  it("says each with its line and its column, and nothing of the others", () => {
    const said = plan.faults.map(({ line, code, column }) => ({
      line,
      code,
      ...(column === undefined ? {} : { column }),
    }));
    expect(said).toEqual(list.expected);
  });

  it("repeats no key", () => {
    expect(JSON.stringify(plan)).not.toMatch(/deadbeef|0102030405060708/i);
  });

  it("stores every good line as it is meant, and none wrongly", () => {
    enter(registry, plan);
    const stored = registry.devices().filter(({ devEui }) => devEui !== TAKEN.devEui && devEui !== RETIRED);
    const meant = list.good.map((n) => ({
      devEui: `70b3d5e75e01${n.toString(16).padStart(4, "0")}`,
      joinEui: "70b3d5e75e000001",
      model: "nas-ul20xx",
      asset: `lamp:88383:${n}`,
      state: "installed",
    }));
    expect(
      stored.map(({ devEui, joinEui, model, asset, state }) => ({ devEui, joinEui, model, asset, state })),
    ).toEqual(meant);
    expect(registry.assets().filter(({ ref }) => ref !== TAKEN.asset)).toHaveLength(list.good.length);
    for (const n of list.good)
      expect(registry.asset(`lamp:88383:${n}`)).toEqual({
        ref: `lamp:88383:${n}`,
        kind: "lamp",
        commune: "88383",
        use: "lighting",
        name: `Rue de l’Église, nº ${n}`,
        address: "12 ; rue de la Xavée",
        latitude: Number(`48.01${String(n).padStart(4, "0")}`),
        longitude: 6.588,
        attributes: { ratedWatts: 45.5, colourTemperatureKelvin: 3_000, feeder: "ARM-03/D2" },
      });
  });

  it("changes nothing the second time", () => {
    const again = planned(registry, list.text);
    expect(new Set(again.lines.map(({ change }) => change))).toEqual(new Set(["same"]));
    expect(again.faults.map(({ line, code }) => ({ line, code }))).toEqual(
      list.expected.map(({ line, code }) => ({ line, code })),
    );
  });
});

describe("what lists look like", () => {
  it("reads English headers and commas, French ones and semicolons, tabs, Excel's sep line", () => {
    const form = { devEui: "70b3d5e75e000042", model: "nas-ul20xx", asset: "lamp:88383:042", name: "Gare" };
    for (const text of [
      "DevEUI,model,asset,name\n70B3D5E75E000042,nas-ul20xx,lamp:88383:042,Gare\n",
      "\ufeffdeveui;modele;equipement;nom\r\n70B3D5E75E000042;nas-ul20xx;lamp:88383:042;Gare",
      "DevEUI\tMODÈLE\tNature\tINSEE\tN°\tNom\n70-B3-D5-E7-5E-00-00-42\tnas-ul20xx\tPoint lumineux\t88383\t042\tGare",
      "sep=;\nDevEUI;model;asset;name\n70B3D5E75E000042;nas-ul20xx;lamp:88383:042;Gare\n",
    ])
      expect(onlyLine(text)).toMatchObject(form);
  });

  it("reads Windows-1252 as spreadsheets save it", () => {
    const bytes = Buffer.from(
      "DevEUI;Modèle;Équipement;Adresse\n70B3D5E75E000042;nas-ul20xx;lampe:88383:042;Rue de l'Ã‰té",
      "latin1",
    );
    const plain = Buffer.from(
      "DevEUI;Mod\xe8le;\xc9quipement;Adresse\n70B3D5E75E000042;nas-ul20xx;lampe:88383:042;Rue de l\x92\xc9glise",
      "latin1",
    );
    const { lines, read } = planned(emptyRegistry(), plain);
    expect(read.encoding).toBe("windows-1252");
    expect(lines[0]!.form).toMatchObject({ asset: "lamp:88383:042", address: "Rue de l’Église" });
    expect(planned(emptyRegistry(), bytes).read.encoding).toBe("windows-1252");
  });

  it("takes a DevEUI with an E among its digits for what it is, and a spreadsheet's number for that", () => {
    const line = (devEui: string) => `DevEUI;modèle\n${devEui};nas-ul20xx`;
    for (const devEui of ["5e21699959410322", "8E37121980945206", "1e00000000000001"])
      expect(onlyLine(line(devEui))).toMatchObject({ devEui: devEui.toLowerCase() });
    for (const number of ["7,0E+15", "7.04E15", "8E+18"])
      expect(planned(emptyRegistry(), line(number)).faults).toMatchObject([{ code: "deveui-spreadsheet" }]);
  });

  it("keeps the zero a spreadsheet took off an INSEE code", () => {
    expect(onlyLine("DevEUI;modèle;nature;INSEE;numéro\n70B3D5E75E000042;nas-ul20xx;lampe;1004;7")).toMatchObject({
      asset: "lamp:01004:7",
    });
  });

  it("counts the lines of the file, also after an empty one and a text over two lines", () => {
    const text =
      'DevEUI;modèle;nom;équipement\n\n70B3D5E75E000042;nas-ul20xx;"Gare\nSud";lamp:88383:1\nabc;nas-ul20xx;x;lamp:88383:2\n';
    expect(planned(emptyRegistry(), text).faults).toMatchObject([
      { line: 4, code: "text-garbled" },
      { line: 5, code: "deveui-length" },
    ]);
  });

  it("enters assets without a device: cabinets, meters with their use", () => {
    const registry = emptyRegistry();
    const plan = planned(registry, "équipement;usage;alimentation\narmoire:88383:3;;\ncompteur:88383:9;water;");
    enter(registry, plan);
    expect(registry.assets().map(({ ref, use }) => [ref, use])).toEqual([
      ["cabinet:88383:3", "lighting"],
      ["meter:88383:9", "water"],
    ]);
  });

  it("says what would change from what to what, and moves a device only as its line says", () => {
    const registry = emptyRegistry();
    enter(
      registry,
      planned(registry, "DevEUI;modèle;équipement;puissance\n70B3D5E75E000042;nas-ul20xx;lamp:88383:1;45"),
    );
    const plan = planned(registry, "DevEUI;équipement;puissance\n70B3D5E75E000042;lamp:88383:2;60");
    expect(plan.lines).toMatchObject([
      {
        change: "change",
        fields: [
          { field: "asset", from: "lamp:88383:1", to: "lamp:88383:2" },
          { field: "ratedWatts", to: "60" },
        ],
      },
    ]);
  });

  it("finds a model by its maker's name", () => {
    expect(onlyLine("DevEUI;modèle\n24E124713C123456;Milesight EM400-MUD")).toMatchObject({ model: "milesight-em400" });
  });

  it("cannot read what has no columns of ours, nothing, or another JSON", () => {
    for (const [text, code] of [
      ["", "empty"],
      ["a;b\n1;2", "no-columns"],
      ["DevEUI;EUI\n1;2", "column-twice"],
      ["{", "not-json"],
      ["{}", "not-geojson"],
    ] as const)
      expect(() => readList(Buffer.from(text))).toThrow(expect.objectContaining({ name: "ListUnreadable", code }));
    expect(ListUnreadable).toBeDefined();
  });
});

describe("Lambert-93", () => {
  it("has its origin where the projection puts it", () => {
    expect(fromLambert93(700_000, 6_600_000)).toEqual({ latitude: 46.5, longitude: 3 });
    expect(toLambert93(46.5, 3)).toEqual({ x: 700_000, y: 6_600_000 });
  });

  it("goes there and back within a decimetre, all over France", () => {
    fc.assert(
      fc.property(
        fc.double({ min: 42, max: 51, noNaN: true }),
        fc.double({ min: -4, max: 9, noNaN: true }),
        (lat, lon) => {
          const { x, y } = toLambert93(lat, lon);
          const back = fromLambert93(x, y);
          expect(Math.abs(back.latitude - lat)).toBeLessThan(1e-6);
          expect(Math.abs(back.longitude - lon)).toBeLessThan(1e-6);
        },
      ),
    );
  });
});

it("a meter's pulse is worth litres or watt-hours, with their unit or without", () => {
  const forms = (cells: readonly (readonly [litres: string, wattHours: string])[]) =>
    readList(
      Buffer.from(
        `équipement;usage;litres par impulsion;Wh par impulsion\n${cells
          .map(([litres, wattHours], n) => `compteur:88383:${n};water;${litres};${wattHours}`)
          .join("\n")}`,
      ),
    );
  const read = forms([
    ["10", ""],
    ["0,25 L", ""],
    ["1 m³", ""],
    ["1 m3", ""],
    ["", "1"],
    ["", "0,5 kWh"],
    ["", ""],
  ]);
  expect(read.faults).toEqual([]);
  const worths = read.lines.map(({ form }) => [form.litresPerPulse, form.wattHoursPerPulse]);
  expect(worths).toEqual([
    [10, undefined],
    [0.25, undefined],
    [1_000, undefined],
    [1_000, undefined],
    [undefined, 1],
    [undefined, 500],
    [undefined, undefined],
  ]);
  expect(forms([["10", "1"]]).faults).toEqual([
    { line: 2, code: "pulse-twice", column: "Wh par impulsion", found: "1", detail: "litres par impulsion" },
  ]);
});

describe("what is exported reads back to the same", () => {
  const text = fc
    .string({ unit: fc.constantFrom(..."aé;,\"'’ -12"), minLength: 1, maxLength: 20 })
    .filter((t) => t.trim() === t && t !== "");
  const form = fc.record(
    {
      name: text,
      address: text,
      place: fc.record({
        latitude: fc.integer({ min: 42e7, max: 51e7 }),
        longitude: fc.integer({ min: -4e7, max: 9e7 }),
      }),
      ratedWatts: fc.integer({ min: 1, max: 5_000 }),
      colourTemperatureKelvin: fc.integer({ min: 1_000, max: 20_000 }),
      feeder: text,
      joinEui: fc.constant("70b3d5e75e000001"),
      serialNumber: text,
      placed: fc.boolean(),
    },
    { requiredKeys: ["placed"] },
  );
  const worth = (max: number) => fc.double({ min: 0.001, max, noNaN: true });
  const pulse = fc.oneof(
    fc.constant({}),
    fc.record({ litresPerPulse: worth(100_000) }),
    fc.record({ wattHoursPerPulse: worth(1_000_000) }),
  );

  it("in CSV of either kind, and in GeoJSON", () => {
    fc.assert(
      fc.property(fc.array(form, { maxLength: 5 }), pulse, (forms, worthOfPulse) => {
        const registry = emptyRegistry();
        for (const [n, { placed, place, ...fields }] of forms.entries()) {
          const at = place && { latitude: place.latitude / 1e7, longitude: place.longitude / 1e7 };
          const asset = placed ? { asset: `lamp:88383:${n}`, ...at } : {};
          const kept = placed ? fields : { joinEui: fields.joinEui };
          enterDevice(
            registry,
            findModel,
            { devEui: `70b3d5e75e01000${n}`, model: "nas-ul20xx", ...asset, ...kept },
            1,
            NOTHING,
          );
        }
        if (forms.length > 0)
          enterAsset(registry, { asset: "meter:88383:9", use: "water", ...worthOfPulse }, 1, NOTHING, by);
        const all = [registry.devices(), registry.assets()] as const;
        const lists = [
          writeCsv(...all, { language: "fr", separator: ";", projection: "wgs84" }),
          writeCsv(...all, { language: "en", separator: ",", projection: "wgs84" }),
          writeGeoJson(...all, { language: "fr" }),
        ];
        for (const list of forms.length === 0 ? [] : lists) {
          const fresh = emptyRegistry();
          const plan = planned(fresh, list);
          expect(plan.faults).toEqual([]);
          enter(fresh, plan);
          const bare = ({ devices }: { devices: ReturnType<Registry["devices"]> }) =>
            devices.map(({ since: _, by: __, ...d }) => d);
          expect(bare({ devices: fresh.devices() })).toEqual(bare({ devices: registry.devices() }));
          expect(fresh.assets()).toEqual(registry.assets());
          expect(planned(registry, list).lines.every(({ change }) => change === "same")).toBe(true);
        }
      }),
      { numRuns: 60 },
    );
  });
});
