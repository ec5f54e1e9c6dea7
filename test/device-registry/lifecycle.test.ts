import Database from "better-sqlite3";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { RegistryEntry } from "../../cloud-sync/protocol/entry.ts";
import { enterDevice } from "../../device-registry/enter.ts";
import { type LifeDeed, live } from "../../device-registry/lifecycle.ts";
import { findModel } from "../../device-registry/models.ts";
import { AssetTaken, openRegistry, type Registry } from "../../device-registry/store.ts";
import type { Installation, RegistryChange } from "../../device-registry/words.ts";

const LAMP = "lamp:88383:042";
const OLD = "70b3d5e75e000042";
const NEW = "70b3d5e75e000043";

const bench = () => {
  const db = new Database(":memory:");
  const registry = openRegistry(db);
  const told: RegistryEntry[] = [];
  let at = 1_000;
  const append = (entry: RegistryEntry) => told.push(entry);
  return {
    db,
    registry,
    told,
    add: (devEui: string, asset?: string) =>
      enterDevice(registry, findModel, { devEui, model: "nas-ul20xx", asset }, ++at, append),
    does: (deed: LifeDeed, by = "léa") => live(deed, { registry, findModel, at: ++at, by, append }),
    undo: (id: number, limit?: number) => registry.undo(id, { at: ++at, by: "léa" }, append, limit),
  };
};

const contents = (registry: Registry) => ({
  devices: registry.devices(),
  assets: registry.assets(),
  installations: registry.assets().flatMap(({ ref }) => registry.installationsOf(ref)),
});

/** What a replica makes of the changes it is told. */
const followed = (told: readonly RegistryEntry[]) => {
  const [devices, assets, installations] = [new Map(), new Map(), new Map<string, Installation>()];
  const key = ({ asset, device, since }: Installation) => `${asset} ${device} ${since}`;
  for (const { change: said } of told) {
    const { by: _, action: __, ...change } = said as unknown as RegistryChange & { by?: string; action?: string };
    if (change.op === "put-device") devices.set(change.device.devEui, change.device);
    if (change.op === "remove-device") devices.delete(change.devEui);
    if (change.op === "put-asset") assets.set(change.asset.ref, change.asset);
    if (change.op === "remove-asset") assets.delete(change.ref);
    if (change.op === "put-installation") installations.set(key(change.installation), change.installation);
    if (change.op === "remove-installation") installations.delete(key(change.installation));
  }
  const sorted = <T>(map: Map<string, T>) => [...map.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, v]) => v);
  return { devices: sorted(devices), assets: sorted(assets), installations: installations.size };
};

describe("the life of a device", () => {
  it("goes from stock to retirement, with who and when", () => {
    const { registry, add, does } = bench();
    add(OLD);
    expect(registry.device(OLD)).toMatchObject({ state: "in-stock" });
    add(OLD, LAMP);
    for (const [action, state] of [
      ["accept", "accepted"],
      ["in-service", "in-service"],
      ["faulty", "faulty"],
      ["in-service", "in-service"],
    ] as const)
      expect(does({ action, devEui: OLD })).toMatchObject({ ok: true, device: { state, asset: LAMP, by: "léa" } });
    expect(does({ action: "retire", devEui: OLD })).toMatchObject({ ok: true, device: { state: "retired" } });
    expect(registry.device(OLD)?.asset).toBeUndefined();
    expect(registry.installationsOf(LAMP)).toEqual([{ asset: LAMP, device: OLD, since: 1_002, until: 1_007 }]);
  });

  it("refuses a step out of its order and says which states it may follow", () => {
    const { add, does } = bench();
    add(OLD);
    expect(does({ action: "accept", devEui: OLD })).toEqual({
      ok: false,
      refusal: { code: "wrong-state", device: OLD, state: "in-stock", allowed: "installed" },
    });
    expect(does({ action: "accept", devEui: NEW })).toMatchObject({ refusal: { code: "unknown-device" } });
  });

  it("replaces a device: the asset keeps its history, both installations stand side by side", () => {
    const { registry, add, does } = bench();
    add(OLD, LAMP);
    expect(does({ action: "replace", asset: LAMP, by: NEW, old: "faulty" })).toMatchObject({
      ok: true,
      device: { devEui: NEW, asset: LAMP, state: "installed" },
      old: { devEui: OLD, state: "faulty" },
    });
    expect(registry.deviceOf(LAMP)?.devEui).toBe(NEW);
    expect(registry.installationsOf(LAMP)).toEqual([
      { asset: LAMP, device: NEW, since: 1_002 },
      { asset: LAMP, device: OLD, since: 1_001, until: 1_002 },
    ]);
    expect(does({ action: "in-service", devEui: OLD })).toMatchObject({ refusal: { code: "not-installed" } });
  });

  it("refuses a successor that hangs elsewhere, another model than said, an asset without device", () => {
    const { add, does } = bench();
    add(OLD, LAMP);
    add(NEW, "lamp:88383:043");
    expect(does({ action: "replace", asset: LAMP, by: NEW, old: "retired" })).toMatchObject({
      refusal: { code: "device-busy", asset: "lamp:88383:043" },
    });
    does({ action: "move", devEui: NEW, to: "stock" });
    expect(does({ action: "replace", asset: LAMP, by: NEW, old: "retired", model: "elsys" })).toMatchObject({
      refusal: { code: "model-differs", model: "nas-ul20xx" },
    });
    expect(does({ action: "replace", asset: "lamp:88383:043", by: OLD, old: "retired" })).toMatchObject({
      refusal: { code: "asset-vacant" },
    });
    expect(() => does({ action: "move", devEui: OLD, to: LAMP })).not.toThrow();
    add("70b3d5e75e000044", "lamp:88383:044");
    expect(() => does({ action: "move", devEui: OLD, to: "lamp:88383:044" })).toThrow(AssetTaken);
  });
});

describe("undo", () => {
  it("takes a mistaken replacement back as if it had never been", () => {
    const { registry, add, does, undo } = bench();
    add(OLD, LAMP);
    const before = contents(registry);
    const replaced = does({ action: "replace", asset: LAMP, by: NEW, old: "retired" });
    expect(replaced.ok && undo(replaced.operation!)).toMatchObject({ ok: true, left: 0 });
    expect(contents(registry)).toEqual(before);
  });

  it("keeps what the box learnt of the device meanwhile", () => {
    const { registry, add, does, undo } = bench();
    add(OLD, LAMP);
    const accepted = does({ action: "accept", devEui: OLD });
    registry.putDevice({ ...registry.device(OLD)!, applicationId: "app" }, 2_000, () => {});
    expect(accepted.ok && undo(accepted.operation!)).toMatchObject({ ok: true });
    expect(registry.device(OLD)).toMatchObject({ state: "installed", applicationId: "app" });
  });

  it("refuses what a later step stands on, what is undone already, what never was, and an undo", () => {
    const { add, does, undo } = bench();
    const added = add(OLD, LAMP);
    const id = added.ok ? added.operation! : 0;
    const accepted = does({ action: "accept", devEui: OLD });
    const later = accepted.ok ? accepted.operation! : 0;
    expect(undo(id)).toMatchObject({ ok: false, code: "changed-since", later: { id: later, action: "accept" } });
    const undone = undo(later);
    expect(undone).toMatchObject({ ok: true });
    expect(undo(later)).toMatchObject({ code: "already-undone" });
    expect(undo(undone.ok ? undone.operation : 0)).toMatchObject({ code: "undo-is-final" });
    expect(undo(99)).toMatchObject({ code: "operation-unknown" });
    expect(undo(id)).toMatchObject({ ok: true });
  });

  it("takes a long one back in pieces, and goes on after an interruption", () => {
    const { registry, undo } = bench();
    let operation: number | undefined;
    for (let n = 0; n < 25; n++) {
      const form = { devEui: n.toString(16).padStart(16, "0"), model: "nas-ul20xx", asset: `lamp:88383:${n}` };
      const by = { by: "léa", action: "import" as const, operation };
      const entered = enterDevice(registry, findModel, form, 5_000, () => {}, by);
      operation = entered.ok ? entered.operation : undefined;
    }
    expect(registry.operations({ limit: 1 })).toMatchObject([{ id: operation, changes: 75 }]);
    let calls = 0;
    for (let left = 1; left > 0; calls++) {
      const undone = undo(operation!, 20);
      left = undone.ok ? undone.left : 0;
    }
    expect(calls).toBeGreaterThan(2);
    expect(contents(registry)).toEqual({ devices: [], assets: [], installations: [] });
  });

  it("is exact for any story, and the region's replica follows every one", () => {
    const eui = fc.constantFrom("a", "b", "c").map((sign) => sign.repeat(16));
    const asset = fc.constantFrom("1", "2").map((n) => `lamp:88383:${n}`);
    const deed = fc.oneof(
      fc.record({ is: fc.constant("add" as const), eui, asset: fc.option(asset, { nil: undefined }) }),
      fc.record({ is: fc.constantFrom("accept", "in-service", "faulty", "retire"), eui }),
      fc.record({ is: fc.constant("move" as const), eui, to: fc.oneof(asset, fc.constant("stock")) }),
      fc.record({ is: fc.constant("replace" as const), asset, by: eui, old: fc.constantFrom("retired", "in-stock") }),
    );
    fc.assert(
      fc.property(fc.array(deed, { maxLength: 14 }), (story) => {
        const { registry, told, add, does, undo } = bench();
        const past: ReturnType<typeof contents>[] = [contents(registry)];
        const operations: number[] = [];
        for (const step of story) {
          try {
            const done =
              step.is === "add"
                ? add(step.eui, step.asset)
                : step.is === "move"
                  ? does({ action: "move", devEui: step.eui, to: step.to })
                  : step.is === "replace"
                    ? does({ action: "replace", asset: step.asset, by: step.by, old: step.old as "retired" })
                    : does({ action: step.is as "accept", devEui: step.eui });
            if (!done.ok || done.operation === undefined) continue;
            operations.push(done.operation);
            past.push(contents(registry));
          } catch (error) {
            expect(error).toBeInstanceOf(AssetTaken);
          }
        }
        for (const { ref } of registry.assets())
          expect(registry.installationsOf(ref).filter(({ until }) => until === undefined)).toHaveLength(
            registry.deviceOf(ref) === undefined ? 0 : 1,
          );
        while (operations.length > 0) {
          expect(contents(registry)).toEqual(past.pop());
          expect(undo(operations.pop()!)).toMatchObject({ ok: true });
          const now = contents(registry);
          expect(followed(told)).toEqual({ ...now, installations: now.installations.length });
        }
        expect(contents(registry)).toEqual(past.pop());
      }),
      { numRuns: 60 },
    );
  });
});

it("a registry of before the life was kept is carried over: what serves an asset is in service, since always", () => {
  const db = new Database(":memory:");
  openRegistry(db);
  for (const name of ["installation", "operation", "operation_change"]) db.exec(`DROP TABLE ${name}`);
  db.exec("UPDATE schema_version SET version = 1 WHERE room = 'registry'");
  const put = db.prepare("INSERT INTO device VALUES (?, ?, ?)");
  put.run(OLD, LAMP, JSON.stringify({ devEui: OLD, model: "nas-ul20xx", asset: LAMP, applicationId: "app" }));
  put.run(NEW, null, JSON.stringify({ devEui: NEW, model: "nas-ul20xx" }));
  const registry = openRegistry(db);
  expect(registry.device(OLD)).toEqual({
    devEui: OLD,
    model: "nas-ul20xx",
    asset: LAMP,
    applicationId: "app",
    state: "in-service",
  });
  expect(registry.device(NEW)?.state).toBe("in-stock");
  expect(registry.installationsOf(LAMP)).toEqual([{ asset: LAMP, device: OLD, since: 0 }]);
});
