import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { REFUSALS } from "../../api/control.ts";
import { JSON_OUTPUT } from "../../cli/json-output.ts";
import { beffroi, FRENCH, finished, start, temporaryFolder } from "./bin.ts";
import { command, type FakeBox, type Handler, json, LAMP, STATUS, startFakeBox } from "./fake-box.ts";

let folder: ReturnType<typeof temporaryFolder>;
let box: FakeBox | undefined;
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(async () => {
  await box?.stop();
  box = undefined;
  folder.remove();
});

const boxSaying = async (handle: Handler): Promise<FakeBox> => {
  box = await startFakeBox(folder.path, handle);
  return box;
};
const run = (...args: string[]) => beffroi([...args, "--data", folder.path], { env: FRENCH });

test("status says in French what a person needs, and to scripts what the box said", async () => {
  await boxSaying((_, reply) => json(reply, STATUS));
  const { code, out, err } = await run("status");
  expect({ code, err }).toEqual({ code: 0, err: "" });
  for (const said of [
    /^Boîtier remiremont/,
    /12 345 entrées/,
    /345 entrées attendent/,
    /23 jours/,
    /pas relié/,
    /qos=1/,
    /2 trames illisibles/,
    /83 Go/,
  ])
    expect(out).toMatch(said);
  const script = JSON.parse((await run("status", "--json")).out);
  expect(script).toEqual(STATUS);
  JSON_OUTPUT.status!.schema.parse(script);
});

test("status says why the region takes nothing of this box, and what to do", async () => {
  let refusal: (typeof REFUSALS)[number] = "locked";
  const hypervisor = { ...STATUS.hypervisor!, connected: true };
  await boxSaying((_, reply) => json(reply, { ...STATUS, hypervisor: { ...hypervisor, refusal } }));
  const said = async () => (await run("status")).out;
  const seen = new Set<string>();
  for (refusal of REFUSALS) {
    const out = await said();
    seen.add(out);
    if (refusal === "locked") expect(out.replace(/\s+/g, " ")).toContain("deux boîtiers portent son nom");
    if (refusal === "replaced") expect(out.replace(/\s+/g, " ")).toContain("plus rien ne part d’ici");
  }
  expect(seen.size).toBe(REFUSALS.length);
});

test("status says until when the certificate is valid, and why it is not renewed", async () => {
  const daysOn = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString();
  let certificate: { endsAt: string; renewalError?: string } = { endsAt: daysOn(80) };
  const { hypervisor } = STATUS;
  await boxSaying((_, reply) => json(reply, { ...STATUS, hypervisor: { ...hypervisor, certificate } }));
  const date = (days: number) => new Date(daysOn(days)).toLocaleDateString("fr-FR");
  const said = async () => (await run("status")).out.replace(/\s+/g, " ");
  expect(await said()).toContain(`Certificat jusqu’au ${date(80)}`);
  certificate = { endsAt: daysOn(20), renewalError: "ECONNREFUSED" };
  expect(await said()).toContain(`Le certificat finit le ${date(20)} et n’est pas renouvelé : ECONNREFUSED`);
  certificate = { endsAt: daysOn(-1) };
  expect(await said()).toContain(`Le certificat est fini depuis le ${date(-1)} : la région n’a pas encore répondu`);
});

test("status names the antennas that are silent, since when, and what to do", async () => {
  const ago = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString();
  const school = { id: "0016c00100088384", name: "École", state: "offline", lastSeenAt: ago(125.5) };
  const belfry = { id: "0016c00100088383", name: "0016c00100088383", state: "online", lastSeenAt: ago(1) };
  const fresh = { id: "0016c00100088385", name: "Stade", state: "never-seen" };
  let loraGateways: object = { checkedAt: ago(0), gateways: [school, fresh, belfry] };
  await boxSaying((_, reply) => json(reply, { ...STATUS, loraGateways }));
  const { code, out } = await run("status");
  expect(code).toBe(0);
  for (const said of [
    /Antennes LoRa +1 sur 3 en service/,
    /École \(0016c00100088384\) ne répond plus depuis 2 h \d min/,
    /Stade \(0016c00100088385\) n’a encore jamais répondu/,
    /C’est la cause la plus fréquente du silence des appareils/,
    /4 événements de genres inconnus/,
  ])
    expect(out).toMatch(said);
  loraGateways = { checkedAt: ago(10.5), fault: "key-refused", gateways: [belfry] };
  const refused = await run("status");
  expect(refused.out).toMatch(/1 sur 1 en service\n +état d’il y a 10 min \d+ s/);
  expect(refused.out).toMatch(/create-api-key/);
  expect(refused.out).not.toMatch(/la cause la plus fréquente/);
  loraGateways = { fault: "moon-phase", gateways: [] };
  expect((await run("status")).out).toMatch(/ChirpStack n’a pas encore dit leur état\n +moon-phase/);
});

test("status and the doctor say what ChirpStack has lost, and what puts it back", async () => {
  let lost = 12;
  let withoutKeys = 0;
  await boxSaying((_, reply) => json(reply, { ...STATUS, network: { lost, withoutKeys } }));
  const { out } = await run("status");
  expect(out).toMatch(/ChirpStack +ne connaît plus 12 appareils/);
  expect(out).toMatch(/beffroi network\s+apply/);
  const file = join(folder.path, "beffroi.toml");
  writeFileSync(file, '[box]\nname = "x"\ndata = "."\n');
  const findings = async (): Promise<{ code: string; health: string }[]> =>
    JSON.parse((await beffroi(["doctor", "--config", file, "--json"])).out).findings;
  expect(await findings()).toContainEqual(expect.objectContaining({ code: "network-lost", health: "bad" }));
  lost = 0;
  withoutKeys = 3;
  const healed = (await run("status")).out;
  expect(healed).not.toMatch(/ne connaît plus/);
  expect(healed).toMatch(/Groupes +3 lampes n’ont pas pris les clés de leur groupe/);
  expect((await findings()).map(({ code }) => code)).not.toContain("network-lost");
});

test("the box is found by configuration file, environment and current folder", async () => {
  await boxSaying((_, reply) => json(reply, STATUS));
  const file = join(folder.path, "beffroi.toml");
  writeFileSync(file, '[box]\nname = "x"\ndata = "."\n');
  expect((await beffroi(["status", "--config", file])).code).toBe(0);
  expect((await beffroi(["status"], { env: { BEFFROI_CONFIG: file } })).code).toBe(0);
  expect((await beffroi(["status"], { cwd: folder.path })).code).toBe(0);
});

test("device add sends what was typed in the box's units", async () => {
  const fake = await boxSaying((_, reply) => json(reply, { device: LAMP, change: "added" }));
  const typed = ["70:B3:D5:E7:5E:01:A2:B3", "--model", "nas-ul20xx", "--asset", "lamp:88383:042"];
  const { code, out } = await run(
    "device",
    "add",
    ...typed,
    "--rated",
    "0,045kW",
    "--at",
    "48.01,6.58",
    "--name",
    "Rue d’Alsace",
    "--by",
    "Léa",
  );
  expect(code).toBe(0);
  expect(out).toMatch(/il sert lamp:88383:042/);
  expect(fake.asked[0]).toMatchObject({ method: "POST", url: "/devices", language: "fr" });
  expect(fake.asked[0]?.body).toEqual({
    devEui: "70b3d5e75e01a2b3",
    model: "nas-ul20xx",
    asset: "lamp:88383:042",
    name: "Rue d’Alsace",
    latitude: 48.01,
    longitude: 6.58,
    ratedWatts: 45,
    by: "Léa",
  });
});

test("a refusal of the box is told in French, with the device in the way and exit 4", async () => {
  const message = "lamp:88383:042 is already served by 70b3d5e75e01a2b3";
  await boxSaying((_, reply) => json(reply, { code: "asset-taken", message }, 409));
  const typed = ["device", "add", "70b3d5e75e01ffff", "--model", "nas-ul20xx", "--asset", "lamp:88383:042"];
  const { code, err } = await run(...typed);
  expect(code).toBe(4);
  expect(err).toMatch(/un autre appareil sert déjà/);
  expect(err).toMatch(/70b3d5e75e01a2b3/);
  expect(JSON.parse((await run(...typed, "--json")).err).error.problem).toEqual({ code: "asset-taken", message });
});

test("send fills the model's fields in order or by name, and follows the command to its end", async () => {
  const fake = await boxSaying((asked, reply) => {
    if (asked.url === "/devices") return json(reply, { devices: [LAMP] });
    if (asked.url === "/status") return json(reply, STATUS);
    if (asked.method === "POST") return json(reply, command(asked.body, "accepted"), 202);
    const given = fake.asked.findLast((each) => each.method === "POST")?.body;
    reply.writeHead(200);
    for (const [state, ends] of [
      ["accepted", false],
      ["on-air", false],
      ["effect-observed", true],
    ] as const)
      reply.write(`${JSON.stringify(command(given, state, ends))}\n`);
    reply.end();
  });
  const { code, out } = await run("send", "lamp:88383:042", "dim", "50", "--for", "30m", "--watch");
  expect(code).toBe(0);
  expect(out).toMatch(/émis\n.*effet constaté\n$/);
  const posted = () => fake.asked.findLast((each) => each.method === "POST")?.body;
  expect(posted()).toMatchObject({
    target: "lamp:88383:042",
    name: "dim",
    fields: { level: 50 },
    expiresInSeconds: 600,
    holdSeconds: 1_800,
  });
  const script = await run("send", "lamp:88383:042", "dim", "level=20%", "--watch", "--json");
  expect(posted()).toMatchObject({ fields: { level: 20 } });
  const lines = script.out
    .trimEnd()
    .split("\n")
    .map((line) => JSON_OUTPUT.send!.schema.parse(JSON.parse(line)));
  expect(lines.at(-1)).toMatchObject({ state: "effect-observed", terminal: true });
});

test("a command that fails exits with 5; one out of range never reaches the box", async () => {
  const fake = await boxSaying((asked, reply) => {
    if (asked.url === "/devices") return json(reply, { devices: [LAMP] });
    if (asked.url === "/status") return json(reply, STATUS);
    if (asked.method === "POST") return json(reply, command(asked.body, "accepted"), 202);
    return reply.end(
      `${JSON.stringify(command(fake.asked.findLast((each) => each.method === "POST")?.body, "expired", true))}\n`,
    );
  });
  const { code, err } = await run("send", "lamp:88383:042", "dim", "50", "--watch");
  expect(code).toBe(5);
  expect(err).toMatch(/expiré/);
  const sent = fake.asked.length;
  expect((await run("send", "lamp:88383:042", "dim", "150")).code).toBe(2);
  expect(fake.asked.slice(sent).map((asked) => asked.method)).toEqual(["GET"]);
  const unknown = await run("send", "lamp:88383:42", "dim", "50");
  expect(unknown.code).toBe(4);
  expect(unknown.err.replaceAll("\n", " ")).toMatch(/« lamp:88383:042 » \?/);
});

const READING = {
  box: "remiremont",
  epoch: 1,
  seq: 7,
  device: "24e124713c123456",
  asset: "container:88383:7",
  commune: "88383",
  codec: "milesight-em400@1",
  at: "2026-11-22T09:00:00.000Z",
  receivedAt: "2026-11-22T09:00:01.000Z",
  fCnt: 3,
  fPort: 85,
  frame: "01755c",
  measurements: { "battery.level": { value: 92, unit: "%" }, "lamp.reason": { value: '=1+1, "x"', unit: "1" } },
  history: [],
  notes: [],
};

test("export writes CSV that a spreadsheet neither splits wrongly nor runs, and JSON that says the same", async () => {
  const unread = { ...READING, seq: 8, measurements: {}, fault: { code: "port.unknown", message: "x" } };
  const fake = await boxSaying((_, reply) => reply.end(`${JSON.stringify(READING)}\n${JSON.stringify(unread)}\n`));
  const { code, out } = await run("export", "--csv", "--from", "2026-11-01T00:00Z", "--device", "24E124713C123456");
  expect(code).toBe(0);
  expect(fake.asked[0]?.url).toBe("/export?from=2026-11-01T00%3A00%3A00.000Z&device=24e124713c123456");
  const [head, battery, reason, fault] = out.split("\r\n");
  expect(head).toBe("at,device,asset,commune,measurement,value,unit,receivedAt,fCnt,fPort,frame,codec,notes,fault");
  expect(battery).toBe(
    "2026-11-22T09:00:00.000Z,24e124713c123456,container:88383:7,88383,battery.level,92,%,2026-11-22T09:00:01.000Z,3,85,01755c,milesight-em400@1,,",
  );
  expect(reason).toContain(`,lamp.reason,"'=1+1, ""x""",1,`);
  expect(fault).toMatch(/,port\.unknown$/);
  const script = await run("export", "--json");
  expect(
    script.out
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line)),
  ).toEqual([READING, unread]);
  const file = join(folder.path, "readings.csv");
  expect((await run("export", "-o", file)).code).toBe(0);
  expect(readFileSync(file, "utf8").split("\r\n")[1]).toContain(",battery.level,92,%,");
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect((await run("export", "-o", file)).code).toBe(1);
});

test("an export cut off is a failure, however much arrived", async () => {
  await boxSaying((_, reply) => {
    reply.writeHead(200);
    reply.write(`${JSON.stringify(READING)}\n`, () => reply.destroy());
  });
  const { code, err } = await run("export", "--json");
  expect(code).toBe(1);
  expect(err).toMatch(/"cut-short"/);
});

test("watch shows entries as they come and ends with 3 when the box stops", async () => {
  const entry = {
    seq: 1,
    at: "2026-11-22T09:00:00.000Z",
    kind: "reading",
    asset: "lamp:88383:042",
    measurements: { "lamp.power": { value: 22.5, unit: "W" } },
    notes: ["counter-restart"],
  };
  const fake = await boxSaying((_, reply) => reply.end(`${JSON.stringify(entry)}\n`));
  const { code, out } = await run("watch", "--asset", "lamp:88383:042");
  expect(fake.asked[0]?.url).toBe("/watch?asset=lamp%3A88383%3A042");
  expect(out).toMatch(/lamp:88383:042 lamp\.power 22,5 W, \[counter-restart\]/);
  expect(code).toBe(3);
  const script = await run("watch", "--json");
  JSON_OUTPUT.watch!.schema.parse(JSON.parse(script.out));
});

test("who waits for more than two seconds is told so", async () => {
  await boxSaying((_, reply) => void setTimeout(() => json(reply, STATUS), 2_600));
  const { code, out, err } = await run("status", "--json");
  expect(code).toBe(0);
  expect(JSON.parse(out)).toEqual(STATUS);
  expect(err).toMatch(/Toujours en attente : réponse du boîtier…/);
});

test("an answer of another version is named as such", async () => {
  await boxSaying((_, reply) => json(reply, { ...STATUS, journal: 5 }));
  const { code, err } = await run("status", "--json");
  expect(code).toBe(1);
  expect(JSON.parse(err).error).toMatchObject({ code: "reply-not-understood" });
});

test("a reader that goes away early is no error", async () => {
  await boxSaying((_, reply) => {
    reply.writeHead(200);
    for (let n = 0; n < 20_000; n++) reply.write(`${JSON.stringify({ ...READING, seq: n })}\n`);
    reply.end();
  });
  const child = start(["export", "--json", "--data", folder.path]);
  child.stdout?.once("data", () => child.stdout?.destroy());
  expect((await finished(child)).code).toBe(0);
});
