import Database from "better-sqlite3";
import { beforeEach, describe, expect, it } from "vitest";
import type { EntryBody, Reading } from "../../cloud-sync/protocol/entry.ts";
import { findCodec } from "../../codecs/index.ts";
import { verifyAudit } from "../../commands/audit.ts";
import { findModel } from "../../device-registry/models.ts";
import { openRegistry } from "../../device-registry/store.ts";
import { RETURNS } from "../../gateway/holding.ts";
import { returnId } from "../../gateway/leases.ts";
import { openLedger } from "../../gateway/ledger.ts";
import { createRelay } from "../../gateway/relay.ts";
import type { ChirpStackEvent, Downlink } from "../../gateway/words.ts";

const LAMP = "lamp:88383:042";
const DEV_EUI = "70b3d5e75e000042";
const id = (digit: number): string => `42cb6459-a640-46ec-9623-bdff39dc473${digit}`;
const base = { devEui: DEV_EUI, applicationId: "app", deviceName: "lamp", tags: {} };
const HOLD = 1_800_000;

const bench = () => {
  const db = new Database(":memory:");
  const clock = { time: 1_000_000, now: () => clock.time, quality: () => "confirmed" as const };
  const registry = openRegistry(db);
  const ledger = openLedger(db);
  const published: Downlink[] = [];
  const write = <T>(work: (append: (body: EntryBody) => number) => T): T =>
    db.transaction(() => work(() => 0)).immediate();
  const relay = createRelay({
    ledger,
    registry,
    findModel,
    findCodec,
    clock,
    write,
    publishDown: async (_app, _dev, downlink) => void published.push(downlink),
    linkedSince: () => 0,
    heardUntil: () => Number.POSITIVE_INFINITY,
    needsConsent: ({ mass }) => (mass?.size ?? 0) > 10,
    log: { warn: () => {} },
  });
  registry.putAsset({ ref: LAMP, kind: "lamp", commune: "88383", use: "lighting", attributes: {} }, 0, () => 0);
  const device = {
    devEui: DEV_EUI,
    model: "nas-ul20xx",
    asset: LAMP,
    state: "in-service",
    applicationId: "app",
  } as const;
  registry.putDevice(device, 0, () => 0);
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  const order = async (digit: number, more: Record<string, unknown> = {}) => {
    const command = { id: id(digit), target: LAMP, name: "dim", fields: { level: 50 }, author: "mairie" };
    const times = { requestedAt: clock.time, expiresAt: clock.time + 600_000, holdUntil: clock.time + HOLD };
    write((append) => relay.order({ ...command, precedence: "operator", ...times, ...more }, append));
    relay.afterCommit();
    await settle();
  };
  const say = async (event: ChirpStackEvent, reading?: Reading) => {
    write((append) => relay.observe(event, reading, append));
    relay.afterCommit();
    await settle();
  };
  const onAir = (queueItemId: string) =>
    say({
      ...base,
      kind: "txack",
      time: clock.time,
      queueItemId,
      downlinkId: 1,
      fCntDown: 1,
      gatewayId: "0016c001f1500001",
    });
  const status = (level: number, reason: string) => {
    clock.time += 1_000;
    const measurements = [
      { name: "lamp.level", value: level, unit: "%" },
      { name: "lamp.reason", value: reason, unit: "1" },
    ];
    const heard = {
      device: DEV_EUI,
      at: clock.time,
      receivedAt: clock.time,
      fCnt: 1,
      fPort: 23,
      frame: new Uint8Array(),
    };
    const up = {
      ...base,
      kind: "up",
      time: clock.time,
      deduplicationId: "d",
      devAddr: "01",
      fCnt: 1,
      fPort: 23,
    } as const;
    const reading: Reading = { kind: "reading", ...heard, measurements, history: [], notes: [] };
    return say({ ...up, dr: 5, confirmed: false, data: new Uint8Array() }, reading);
  };
  const pass = async (ms: number) => {
    clock.time += ms;
    write(relay.tick);
    relay.afterCommit();
    await settle();
  };
  const state = (which: string) => ledger.find(which)?.record.steps.at(-1);
  return { clock, ledger, relay, published, write, order, onAir, status, pass, state };
};

let b: ReturnType<typeof bench>;
beforeEach(() => {
  b = bench();
});

describe("an override", () => {
  it("holds its lamp, ends by itself, and the return is followed to its effect", async () => {
    await b.order(0);
    await b.onAir(id(0));
    await b.status(50, "manual");
    expect(b.state(id(0))?.state).toBe("effect-observed");
    const [lease] = b.ledger.leases.all();
    expect(lease).toMatchObject({ asset: LAMP, author: "mairie", since: 1_000_000, until: 1_000_000 + HOLD });
    await b.pass(HOLD);
    const back = returnId(id(0), 1);
    expect([...b.published.at(-1)!.data]).toEqual([1, 0xfe, 0xff]);
    expect(b.ledger.find(back)?.record.command).toMatchObject({ author: RETURNS, name: "release" });
    await b.onAir(back);
    await b.status(0, "calendar day");
    expect(b.state(back)?.state).toBe("effect-observed");
    await b.pass(1_000);
    expect(b.ledger.leases.all()).toEqual([]);
    await b.pass(HOLD);
    expect(b.published).toHaveLength(2);
  });

  it("is given back again when the return did not show", async () => {
    await b.order(0);
    await b.onAir(id(0));
    await b.pass(HOLD);
    await b.onAir(returnId(id(0), 1));
    await b.status(50, "manual");
    await b.pass(7 * 3_600_000);
    expect(b.state(returnId(id(0), 1))?.state).toBe("failed");
    await b.pass(1_000);
    expect(b.state(returnId(id(0), 2))?.state).toBe("queued");
  });

  it("that never went on air holds nothing, and leaves the lamp to whom it had", async () => {
    await b.order(0);
    await b.onAir(id(0));
    await b.order(1, { author: "astreinte", reason: "fête annulée", expiresAt: b.clock.time + 60_000 });
    expect(b.ledger.leases.of(LAMP)).toMatchObject({ author: "astreinte", reason: "fête annulée" });
    await b.pass(60_000 + 300_000);
    expect(b.state(id(1))?.state).toBe("expired");
    expect(b.ledger.leases.of(LAMP)).toMatchObject({ author: "mairie", until: 1_000_000 + HOLD });
  });
});

describe("precedence", () => {
  it("lets the hand outrank the region, the region the calendar, and asks whoever takes over why", async () => {
    await b.order(0);
    await b.order(1, { author: "region", precedence: "override" });
    expect(b.state(id(1))).toMatchObject({ state: "refused", reason: "held-by:mairie" });
    await b.order(2, { author: "calendrier", precedence: "schedule", holdUntil: undefined });
    expect(b.state(id(2))?.reason).toBe("held-by:mairie");
    await b.order(3, { author: "astreinte" });
    expect(b.state(id(3))?.reason).toBe("takeover-needs-reason:mairie");
    await b.order(4, { author: "astreinte", reason: "accident rue de la Gare" });
    expect(b.state(id(4))?.state).toBe("accepted");
    await b.order(5, { author: "mairie", precedence: "safety" });
    expect(b.state(id(5))?.reason).toBe("takeover-needs-reason:astreinte");
  });

  it("leaves other matters alone", async () => {
    await b.order(0);
    await b.order(1, { author: "region", precedence: "override", name: "release", fields: {} });
    expect(b.state(id(1))?.state).toBe("refused");
    await b.pass(HOLD);
    await b.order(2, { author: "region", precedence: "override", reason: "reprise" });
    expect(b.state(id(2))?.state).not.toBe("refused");
  });

  it("waits for the commune where many are meant, and takes its no", async () => {
    const mass = { id: id(9), size: 300 };
    await b.order(0, { mass });
    expect(b.state(id(0))).toMatchObject({ state: "accepted", reason: "waits-for-consent" });
    expect(b.published).toEqual([]);
    expect(b.write((append) => b.relay.consent(id(9), "maire", true, append))).toBe(1);
    await b.pass(1_000);
    expect(b.published).toHaveLength(1);
    await b.onAir(id(0));
    await b.order(1, { mass });
    b.write((append) => b.relay.consent(id(9), "maire", false, append));
    expect(b.state(id(1))).toMatchObject({ state: "cancelled", reason: "no-consent:maire" });
  });
});

describe("the audit log", () => {
  it("chains every wish, and shows what was changed, taken out or put in", async () => {
    await b.order(0);
    await b.order(1, { author: "region", precedence: "override" });
    b.write((append) => b.relay.cancel(id(0), "mairie", append));
    const lines = [...b.ledger.audit.lines()];
    // What the region wished is refused, for somebody nearer holds the lamp: its outcome follows it at once.
    expect(lines.map(({ who, what }) => `${who} ${what}`)).toEqual([
      "mairie command",
      "region command",
      "region outcome",
    ]);
    expect(lines[2]).toMatchObject({ about: id(1), detail: { state: "refused", reason: "held-by:mairie" } });
    expect(verifyAudit(lines)).toMatchObject({ ok: true, lines: 3, head: lines.at(-1)?.hash });
    expect(verifyAudit([{ ...lines[0]!, who: "nobody" }, lines[1]!])).toEqual({ ok: false, seq: 1 });
    expect(verifyAudit([lines[1]!])).toEqual({ ok: false, seq: 1 });
    expect(verifyAudit([lines[0]!, { ...lines[1]!, detail: {} }])).toEqual({ ok: false, seq: 2 });
  });

  it("takes back by an order from away, and tells what became of that", async () => {
    const later = { mass: { id: id(9), size: 2 } };
    await b.order(0, later);
    await b.order(1, { ...later, reason: "encore" });
    await b.order(2, { name: "cancel", target: `mass:${id(9)}`, fields: { of: id(9) }, author: "region" });
    expect([b.state(id(0))?.state, b.state(id(1))?.state]).toEqual(["queued", "cancelled"]);
    expect(b.state(id(2))).toMatchObject({ state: "done", reason: "too-late:1" });
    await b.order(3, { name: "cancel", target: `mass:${id(9)}`, fields: { of: id(9) }, author: "region" });
    expect(b.state(id(3))).toMatchObject({ state: "refused", reason: "too-late" });
    const deeds = [...b.ledger.audit.lines()].map(
      ({ what, about, detail }) => `${what} ${about} ${detail.state ?? ""}`,
    );
    expect(deeds).toContain(`cancel ${id(9)} `);
    expect(deeds).toContain(`outcome ${id(1)} cancelled`);
  });
});
