/** Enrolment, renewal and revocation with whole hypervisors over real mutual TLS; the clock is driven. */
import "reflect-metadata";
import { webcrypto, X509Certificate } from "node:crypto";
import { join } from "node:path";
import { Pkcs10CertificateRequestGenerator } from "@peculiar/x509";
import { afterAll, beforeAll, expect, test } from "vitest";
import { enrolWith, findRegion } from "../../cloud-sync/enrolment/enrol.ts";
import { certificateRequest, makeKey } from "../../cloud-sync/enrolment/key.ts";
import { createRenewal, type RenewalEvent, renewalDueAt } from "../../cloud-sync/enrolment/renewal.ts";
import { createHttpsTransport, type HttpsTransport, type TlsIdentity } from "../../cloud-sync/https.ts";
import { ENROLMENT_PATH, readTicket, renewalPath, type Ticket } from "../../cloud-sync/protocol/enrolment.ts";
import { openAuthority } from "../../hypervisor/authority.ts";
import { createDrivenTimers } from "../cloud-sync/driven.ts";
import { certified, type Region, startRegion } from "./region.ts";

const DAY_MS = 86_400_000;
/** Against what hangs. */
const PATIENCE = { timeout: 60_000 };
/** The machine's clock is that of OpenSSL: certificates of driven days are past to it, which is ours to judge, and never to come. */
const BEGIN = Date.now() - 300 * DAY_MS;

let now = BEGIN;
let region: Region;
const open: HttpsTransport[] = [];

beforeAll(async () => {
  region = await startRegion({}, () => now);
});
afterAll(async () => {
  for (const transport of open) transport.close();
  await region?.stop();
});

const time = () => ({ atLeast: now, confirmed: true });

const transportOf = (identity: Pick<TlsIdentity, "ca"> & Partial<TlsIdentity>): HttpsTransport => {
  const transport = createHttpsTransport({ ...identity, url: region.hypervisor.boxUrl, time });
  open.push(transport);
  return transport;
};

const ticketFor = async (name: string, validMs = 3_600_000, communes = ["88383"]): Promise<Ticket> => {
  const { ticket = "" } = await region.hypervisor.invite({ name, communes, validMs });
  const read = readTicket(ticket);
  if (typeof read !== "object") throw new Error(`no ticket: ${ticket}`);
  return read;
};

const enrol = async (ticket: Ticket, key?: string): Promise<TlsIdentity> => {
  const enrolment = { ...ticket, time };
  const proved = await findRegion(enrolment, "en");
  return enrolWith(enrolment, proved, key ?? (await makeKey()), "en");
};

const added = async (name: string): Promise<TlsIdentity> => enrol(await ticketFor(name));

interface Told {
  readonly status: number;
  readonly code?: string;
}

/** What the region says to that identity; it may lack a certificate. */
const ask = async (identity: Pick<TlsIdentity, "ca"> & Partial<TlsIdentity>, box: string): Promise<Told> => {
  const transport = transportOf(identity);
  const path = `/v1/boxes/${box}/commands?wait=0`;
  const { status, body } = await transport.send({ method: "GET", path, headers: {} });
  return status === 200 ? { status } : { status, code: JSON.parse(body).code };
};

const renewBy = async (identity: TlsIdentity, box: string, key?: string) => {
  const request = await certificateRequest(key ?? (await makeKey()), box);
  const body = Buffer.from(JSON.stringify({ request }));
  const headers = { "content-type": "application/json" };
  const { status, body: text } = await transportOf(identity).send({
    method: "POST",
    path: renewalPath(box),
    headers,
    body,
  });
  const told = JSON.parse(text) as { readonly code?: string; readonly certificate?: string };
  return { status, ...told };
};

const lifetimeOf = ({ cert }: TlsIdentity) => {
  const certificate = new X509Certificate(cert);
  return { beginsAt: certificate.validFromDate.getTime(), endsAt: certificate.validToDate.getTime() };
};

test("a box renews by itself when a third of the life is left, not before, and the old certificate serves until then", async () => {
  now = BEGIN;
  let identity = await added("renews");
  const first = identity;
  const transport = transportOf(identity);
  const events: RenewalEvent[] = [];
  const timers = createDrivenTimers(now);
  const renewal = createRenewal({
    box: "renews",
    lifetime: () => lifetimeOf(identity),
    send: transport.send,
    adopt({ key, cert }) {
      identity = { key, cert, ca: identity.ca };
      transport.present(identity);
    },
    time,
    timers,
    random: () => 0.5,
    report: (event) => events.push(event),
  });
  await renewal.start();
  const due = renewalDueAt(lifetimeOf(first));
  expect((due - BEGIN) / DAY_MS).toBeCloseTo(60, 1);
  /** An hour of the box: it looks again at least once in it. */
  const anHourAt = async (at: number) => {
    now = at;
    await timers.advance(2 * 3_600_000);
  };
  await anHourAt(due - 1);
  expect(identity).toBe(first);
  expect(await ask(first, "renews")).toEqual({ status: 200 });

  await anHourAt(due + 1);
  await expect.poll(() => events.length, PATIENCE).toBe(1);
  expect(events).toEqual([{ is: "renewed", endsAt: lifetimeOf(identity).endsAt }]);
  expect(identity.key).not.toBe(first.key);
  expect((lifetimeOf(identity).endsAt - now) / DAY_MS).toBeCloseTo(90, 1);
  const { boxes } = JSON.parse((await region.page("/api/v1/boxes")).body);
  const told = boxes.find(({ box }: { box: string }) => box === "renews");
  expect(Math.abs(Date.parse(told.certificateEndsAt) - lifetimeOf(identity).endsAt)).toBeLessThan(1_000);
  // The answer with the new one may have got lost on its way.
  expect(await ask(first, "renews")).toEqual({ status: 200 });
  expect(await ask(identity, "renews")).toEqual({ status: 200 });
  now = lifetimeOf(first).endsAt + 1_000;
  expect(await ask(first, "renews")).toEqual({ status: 401, code: "certificate-ended" });
  expect(await ask(identity, "renews")).toEqual({ status: 200 });
  await renewal.stop();
});

test("an ended certificate serves for its own renewal and for nothing else, for two years", async () => {
  now = BEGIN;
  const identity = await added("sleeps");
  now = lifetimeOf(identity).endsAt + 140 * DAY_MS;
  expect(await ask(identity, "sleeps")).toEqual({ status: 401, code: "certificate-ended" });
  const other = await renewBy(identity, "renews");
  expect([other.status, other.code]).toEqual([403, "box-name-mismatch"]);
  const key = await makeKey();
  const woken = await renewBy(identity, "sleeps", key);
  expect(woken.status).toBe(201);
  expect(await ask({ key, cert: woken.certificate!, ca: identity.ca }, "sleeps")).toEqual({ status: 200 });

  // The same authority, years ago: certificates that ended a year ago, and longer ago than anybody's sleep.
  const yearsAgo = async (days: number): Promise<TlsIdentity> => {
    const folder = join(region.folder, "data", "authority");
    const authority = await openAuthority(folder, () => now - (90 + days) * DAY_MS);
    const { key, certificate, ca } = await certified(authority, "sleeps", 2);
    return { key, cert: certificate, ca };
  };
  expect(await ask(await yearsAgo(365), "sleeps")).toEqual({ status: 401, code: "certificate-ended" });
  expect((await renewBy(await yearsAgo(365), "sleeps")).status).toBe(201);
  const tooLong = await renewBy(await yearsAgo(731), "sleeps");
  expect([tooLong.status, tooLong.code]).toEqual([401, "certificate-ended"]);
  await region.hypervisor.revokeBox("sleeps");
  const revoked = await renewBy(await yearsAgo(365), "sleeps");
  expect([revoked.status, revoked.code]).toEqual([403, "box-revoked"]);
});

test("revocation ends an open stream at once and refuses the next connection, the renewal and the code not used yet", async () => {
  now = BEGIN + DAY_MS;
  const identity = await added("stolen");
  const unused = await ticketFor("stolen");
  const bystander = await added("bystander");
  const transport = transportOf(identity);
  const openStream = (who: HttpsTransport, box: string) =>
    who.open({ method: "GET", path: `/v1/boxes/${box}/commands`, headers: { accept: "text/event-stream" } });
  const [stream, quiet] = [
    await openStream(transport, "stolen"),
    await openStream(transportOf(bystander), "bystander"),
  ];
  expect([stream.status, quiet.status]).toEqual([200, 200]);
  let quietEnded = false;
  const readThrough = async (chunks: AsyncIterable<Uint8Array>) => {
    for await (const _ of chunks);
  };
  const ended = readThrough(stream.chunks).then(
    () => "ended",
    () => "cut",
  );
  void readThrough(quiet.chunks)
    .catch(() => {})
    .finally(() => {
      quietEnded = true;
    });
  await region.hypervisor.revokeBox("stolen");
  expect(await ended).toBe("cut");
  expect(quietEnded).toBe(false);
  expect(await ask(identity, "stolen")).toEqual({ status: 403, code: "box-revoked" });
  const renewed = await renewBy(identity, "stolen");
  expect([renewed.status, renewed.code]).toEqual([403, "box-revoked"]);
  await expect(enrol(unused)).rejects.toMatchObject({ code: "refused", problem: { code: "code-unknown" } });

  // A new code brings the box back; what was revoked stays so.
  const back = await added("stolen");
  expect(await ask(back, "stolen")).toEqual({ status: 200 });
  expect(await ask(identity, "stolen")).toEqual({ status: 403, code: "certificate-replaced" });
});

test("a code enrols once, for one key, and only while it lasts", async () => {
  now = BEGIN + 2 * DAY_MS;
  const ticket = await ticketFor("once", 3_600_000);
  const key = await makeKey();
  const first = await enrol(ticket, key);
  // The answer got lost: the same key asks again.
  const again = await enrol(ticket, key);
  expect(new X509Certificate(again.cert).subject).toBe(new X509Certificate(first.cert).subject);
  expect(await ask(again, "once")).toEqual({ status: 200 });
  // Somebody who read it over the installer's shoulder has another key.
  await expect(enrol(ticket)).rejects.toMatchObject({ code: "refused", problem: { code: "code-used" } });
  expect(await ask(first, "once")).toEqual({ status: 200 });

  const late = await ticketFor("late", 3_600_000);
  const proved = await findRegion({ ...late, time }, "en");
  now += 3_600_001;
  await expect(findRegion({ ...late, time }, "en")).rejects.toMatchObject({ problem: { code: "code-ended" } });
  await expect(enrolWith({ ...late, time }, proved, await makeKey(), "en")).rejects.toMatchObject({
    problem: { code: "code-ended" },
  });
  // Nor can a used one bring its key back later.
  await expect(enrolWith({ ...ticket, time }, proved, key, "en")).rejects.toMatchObject({
    problem: { code: "code-ended" },
  });
});

test("another code takes the place of the one before, and a box of other communes gets none", async () => {
  now = BEGIN + 3 * DAY_MS;
  const before = await ticketFor("twice");
  const after = await ticketFor("twice");
  await expect(enrol(before)).rejects.toMatchObject({ problem: { code: "code-unknown" } });
  await enrol(after);
  await expect(ticketFor("twice", 3_600_000, ["88158"])).rejects.toMatchObject({ code: "box-exists" });
});

/** Well signed, by a key that our boxes do not make. */
const rsaRequest = async (name: string): Promise<string> => {
  const algorithm = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };
  const size = { modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]) };
  const keys = await webcrypto.subtle.generateKey({ ...algorithm, ...size }, true, ["sign", "verify"]);
  const request = await Pkcs10CertificateRequestGenerator.create({
    name: [{ CN: [name] }],
    keys,
    signingAlgorithm: algorithm,
  });
  return request.toString("pem");
};

test("a request that its key did not sign, or of another kind of key, gets no certificate and leaves the code", async () => {
  now = BEGIN + 4 * DAY_MS;
  const ticket = await ticketFor("signed");
  const proved = await findRegion({ ...ticket, time }, "en");
  const good = await certificateRequest(await makeKey(), "signed");
  const bytes = Buffer.from(good.replace(/-----[A-Z ]+-----|\s/g, ""), "base64");
  bytes[bytes.length - 5]! ^= 1;
  const forged = `-----BEGIN CERTIFICATE REQUEST-----\n${bytes.toString("base64")}\n-----END CERTIFICATE REQUEST-----\n`;
  const transport = transportOf({ ca: proved.ca });
  const refusedBody = Buffer.from(JSON.stringify({ code: ticket.code, request: forged }));
  const refused = await transport.send({ method: "POST", path: ENROLMENT_PATH, headers: {}, body: refusedBody });
  expect([refused.status, JSON.parse(refused.body).code]).toEqual([400, "request-unsigned"]);
  const authority = await openAuthority(join(region.folder, "data", "authority"), () => now);
  const rsa = await rsaRequest("signed");
  for (const request of ["no request", good.slice(0, 200), rsa])
    await expect(authority.readRequest(request)).rejects.toMatchObject({ code: "request-unsigned" });
  // The name in a request is nobody's word: who the box is says the code.
  const key = await makeKey();
  const request = await certificateRequest(key, "another-name");
  const body = Buffer.from(JSON.stringify({ code: ticket.code, request }));
  const answer = await transport.send({ method: "POST", path: ENROLMENT_PATH, headers: {}, body });
  expect([answer.status, JSON.parse(answer.body).box]).toEqual([201, "signed"]);
  expect(new X509Certificate(JSON.parse(answer.body).certificate).subject).toBe("CN=signed\nserialNumber=2");
});
