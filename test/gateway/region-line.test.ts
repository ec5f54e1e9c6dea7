/** The box's line under an identity that renews itself, to a whole hypervisor; both clocks are driven. */
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { pino } from "pino";
import { afterAll, beforeAll, expect, test } from "vitest";
import { enrolWith, findRegion } from "../../cloud-sync/enrolment/enrol.ts";
import { makeKey } from "../../cloud-sync/enrolment/key.ts";
import { openJournal } from "../../cloud-sync/journal/journal.ts";
import { readTicket, type Ticket } from "../../cloud-sync/protocol/enrolment.ts";
import { CERTIFICATE_ALARM, createCertificateAlarm } from "../../gateway/certificate-alarm.ts";
import { createBoxClock } from "../../gateway/clock.ts";
import { IDENTITY_FILE, readIdentity, writeIdentity } from "../../gateway/identity.ts";
import { openRegionLine } from "../../gateway/region-line.ts";
import type { Append } from "../../gateway/words.ts";
import { createDrivenTimers } from "../cloud-sync/driven.ts";
import { type Region, startRegion } from "../hypervisor/region.ts";

const DAY_MS = 86_400_000;
/** Against what hangs. */
const PATIENCE = { timeout: 60_000 };
const HOUR_MS = 3_600_000;
/** Past to the machine's clock, by which OpenSSL judges: it must not find anything too young. */
const BEGIN = Date.now() - 300 * DAY_MS;

let now = BEGIN;
let region: Region;
const root = mkdtempSync(join(tmpdir(), "beffroi-line-"));
beforeAll(async () => {
  region = await startRegion({}, () => now);
});
afterAll(async () => {
  await region?.stop();
  rmSync(root, { recursive: true, force: true });
});

/** A box enrolled at `BEGIN`, with its own clock `lag` behind the region's. */
const createBox = async (name: string, lag = 0) => {
  now = BEGIN;
  const { ticket = "" } = await region.hypervisor.invite({ name, communes: ["88383"], validMs: HOUR_MS });
  const enrolment = {
    ...(readTicket(ticket) as Ticket),
    time: () => ({ atLeast: now, confirmed: true }),
  };
  const folder = join(root, name);
  mkdirSync(folder, { mode: 0o700 });
  const identityFile = join(folder, IDENTITY_FILE);
  const given = await enrolWith(enrolment, await findRegion(enrolment, "en"), await makeKey(), "en");
  const first = writeIdentity(identityFile, given);
  const timers = createDrivenTimers(BEGIN);
  // Not sure of its time: a box that is would refuse certificates made in what is future to it.
  const clock = createBoxClock({ now: () => now - lag, mono: timers.mono }, () => lag === 0);
  const journal = openJournal(new Database(":memory:"), {
    clock: { now: () => ({ wall: clock.now(), mono: clock.mono(), clock: clock.quality() }) },
  });
  const address = { url: region.hypervisor.boxUrl, identityFile };
  const open = () =>
    openRegionLine({
      box: name,
      address,
      clock,
      journal,
      log: pino({ level: "silent" }),
      timers,
      releasedAt: BEGIN - 365 * DAY_MS,
    });
  return {
    folder,
    first,
    timers,
    open,
    stored: () => readIdentity(identityFile),
    ask: async (line: ReturnType<typeof open>) => {
      const path = `/v1/boxes/${name}/commands?wait=0`;
      return (await line.send({ method: "GET", path, headers: {} })).status;
    },
  };
};

test("a stream's line says that it stands", async () => {
  const box = await createBox("listens");
  const line = box.open();
  let stands = 0;
  const path = "/v1/boxes/listens/commands?wait=0";
  const { status } = await line.open({ method: "GET", path, headers: {} }, undefined, () => stands++);
  expect([status, stands]).toEqual([200, 1]);
  line.close();
});

test("a running box renews with a third left, without a restart, and its new identity is on the disk", async () => {
  const box = await createBox("runs");
  const line = box.open();
  expect(await box.ask(line)).toBe(200);
  now = BEGIN + 61 * DAY_MS;
  await box.timers.advance(2 * HOUR_MS);
  await expect.poll(() => box.stored().endsAt, PATIENCE).toBeGreaterThan(box.first.endsAt);
  expect(box.stored().key).not.toBe(box.first.key);
  expect(statSync(join(box.folder, IDENTITY_FILE)).mode & 0o077).toBe(0);
  expect(readdirSync(box.folder)).toEqual([IDENTITY_FILE]);
  // With the first one, this would be refused.
  now = BEGIN + 100 * DAY_MS;
  expect(await box.ask(line)).toBe(200);
  expect(line.certificate()).toMatchObject({ endsAt: box.stored().endsAt, renewalError: undefined });
  line.close();
});

test("a box that slept past its certificate's end renews before it says anything else", async () => {
  const box = await createBox("slept");
  now = BEGIN + 250 * DAY_MS;
  const line = box.open();
  expect(await box.ask(line)).toBe(200);
  expect(box.stored().endsAt).toBeGreaterThan(now);
  line.close();
});

test("a box whose clock stands still renews when the region says that its certificate has ended", async () => {
  const lag = 200 * DAY_MS;
  const box = await createBox("still", lag);
  now = BEGIN + 120 * DAY_MS;
  const line = box.open();
  expect(await box.ask(line)).toBe(401);
  await box.timers.advance(1);
  await expect.poll(() => box.stored().endsAt, PATIENCE).toBeGreaterThan(now);
  await expect.poll(() => box.ask(line), PATIENCE).toBe(200);
  line.close();
});

test("a region that is away leaves the certificate as it is; the renewal is tried again and says why it fails", async () => {
  const box = await createBox("away");
  await region.hypervisor.revokeBox("away");
  now = BEGIN + 70 * DAY_MS;
  const line = box.open();
  await expect.poll(() => line.certificate().renewalError, PATIENCE).toMatch(/403 box-revoked/);
  expect(box.stored()).toEqual(box.first);
  line.close();
});

test("a certificate that cannot be stored is not shown: the old one serves on, and the next try has another key", async () => {
  const box = await createBox("full");
  const line = box.open();
  expect(await box.ask(line)).toBe(200);
  // Where the new file is to be written stands a folder, which nobody may write over, root included.
  const inTheWay = join(box.folder, `${IDENTITY_FILE}.new`);
  mkdirSync(inTheWay);
  chmodSync(inTheWay, 0o700);
  now = BEGIN + 61 * DAY_MS;
  await box.timers.advance(2 * HOUR_MS);
  await expect
    .poll(() => line.certificate().renewalError, PATIENCE)
    .toMatch(/identity\.pem\.new|directory|ERR_FS_EISDIR/i);
  expect(box.stored()).toEqual(box.first);
  expect(await box.ask(line)).toBe(200);
  rmSync(inTheWay, { recursive: true });
  await box.timers.advance(HOUR_MS);
  await expect.poll(() => box.stored().endsAt, PATIENCE).toBeGreaterThan(box.first.endsAt);
  await expect.poll(() => line.certificate().renewalError, PATIENCE).toBeUndefined();
  line.close();
});

test("with a sixth of the life left the journal says so, once, and that it is over", () => {
  const state = new Map<string, string>();
  const written: unknown[] = [];
  const parts = {
    state: { get: (key: string) => state.get(key), set: (key: string, value: string) => void state.set(key, value) },
    write: (work: (append: Append) => void) => work((body) => void written.push(body) as never),
  };
  const lifetime = { beginsAt: BEGIN, endsAt: BEGIN + 90 * DAY_MS };
  const alarm = createCertificateAlarm(parts);
  alarm(lifetime, BEGIN + 74 * DAY_MS);
  expect(written).toEqual([]);
  const raised = BEGIN + 75 * DAY_MS;
  alarm(lifetime, raised);
  alarm(lifetime, raised + 1);
  // After a restart it knows that it has said so.
  createCertificateAlarm(parts)(lifetime, raised + 2);
  const common = { kind: "alarm", alarm: CERTIFICATE_ALARM };
  expect(written).toEqual([{ ...common, raised: true, at: raised, detail: { endsAt: lifetime.endsAt } }]);
  const renewed = { beginsAt: raised, endsAt: raised + 90 * DAY_MS };
  createCertificateAlarm(parts)(renewed, raised + 3);
  expect(written[1]).toEqual({ ...common, raised: false, at: raised + 3, detail: { endsAt: renewed.endsAt } });
});
