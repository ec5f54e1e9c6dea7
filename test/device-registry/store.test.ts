import Database from "better-sqlite3";
import { describe, expect, it } from "vitest";
import type { RegistryEntry } from "../../cloud-sync/protocol/entry.ts";
import { enterDevice, parseAssetRef } from "../../device-registry/enter.ts";
import { findModel } from "../../device-registry/models.ts";
import { AssetTaken, openRegistry, RegistryTooNew } from "../../device-registry/store.ts";

const bench = () => {
  const db = new Database(":memory:");
  const registry = openRegistry(db);
  const told: RegistryEntry[] = [];
  const enter = (form: Parameters<typeof enterDevice>[2]) =>
    enterDevice(registry, findModel, form, 1_000, (entry) => told.push(entry));
  return { db, registry, told, enter };
};
const lamp = { devEui: "70b3d5e75e000042", model: "nas-ul20xx", asset: "lamp:88383:042", ratedWatts: 84 };

describe("the registry", () => {
  it("enters a device with its asset and tells the journal of both", () => {
    const { registry, told, enter } = bench();
    expect(enter(lamp)).toMatchObject({ ok: true, change: "added" });
    expect(registry.deviceOf("lamp:88383:042")).toEqual({
      devEui: lamp.devEui,
      model: "nas-ul20xx",
      asset: "lamp:88383:042",
      state: "installed",
      since: 1_000,
      by: "box",
    });
    expect(registry.asset("lamp:88383:042")).toMatchObject({
      commune: "88383",
      use: "lighting",
      attributes: { ratedWatts: 84 },
    });
    expect(told.map(({ change }) => change.op)).toEqual(["put-asset", "put-device", "put-installation"]);
    expect(told[0]!.change).toMatchObject({ by: "box", action: "add" });
  });

  it("changes nothing, and tells nothing, the second time", () => {
    const { told, enter } = bench();
    enter(lamp);
    expect(enter(lamp)).toMatchObject({ ok: true, change: "unchanged" });
    expect(told).toHaveLength(3);
  });

  it("keeps what a later form does not mention", () => {
    const { registry, enter } = bench();
    enter(lamp);
    expect(enter({ devEui: lamp.devEui, model: lamp.model, name: "Place de l'Abbaye" })).toMatchObject({
      change: "changed",
    });
    expect(registry.asset("lamp:88383:042")).toMatchObject({
      name: "Place de l'Abbaye",
      attributes: { ratedWatts: 84 },
    });
  });

  it("knows one worth of a pulse: a new one takes the place of the old, whatever its unit", () => {
    const { registry, enter } = bench();
    const meter = {
      devEui: "24e124713c123456",
      model: "milesight-em300-di",
      asset: "meter:88383:003",
      use: "water",
    } as const;
    enter({ ...meter, litresPerPulse: 10 });
    enter({ ...meter, name: "Mairie" });
    expect(registry.asset("meter:88383:003")?.attributes).toEqual({ litresPerPulse: 10 });
    enter({ ...meter, wattHoursPerPulse: 1 });
    expect(registry.asset("meter:88383:003")?.attributes).toEqual({ wattHoursPerPulse: 1 });
  });

  it("refuses a second device on one asset, naming the first", () => {
    const { enter } = bench();
    enter(lamp);
    expect(() => enter({ ...lamp, devEui: "70b3d5e75e000043" })).toThrow(AssetTaken);
  });

  it("refuses an unknown model, a bad reference, an asset the model cannot serve", () => {
    const { enter } = bench();
    expect(enter({ ...lamp, model: "nas" })).toEqual({ ok: false, refusal: { code: "unknown-model", model: "nas" } });
    expect(enter({ ...lamp, asset: "lamp:8838:042" })).toMatchObject({ refusal: { code: "bad-asset-reference" } });
    expect(enter({ ...lamp, asset: "container:88383:042" })).toMatchObject({
      refusal: { code: "asset-kind-differs", expected: "lamp" },
    });
  });

  it("forgets what was rolled back", () => {
    const { db, registry, enter } = bench();
    const undone = db.transaction(() => {
      enter(lamp);
      registry.device(lamp.devEui);
      throw new Error("disk full");
    });
    expect(undone).toThrow("disk full");
    registry.forget();
    expect(registry.device(lamp.devEui)).toBeUndefined();
    expect(registry.count()).toEqual({ devices: 0, assets: 0 });
  });

  it("refuses a file of a newer program", () => {
    const { db } = bench();
    db.exec("UPDATE schema_version SET version = 99 WHERE room = 'registry'");
    expect(() => openRegistry(db)).toThrow(RegistryTooNew);
  });

  it("reads references of Corsica too", () => {
    expect(parseAssetRef("lamp:2A004:1")).toEqual({ kind: "lamp", commune: "2A004", number: "1" });
    expect(parseAssetRef("tree:88383:1")).toBeUndefined();
  });
});
