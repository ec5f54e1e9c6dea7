import Database from "better-sqlite3";
import { beforeEach, describe, expect, it } from "vitest";
import { RX2 } from "../../commands/airtime/duty-cycle.ts";
import { downlinkMs } from "../../commands/airtime/time-on-air.ts";
import type { Command } from "../../commands/command.ts";
import { begin } from "../../commands/transitions.ts";
import type { Plan } from "../../gateway/command-plan.ts";
import { type Ledger, openLedger } from "../../gateway/ledger.ts";
import { createPace, type Pace } from "../../gateway/pace.ts";
import type { SentAs, TxAckEvent } from "../../gateway/words.ts";

const DEVICE = "70b3d5e75e000042";
const GATEWAY = "0016c001f1500001";
const ID = "42cb6459-a640-46ec-9623-bdff39dc4736";
const OTHER = "42cb6459-a640-46ec-9623-bdff39dc4737";

const command = (id: string): Command => ({
  id,
  target: "lamp:88383:042",
  name: "dim",
  fields: {},
  author: "test",
  precedence: "operator",
  requestedAt: 0,
  expiresAt: 600_000,
});
const row = (id: string) => ({ record: begin(command(id), "on-air"), devEui: DEVICE });
const plan = (deviceClass: "A" | "C"): Plan => ({
  devEui: DEVICE,
  applicationId: "app",
  deviceClass,
  fPort: 60,
  bytes: Uint8Array.of(1, 0xfe, 50),
  lastProvable: "on-air",
  isPrivate: false,
});
const txack = (id: string, sent?: SentAs): TxAckEvent => ({
  kind: "txack",
  devEui: DEVICE,
  applicationId: "app",
  deviceName: "lamp",
  tags: {},
  time: 2_000,
  downlinkId: 1,
  queueItemId: id,
  fCntDown: 1,
  gatewayId: GATEWAY,
  ...(sent === undefined ? {} : { sent }),
});

describe("the air that frames use", () => {
  let db: Database.Database;
  let ledger: Ledger;
  let pace: Pace;
  beforeEach(() => {
    db = new Database(":memory:");
    start();
  });
  const start = () => {
    ledger = openLedger(db);
    pace = createPace(ledger.airUses, ledger.routes);
  };
  const used = () => ledger.airUses.all(3_000);

  it("counts a class A frame when its gateway sent it, in the sub-band and at the rate it was sent", () => {
    expect(pace.admit(row(ID), plan("A"), 1_000)).toBe(true);
    pace.spent(ID, 1_000);
    expect(used()).toEqual([]);
    pace.sent(txack(ID, { frequency: 868_100_000, dr: 5, immediately: false }), 3);
    expect(used()).toEqual([{ gateway: GATEWAY, band: "868.0-868.6", ms: downlinkMs(3, 5) }]);
    // The window after an uplink says nothing of RX2.
    expect(pace.wayOf(DEVICE)).toEqual(RX2);
  });

  it("turns what was reserved for a class C frame into what it cost, and learns the device's RX2 from it", () => {
    pace.heard(DEVICE, GATEWAY);
    expect(pace.admit(row(ID), plan("C"), 1_000)).toBe(true);
    pace.spent(ID, 1_000);
    expect(used()).toEqual([{ gateway: GATEWAY, band: "869.4-869.65", ms: downlinkMs(3, 0) }]);
    pace.sent(txack(ID, { frequency: 869_525_000, dr: 3, immediately: true }), 3);
    expect(used()).toEqual([{ gateway: GATEWAY, band: "869.4-869.65", ms: downlinkMs(3, 3) }]);
    pace.admit(row(OTHER), plan("C"), 60_000);
    pace.spent(OTHER, 60_000);
    expect(ledger.airUses.of(GATEWAY, "869.4-869.65", 60_000).at(-1)?.ms).toBe(downlinkMs(3, 3));
  });

  it("still knows after a restart how a device is reached, and whose duty cycle that uses", () => {
    pace.heard(DEVICE, GATEWAY);
    pace.sent(txack(ID, { frequency: 869_525_000, dr: 3, immediately: true }), 3);
    start();
    expect(pace.wayOf(DEVICE)).toEqual({ frequency: 869_525_000, dr: 3 });
    pace.admit(row(OTHER), plan("C"), 60_000);
    pace.spent(OTHER, 60_000);
    expect(ledger.airUses.of(GATEWAY, "869.4-869.65", 60_000).at(-1)?.ms).toBe(downlinkMs(3, 3));
  });

  it("forgets what it learnt in a transaction that was taken back", () => {
    expect(() =>
      db.transaction(() => {
        pace.heard(DEVICE, GATEWAY);
        throw new Error("disk full");
      })(),
    ).toThrow();
    ledger.forget();
    expect(ledger.routes.of(DEVICE)).toEqual({});
    pace.heard(DEVICE, GATEWAY);
    start();
    expect(ledger.routes.of(DEVICE)).toEqual({ gateway: GATEWAY });
  });

  it("gives back what was reserved for a frame that never went", () => {
    pace.heard(DEVICE, GATEWAY);
    pace.admit(row(ID), plan("C"), 1_000);
    pace.spent(ID, 1_000);
    pace.unsent(ID);
    expect(used()).toEqual([]);
  });

  it("keeps what was reserved where the event does not say how it was sent", () => {
    pace.heard(DEVICE, GATEWAY);
    pace.admit(row(ID), plan("C"), 1_000);
    pace.spent(ID, 1_000);
    pace.sent(txack(ID), 3);
    expect(used()).toEqual([{ gateway: GATEWAY, band: "869.4-869.65", ms: downlinkMs(3, 0) }]);
  });
});
