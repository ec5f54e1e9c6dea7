/**
 * The box's control API over the Unix socket in its data folder (api/control.ts). Replies are checked against their schemas: a box
 * of another version is told as such, not as a crash further on.
 */
import type { IncomingMessage } from "node:http";
import { createInterface } from "node:readline";
import { z } from "zod";
import { CarriedBatch } from "../api/carried.ts";
import { CompletenessView } from "../api/completeness.ts";
import {
  type AddCodec,
  AddCodecReply,
  type AddDevice,
  AddDeviceReply,
  BoxStatus,
  CLOSED_CODES,
  CodecsReply,
  type Deed,
  DeedReply,
  DeviceDetail,
  DevicesReply,
  type EnterBatch,
  EnterBatchReply,
  RegistryLine,
  type RegistryReply,
  UndoReply,
  type UndoRequest,
  WatchLine,
} from "../api/control.ts";
import {
  GroupsReply,
  type LeaveGroup,
  LeftGroup,
  MadeGroup,
  type MakeGroup,
  RenewedGroup,
  type RenewGroup,
} from "../api/groups.ts";
import { AuditReply, CancelReply, MassReply, type MassRequest, MassView, QueueReply } from "../api/mass.ts";
import { type AddGateway, type AddGroup, NetworkLine } from "../api/network.ts";
import { OutgoingView } from "../api/outgoing.ts";
import { RedecodeReply, type RedecodeRequest } from "../api/redecode.ts";
import { type CommandRequest, CommandView, Problem, ReadingView } from "../api/schemas.ts";
import { controlSocketsOf } from "../gateway/control/place.ts";
import type { Cli } from "./cli.ts";
import { CliFault, fault } from "./faults.ts";
import { boxProblem } from "./problem-texts.ts";
import { shownSpan } from "./terminal/values.ts";
import { sayingIfSlow } from "./waiting.ts";

// Not imported: that would bring undici, which no command needs.
const { request } = process.getBuiltinModule("node:http");

export interface BoxClient {
  status(): Promise<BoxStatus>;
  devices(): Promise<DevicesReply>;
  addDevice(device: AddDevice): Promise<AddDeviceReply>;
  registry(): Promise<RegistryReply>;
  /** Of a DevEUI or an asset. */
  device(id: string): Promise<DeviceDetail>;
  enterBatch(batch: EnterBatch): Promise<EnterBatchReply>;
  act(deed: Deed): Promise<DeedReply>;
  undo(request: UndoRequest): Promise<UndoReply>;
  /** Codecs of other makers. */
  codecs(): Promise<CodecsReply>;
  addCodec(codec: AddCodec): Promise<AddCodecReply>;
  send(command: z.input<typeof CommandRequest>): Promise<CommandView>;
  /** One wish for many assets: its cost, and once it is confirmed what became of it. */
  sendMany(wish: z.input<typeof MassRequest>): Promise<MassReply>;
  mass(id: string): Promise<MassView>;
  consent(mass: string, author: string, given: boolean): Promise<MassView>;
  /** A command, or a wish for many. */
  cancel(id: string, author: string): Promise<CancelReply>;
  queue(): Promise<QueueReply>;
  /** Kept frames read again, some entries at a time. */
  redecode(request: RedecodeRequest): Promise<RedecodeReply>;
  audit(): Promise<AuditReply>;
  /** Each step of a command to its outcome; with `return`, those of the command that takes it back as well. */
  followCommand(id: string, until: "outcome" | "return"): AsyncIterable<CommandView>;
  watch(filter: { readonly device?: string; readonly asset?: string }): AsyncIterable<WatchLine>;
  /** Progress, then what was planned or applied. */
  network(verb: "plan" | "apply", prune: boolean): AsyncIterable<NetworkLine>;
  addGateway(gateway: AddGateway): Promise<unknown>;
  addGroup(group: AddGroup): Promise<unknown>;
  makeGroup(group: MakeGroup): Promise<MadeGroup>;
  leaveGroup(form: LeaveGroup): Promise<LeftGroup>;
  renewGroup(form: RenewGroup): Promise<RenewedGroup>;
  groups(): Promise<GroupsReply>;
  /** What the region has not acknowledged yet, or all that is kept. */
  batches(all: boolean): AsyncIterable<CarriedBatch>;
  /** What leaves the box. */
  outgoing(): Promise<OutgoingView>;
  /** The certificate of a day; of yesterday unless it is named. */
  completeness(day: string | undefined): Promise<CompletenessView>;
  /** The journal's running hash after an entry; undefined where it is not known any more. */
  hashAfter(seq: number): Promise<string | undefined>;
  exported(range: {
    readonly from?: string;
    readonly to?: string;
    readonly device?: string;
  }): AsyncIterable<ReadingView>;
}

/** Without a first byte of an answer for so long, a box is called silent. */
const ANSWER_MS_MAX = 30_000;
const REPLY_BYTES_MAX = 64 * 1024 * 1024;

type Query = Readonly<Record<string, string | undefined>>;

export function createBoxClient(cli: Cli, dataFolder: string): BoxClient {
  const sockets = controlSocketsOf(dataFolder);

  async function ask(method: "GET" | "POST", path: string, body?: unknown): Promise<IncomingMessage> {
    const reply = await sayingIfSlow(cli, cli.say("waiting.box"), open(method, path, body, sockets));
    if ((reply.statusCode ?? 500) >= 400)
      throw refusal(cli, dataFolder, await wholeText(reply), reply.statusCode ?? 500);
    return reply;
  }

  /** Asks at the first that answers. */
  function open(
    method: string,
    path: string,
    body: unknown,
    [socketPath = "", ...others]: readonly string[],
  ): Promise<IncomingMessage> {
    const headers = {
      host: "localhost",
      "accept-language": cli.language,
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    };
    return new Promise((resolve, reject) => {
      const asked = request({ socketPath, method, path, headers });
      const timer = setTimeout(
        () => asked.destroy(fault("box-silent", { folder: dataFolder, s: ANSWER_MS_MAX / 1_000 })),
        ANSWER_MS_MAX,
      );
      asked.once("response", (reply) => {
        clearTimeout(timer);
        resolve(reply);
      });
      asked.once("error", (error: NodeJS.ErrnoException) => {
        clearTimeout(timer);
        const fails = unreachable(error, dataFolder);
        if (others.length > 0 && fails instanceof CliFault && fails.code === "box-not-running")
          resolve(open(method, path, body, others));
        else reject(fails);
      });
      asked.end(body === undefined ? undefined : JSON.stringify(body));
    });
  }

  async function whole<T>(schema: z.ZodType<T>, method: "GET" | "POST", path: string, body?: unknown): Promise<T> {
    return understood(schema, await wholeText(await ask(method, path, body)));
  }

  async function* lines<T>(
    schema: z.ZodType<T>,
    path: string,
    query: Query,
    method: "GET" | "POST" = "GET",
  ): AsyncGenerator<T> {
    const reply = await ask(method, path + queryText(query));
    const broken = new Promise<never>((_, reject) => {
      reply.once("error", () => reject(fault("cut-short", { folder: dataFolder })));
      reply.once("aborted", () => reject(fault("cut-short", { folder: dataFolder })));
    });
    broken.catch(() => {});
    const each = createInterface({ input: reply, crlfDelay: Number.POSITIVE_INFINITY })[Symbol.asyncIterator]();
    try {
      for (;;) {
        const next = await Promise.race([each.next(), broken]);
        if (next.done) {
          if (!reply.complete) throw fault("cut-short", { folder: dataFolder });
          return;
        }
        if (next.value !== "") yield understood(schema, next.value);
      }
    } finally {
      reply.destroy();
    }
  }

  return {
    status: () => whole(BoxStatus, "GET", "/status"),
    devices: () => whole(DevicesReply, "GET", "/devices"),
    addDevice: (device) => whole(AddDeviceReply, "POST", "/devices", device),
    async registry() {
      const told: RegistryLine[] = [];
      for await (const line of lines(RegistryLine, "/registry", {})) told.push(line);
      return sortedLines(told);
    },
    device: (id) => whole(DeviceDetail, "GET", `/devices/${encodeURIComponent(id)}`),
    enterBatch: (batch) => whole(EnterBatchReply, "POST", "/devices/batch", batch),
    act: (deed) => whole(DeedReply, "POST", "/devices/deeds", deed),
    undo: (request) => whole(UndoReply, "POST", "/devices/undo", request),
    codecs: () => whole(CodecsReply, "GET", "/codecs"),
    addCodec: (codec) => whole(AddCodecReply, "POST", "/codecs", codec),
    send: (command) => whole(CommandView, "POST", "/commands", command),
    sendMany: (wish) => whole(MassReply, "POST", "/mass", wish),
    mass: (id) => whole(MassView, "GET", `/mass/${encodeURIComponent(id)}`),
    consent: (mass, author, given) =>
      whole(MassView, "POST", `/mass/${encodeURIComponent(mass)}/consent`, { author, given }),
    cancel: (id, author) => whole(CancelReply, "POST", `/cancel/${encodeURIComponent(id)}`, { author }),
    redecode: (request) => whole(RedecodeReply, "POST", "/journal/redecode", request),
    queue: () => whole(QueueReply, "GET", "/queue"),
    audit: () => whole(AuditReply, "GET", "/audit"),
    followCommand: (id, until) => lines(CommandView, `/commands/${encodeURIComponent(id)}/watch`, { until }),
    watch: (filter) => lines(WatchLine, "/watch", filter),
    network: (verb, prune) =>
      lines(NetworkLine, `/network/${verb}`, { prune: String(prune) }, verb === "plan" ? "GET" : "POST"),
    addGateway: (gateway) => whole(z.unknown(), "POST", "/network/gateways", gateway),
    addGroup: (group) => whole(z.unknown(), "POST", "/network/groups", group),
    makeGroup: (group) => whole(MadeGroup, "POST", "/network/groups/make", group),
    leaveGroup: (form) => whole(LeftGroup, "POST", "/network/groups/leave", form),
    renewGroup: (form) => whole(RenewedGroup, "POST", "/network/groups/renew", form),
    groups: () => whole(GroupsReply, "GET", "/network/groups"),
    batches: (all) => lines(CarriedBatch, "/batches", { all: String(all) }),
    outgoing: () => whole(OutgoingView, "GET", "/outgoing"),
    completeness: (day) => whole(CompletenessView, "GET", `/completeness${queryText({ day })}`),
    hashAfter: async (seq) =>
      (
        await whole(
          z.object({ hash: z.string().optional() }),
          "GET",
          `/completeness/hash${queryText({ seq: String(seq) })}`,
        )
      ).hash,
    exported: (range) => lines(ReadingView, "/export", range),
  };
}

export function sortedLines(lines: readonly RegistryLine[]): RegistryReply {
  return {
    devices: lines.flatMap((line) => ("device" in line ? [line.device] : [])),
    assets: lines.flatMap((line) => ("asset" in line ? [line.asset] : [])),
  };
}

function queryText(query: Query): string {
  const given = Object.entries(query).filter((pair): pair is [string, string] => pair[1] !== undefined);
  return given.length === 0 ? "" : `?${new URLSearchParams(given)}`;
}

async function wholeText(reply: IncomingMessage): Promise<string> {
  let text = "";
  reply.setEncoding("utf8");
  for await (const chunk of reply) {
    text += chunk;
    if (text.length > REPLY_BYTES_MAX) throw fault("reply-not-understood", { detail: `> ${REPLY_BYTES_MAX}` });
  }
  return text;
}

function understood<T>(schema: z.ZodType<T>, text: string): T {
  const parsed = schema.safeParse(parsedJson(text));
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw fault("reply-not-understood", { detail: `${issue?.path.join(".") ?? ""} ${issue?.message ?? ""}`.trim() });
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const closedCode = (code: unknown) => CLOSED_CODES.find((each) => each === code);

/** Why a box that was asked cannot open its data; undefined for every other fault. */
export const closedBy = ({ code, detail }: CliFault) =>
  code === "box-closed" ? closedCode((detail.problem as Problem).code) : undefined;

/** It cannot open its data, whatever is asked of it. */
function closedBox(cli: Cli, folder: string, problem: Problem): Error | undefined {
  const code = closedCode(problem.code);
  if (code === undefined) return undefined;
  const span = problem.since === undefined ? "–" : shownSpan(cli.now() - Date.parse(problem.since), cli.say);
  const [why, todo] = [cli.say(`closed.${code}`), cli.say(`closed.${code}.todo`)];
  return fault("box-closed", { folder, span, why, todo, detail: problem.message }, { detail: { problem } });
}

function refusal(cli: Cli, folder: string, text: string, status: number): Error {
  const problem = Problem.safeParse(parsedJson(text));
  if (!problem.success) return fault("reply-not-understood", { detail: String(status) });
  return closedBox(cli, folder, problem.data) ?? boxProblem(cli.say, problem.data);
}

function unreachable(error: NodeJS.ErrnoException, folder: string): Error {
  switch (error.code) {
    case "ENOENT":
    case "ECONNREFUSED":
    case "ENOTDIR":
      return fault("box-not-running", { folder });
    case "EACCES":
    case "EPERM":
      return fault("box-forbidden", { folder });
    case "ECONNRESET":
    case "EPIPE":
      return fault("cut-short", { folder });
    default:
      return error;
  }
}
