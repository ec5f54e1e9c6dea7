/** A whole hypervisor on the embedded database, spoken to as boxes and people do. */
import { mkdtempSync, rmSync } from "node:fs";
import { request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest, type RequestOptions } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { certificateRequest, makeKey } from "../../cloud-sync/enrolment/key.ts";
import type { DecodedBatch } from "../../cloud-sync/protocol/batch.ts";
import { BATCH_HEADERS, packBody } from "../../cloud-sync/protocol/body.ts";
import type { EntryBody } from "../../cloud-sync/protocol/entry.ts";
import { enrolByTicket } from "../../fixtures/enrolled-box.ts";
import type { CommandForms } from "../../hypervisor/api/parts.ts";
import type { Authority } from "../../hypervisor/authority.ts";
import type { HypervisorConfig } from "../../hypervisor/config.ts";
import { type Hypervisor, startHypervisor } from "../../hypervisor/main.ts";

export interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

export interface Ask {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

export interface Identity {
  readonly key?: string;
  readonly certificate?: string;
  readonly ca: string;
}

const collect = async (answer: IncomingMessage): Promise<Answer> => ({
  status: answer.statusCode ?? 0,
  headers: answer.headers,
  body: Buffer.concat(await answer.toArray()).toString("utf8"),
});

const tls = ({ key, certificate, ca }: Identity): RequestOptions => ({
  ca,
  agent: false,
  ...(key === undefined ? {} : { key }),
  ...(certificate === undefined ? {} : { cert: certificate }),
});

/** Server-Sent Events as they come. */
export interface Feed {
  /** The stream's text so far. */
  text(): string;
  /** Resolves once the text contains `part`. */
  until(part: string): Promise<string>;
  close(): void;
  readonly ended: Promise<void>;
}

const readFeed = (answer: IncomingMessage): Feed => {
  let text = "";
  const waiting = new Set<() => void>();
  answer.on("data", (chunk: Buffer) => {
    text += chunk.toString("utf8");
    for (const look of waiting) look();
  });
  answer.on("error", () => {});
  return {
    text: () => text,
    until: (part) =>
      new Promise((resolve) => {
        const look = () => {
          if (!text.includes(part)) return;
          waiting.delete(look);
          resolve(text);
        };
        waiting.add(look);
        look();
      }),
    close: () => answer.destroy(),
    ended: new Promise((resolve) => {
      answer.on("close", resolve);
    }),
  };
};

export const commandForms: CommandForms = (model) =>
  model === "nas-ul20xx"
    ? [
        { name: "dim", fields: [{ name: "level", type: "number", unit: "%", min: 0, max: 100 }] },
        {
          name: "relay",
          fields: [
            { name: "state", type: "choice", choices: ["off", "on"] },
            { name: "hold", type: "switch" },
            { name: "note", type: "text" },
          ],
        },
      ]
    : [];

/** A lamp with its device, as registry entries. */
export const lampEntries = (ref: string, devEui = "70b3d57050001234"): EntryBody[] => [
  {
    kind: "registry",
    at: 1_760_000_000_000,
    change: {
      op: "put-asset",
      asset: {
        ref,
        kind: "lamp",
        commune: "88383",
        use: "lighting",
        name: "Rue de la Gare",
        attributes: { ratedWatts: 40 },
      },
    },
  },
  {
    kind: "registry",
    at: 1_760_000_000_000,
    change: { op: "put-device", device: { devEui, model: "nas-ul20xx", asset: ref } },
  },
];

/** A box's whole identity. */
export interface EnrolledBox extends Required<Identity> {
  readonly box: string;
  readonly communes: readonly string[];
}

/** A certificate of that authority for a key of its own. */
export const certified = async (authority: Authority, name: string, generation = 1): Promise<Required<Identity>> => {
  const key = await makeKey();
  const request = await authority.readRequest(await certificateRequest(key, name));
  return { key, certificate: await authority.signBox({ name, generation }, request), ca: authority.ca };
};

export interface Region {
  readonly hypervisor: Hypervisor;
  /** Invites a box, and enrols it as it would itself. */
  addBox(box: { readonly name: string; readonly communes: readonly string[] }): Promise<EnrolledBox>;
  readonly folder: string;
  page(path: string, ask?: Ask): Promise<Answer>;
  pageFeed(path: string): Promise<Feed>;
  box(identity: Identity, path: string, ask?: Ask): Promise<Answer>;
  boxFeed(identity: Identity, path: string, headers?: Readonly<Record<string, string>>): Promise<Feed>;
  send(identity: Identity, batch: DecodedBatch): Promise<Answer>;
  stop(): Promise<void>;
}

/** @param now the hypervisor's clock; the machine's unless given */
export const startRegion = async (config: Partial<HypervisorConfig> = {}, now?: () => number): Promise<Region> => {
  const folder = mkdtempSync(join(tmpdir(), "beffroi-region-"));
  const hypervisor = await startHypervisor(
    { dataFolder: join(folder, "data"), pagePort: 0, boxPort: 0, boxAddress: "127.0.0.1", ...config },
    {
      log: pino({ level: "silent" }),
      commandForms,
      expectedInterval: () => 3_600,
      ...(now === undefined ? {} : { now }),
    },
  );
  const page = (path: string, ask: Ask = {}) =>
    new Promise<IncomingMessage>((resolve, reject) => {
      const options = { method: ask.method ?? "GET", headers: { ...ask.headers }, agent: false };
      const asking = httpRequest(`${hypervisor.pageUrl}${path}`, options, resolve);
      asking.on("error", reject);
      asking.end(ask.body);
    });
  const box = (identity: Identity, path: string, ask: Ask = {}) =>
    new Promise<IncomingMessage>((resolve, reject) => {
      const options = { ...tls(identity), method: ask.method ?? "GET", headers: { ...ask.headers } };
      const asking = httpsRequest(`${hypervisor.boxUrl}${path}`, options, resolve);
      asking.on("error", reject);
      asking.end(ask.body);
    });
  return {
    hypervisor,
    folder,
    async addBox({ name, communes }) {
      const { ticket = "" } = await hypervisor.invite({ name, communes: [...communes], validMs: 3_600_000 });
      return { box: name, communes, ...(await enrolByTicket(ticket)) };
    },
    page: async (path, ask) => collect(await page(path, ask)),
    pageFeed: async (path) => readFeed(await page(path)),
    box: async (identity, path, ask) => collect(await box(identity, path, ask)),
    boxFeed: async (identity, path, headers) =>
      readFeed(await box(identity, path, headers === undefined ? {} : { headers })),
    send: async (identity, batch) =>
      collect(
        await box(identity, `/v1/boxes/${batch.box}/batches`, {
          method: "POST",
          headers: { ...BATCH_HEADERS },
          body: await packBody(batch),
        }),
      ),
    async stop() {
      await hypervisor.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
};
