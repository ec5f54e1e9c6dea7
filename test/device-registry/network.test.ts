import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type DeviceKeys, type KeysAbout, SecretKey } from "../../device-registry/keys/index.ts";
import { findModel, models } from "../../device-registry/models.ts";
import { applyPlan } from "../../device-registry/network/apply.ts";
import { declareNetwork, type ProvisionedDevice } from "../../device-registry/network/declare.ts";
import { planNetwork } from "../../device-registry/network/plan.ts";
import { ServerTrouble } from "../../device-registry/network/server.ts";
import type { NetworkGroup } from "../../device-registry/network/words.ts";
import { memoryServer } from "./network-memory.ts";

const hex = (length: number) =>
  fc.array(fc.constantFrom(..."0123456789abcdef"), { minLength: length, maxLength: length }).map((all) => all.join(""));
const key = hex(32)
  .filter((text) => !/^0+$/.test(text))
  .map((text) => SecretKey.parse(text)!);

const lorawan = fc.constantFrom("1.0.2", "1.0.3", "1.0.4", "1.1.0" as const);
const keysOf: fc.Arbitrary<DeviceKeys | undefined> = fc.option(
  fc.oneof(
    fc.record({ activation: fc.constant("otaa" as const), lorawan, appKey: key }),
    fc.record({ activation: fc.constant("abp" as const), lorawan, devAddr: hex(8), appSKey: key, nwkSKey: key }),
  ),
  { nil: undefined },
);

interface World {
  readonly devices: readonly ProvisionedDevice[];
  readonly keys: ReadonlyMap<string, DeviceKeys>;
  readonly groups: readonly NetworkGroup[];
}

const world: fc.Arbitrary<World> = fc
  .uniqueArray(fc.record({ devEui: hex(16), model: fc.constantFrom(...models.map(({ id }) => id)), keys: keysOf }), {
    selector: ({ devEui }) => devEui,
    maxLength: 130,
  })
  .map((all) => ({
    devices: all.map(({ devEui, model }) => ({ devEui, model })),
    keys: new Map(all.flatMap(({ devEui, keys }) => (keys === undefined ? [] : [[devEui, keys] as const]))),
    groups: [
      {
        name: "all lamps",
        application: "lighting",
        mcAddr: "01020304",
        frequencyHz: 869_525_000,
        dataRate: 0,
        members: all.slice(0, 5).map(({ devEui }) => devEui),
      },
    ],
  }));

const aboutOf = (keys: World["keys"]): Map<string, KeysAbout> =>
  new Map(
    [...keys].map(([devEui, { activation, lorawan: version }]) => [devEui, { activation, lorawan: version }] as const),
  );

const groupKeys = { mcAppSKey: SecretKey.parse("1".repeat(32))!, mcNwkSKey: SecretKey.parse("2".repeat(32))! };
const nothing = { fCntUp: 0, nFCntDown: 0, aFCntDown: 0 };

const place = ({ devices, keys, groups }: World, memory = memoryServer()) => {
  const declared = declareNetwork({
    tenant: "box",
    devices,
    asset: () => undefined,
    findModel,
    keysAbout: aboutOf(keys),
    gateways: [{ id: "0016c001f1500001", name: "belfry", latitude: 48, longitude: 6.5 }],
    groups,
  });
  const ring = { device: (devEui: string) => keys.get(devEui), group: () => groupKeys };
  const plan = async (more: { readonly prune?: boolean; readonly wasHeard?: (devEui: string) => boolean } = {}) =>
    planNetwork({
      declared,
      actual: await memory.server.survey(declared),
      keys: ring,
      keysAbout: aboutOf(keys),
      wasHeard: () => false,
      sessionSaved: () => true,
      ...more,
    });
  const slept: number[] = [];
  const apply = async (signal?: AbortSignal, all = plan()) =>
    applyPlan(await all, {
      server: memory.server,
      declared,
      keys: ring,
      counters: () => nothing,
      groupCounter: () => 0,
      learn: () => undefined,
      sleep: async (ms) => void slept.push(ms),
      ...(signal === undefined ? {} : { signal }),
    });
  return { memory, declared, plan, apply, slept };
};

describe("provisioning", () => {
  it("plans nothing once a plan was applied, and loses nobody on the way", async () => {
    await fc.assert(
      fc.asyncProperty(world, async (all) => {
        const { memory, plan, apply } = place(all);
        const { failures, left, stopped } = await apply();
        expect({ failures, left, stopped }).toEqual({ failures: [], left: 0, stopped: undefined });
        const again = await plan();
        expect(again.steps).toEqual([]);
        expect(memory.devices.size).toBe(all.devices.length);
        for (const [devEui, keys] of all.keys) {
          const there = memory.devices.get(devEui)!;
          if (keys.activation === "otaa") expect(there.keys?.appKey.equals(keys.appKey)).toBe(true);
          else expect(there.session?.keys.nwkSKey.equals(keys.nwkSKey)).toBe(true);
        }
        const without = all.devices.filter(({ devEui }) => !all.keys.has(devEui)).map(({ devEui }) => devEui);
        expect(again.remarks.filter(({ code }) => code === "no-keys").map(({ id }) => id)).toEqual(without);
      }),
      { numRuns: 30 },
    );
  });

  it("goes on where it was cut off, wherever that was", async () => {
    await fc.assert(
      fc.asyncProperty(world, fc.nat(300), async (all, cutAt) => {
        const { memory, plan, apply } = place(all);
        memory.failing((call) => {
          if (call > cutAt) throw new ServerTrouble("unreachable", "gone");
        });
        const whole = (await plan()).steps.length;
        const first = await apply();
        expect(first.done + first.left).toBe(whole);
        expect(first.stopped === undefined).toBe(whole <= cutAt);
        memory.failing(() => undefined);
        const second = await apply();
        expect(second.failures).toEqual([]);
        expect((await plan()).steps).toEqual([]);
      }),
      { numRuns: 30 },
    );
  });

  it("refused once, a device is a failure and the others go on; refused keys do not hide the record", async () => {
    const devices = Array.from({ length: 120 }, (_, i) => ({
      devEui: i.toString(16).padStart(16, "0"),
      model: "elsys",
    }));
    const keys = new Map(
      devices.map(({ devEui }) => [
        devEui,
        {
          activation: "otaa",
          lorawan: "1.0.3",
          appKey: SecretKey.parse(`${devEui}${devEui.replace(/^0/, "1")}`)!,
        } as const,
      ]),
    );
    const { memory, apply, slept } = place({ devices, keys, groups: [] });
    const put = memory.server.putDevice;
    const bad = devices[60]!.devEui;
    memory.server.putDevice = async (device) => {
      if (device.devEui === bad) throw new ServerTrouble("elsewhere", "taken");
      await put(device);
    };
    const applied = await apply();
    expect(applied.failures.map(({ step, code }) => [step.kind, step.id, code])).toEqual([
      ["device", bad, "elsewhere"],
      ["keys", bad, "elsewhere"],
    ]);
    expect(memory.devices.size).toBe(119);
    // 120 devices are three chunks, each with a rest after it.
    expect(slept).toHaveLength(3);
  });

  it("tries again when the server was away for a moment, and gives up with all that is left when it stays away", async () => {
    const devices = Array.from({ length: 10 }, (_, i) => ({
      devEui: i.toString(16).padStart(16, "0"),
      model: "elsys",
    }));
    const one = place({ devices, keys: new Map(), groups: [] });
    let failed = 0;
    one.memory.failing(() => {
      if (failed++ < 3) throw new ServerTrouble("no-answer", "busy");
    });
    expect(await one.apply()).toMatchObject({ failures: [], left: 0 });
    const other = place({ devices, keys: new Map(), groups: [] });
    other.memory.failing(() => {
      throw new ServerTrouble("key-refused", "no");
    });
    expect(await other.apply()).toMatchObject({ done: 0, stopped: { code: "key-refused" }, left: 14 });
    expect(other.slept.filter((ms) => ms > 500)).toEqual([]);
  });

  it("names who must rejoin, restores nobody's removal, and prunes only what bears its mark", async () => {
    const devices = ["a", "b", "c"].map((letter) => ({ devEui: letter.repeat(16), model: "elsys" }));
    const keys = new Map(
      devices.map(({ devEui }) => [
        devEui,
        { activation: "otaa", lorawan: "1.0.3", appKey: SecretKey.parse("5".repeat(32))! } as const,
      ]),
    );
    const full = place({ devices, keys, groups: [] });
    await full.apply();
    full.memory.devices.set("d".repeat(16), {
      ...full.memory.devices.get("a".repeat(16))!,
      devEui: "d".repeat(16),
      tags: {},
    });
    const fewer = place({ devices: devices.slice(0, 2), keys, groups: [] }, full.memory);
    const kept = await fewer.plan();
    expect(kept.steps).toEqual([]);
    expect(kept.remarks.map(({ code, id }) => [code, id[0]])).toEqual([
      ["not-declared", "c"],
      ["not-declared", "d"],
    ]);
    const pruning = await fewer.plan({ prune: true });
    expect(pruning.steps).toEqual([{ verb: "remove", kind: "device", id: "c".repeat(16), changes: [] }]);
    full.memory.lose();
    const lost = await full.plan({ wasHeard: (devEui) => devEui.startsWith("b") });
    expect(lost.remarks).toEqual([{ code: "must-rejoin", id: "b".repeat(16) }]);
  });

  it("says what differs, field by field, and nothing of keys", async () => {
    const devEui = "70b3d5e75e000042";
    const [before, after] = ["5", "6"].map((digit) => SecretKey.parse(digit.repeat(32))!);
    const with_ = (appKey: SecretKey, model: string): World => ({
      devices: [{ devEui, model }],
      keys: new Map([[devEui, { activation: "otaa", lorawan: "1.0.3", appKey }]]),
      groups: [],
    });
    const first = place(with_(before!, "elsys"));
    await first.apply();
    const second = place(with_(after!, "axioma-w1"), first.memory);
    const { steps } = await second.plan();
    const device = steps.find(({ kind }) => kind === "device");
    expect(device?.changes.map(({ field }) => field)).toEqual(["profile", "tags.beffroi_model"]);
    expect(steps.some(({ verb, kind }) => verb === "update" && kind === "keys")).toBe(true);
    expect(JSON.stringify(steps)).not.toMatch(/5{32}|6{32}/);
  });
});
