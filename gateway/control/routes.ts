/** What the control socket answers: api/control.ts, line by line. */

import { DayQuery } from "../../api/completeness.ts";
import type { BoxStatus } from "../../api/control.ts";
import type { OutgoingView } from "../../api/outgoing.ts";
import { CommandRequest, type CommandView } from "../../api/schemas.ts";
import type { Entry } from "../../cloud-sync/protocol/entry.ts";
import type { Completeness } from "../completeness.ts";
import type { Corrections } from "../corrections.ts";
import type { MassDesk } from "../mass-desk.ts";
import type { RegistryDesk } from "../registry-desk.ts";
import type { Append, Clock, CommandDesk } from "../words.ts";
import { type CarryParts, carriedBatches } from "./batches.ts";
import { type CodecParts, codecs } from "./codecs.ts";
import { devices } from "./devices.ts";
import { cancel, mass } from "./mass.ts";
import { type NetworkParts, network } from "./network.ts";
import { parsed, Refused } from "./problem.ts";
import { type RedecodeRouteParts, redecode } from "./redecode.ts";
import type { Answer, ControlReply, ControlRequest } from "./server.ts";
import type { Tail } from "./tail.ts";
import { readingView, watchLine } from "./views.ts";

export interface ControlParts extends CodecParts, NetworkParts, RedecodeRouteParts {
  readonly box: string;
  readonly status: () => BoxStatus;
  readonly registryDesk: RegistryDesk;
  readonly desk: CommandDesk;
  readonly mass: MassDesk;
  readonly tail: Tail;
  /** Entries in the order of the journal, from a seq on; reads in steps. */
  readonly entries: () => Iterable<Entry>;
  readonly corrections: Pick<Corrections, "of">;
  readonly epoch: () => number;
  /** One transaction, its consequences sent after it. */
  readonly write: <T>(work: (append: Append) => T) => T;
  /** The same for a command: it goes out even while the disk cannot be written. */
  readonly command: <T>(work: (append: Append) => T) => T;
  readonly clock: Clock;
  readonly completeness: Completeness;
  readonly outgoing: () => Promise<OutgoingView>;
  /** For a key that is carried to the region. */
  readonly carry: CarryParts;
}

const wants = (query: URLSearchParams) => {
  const [device, asset] = [query.get("device")?.toLowerCase(), query.get("asset")];
  return (line: { device?: string | undefined; asset?: string | undefined }): boolean =>
    (device === undefined || line.device === device) && (asset === null || line.asset === asset);
};

async function* watch(query: URLSearchParams, parts: ControlParts, gone: AbortSignal) {
  const wanted = wants(query);
  for await (const entries of parts.tail.follow(gone))
    for (const line of entries.map(watchLine)) if (wanted(line)) yield line;
}

const viewOf = (id: string, parts: ControlParts): CommandView => {
  const view = parts.desk.view(id);
  if (view === undefined) throw new Refused(404, "unknown-command", `no command ${id}`);
  return view;
};

/** Each step of a command, and with `until=return` those of the command that takes it back. */
async function* watchCommand(id: string, withReturn: boolean, parts: ControlParts, gone: AbortSignal) {
  const news = parts.tail.follow(gone);
  let view = viewOf(id, parts);
  yield view;
  let shown = view.terminal && withReturn ? undefined : view;
  const isOver = (): boolean => view.terminal && (!withReturn || parts.desk.returnOf(id) === undefined);
  if (isOver()) return;
  for await (const entries of news) {
    for (const { body } of entries) {
      if (body.kind !== "outcome") continue;
      const now =
        body.command === id ? viewOf(id, parts) : view.terminal && withReturn ? parts.desk.returnOf(id) : undefined;
      if (now === undefined || now === "waits" || body.command !== now.id) continue;
      if (shown?.id === now.id && shown.steps.length === now.steps.length) continue;
      shown = now;
      if (now.id === id) view = now;
      yield now;
      if (now.id !== id && now.terminal && now.state !== "expired" && now.state !== "failed") return;
    }
    if (isOver()) return;
  }
}

const time = (query: URLSearchParams, name: string, otherwise: number): number => {
  const text = query.get(name);
  if (text === null) return otherwise;
  const ms = Date.parse(text);
  if (Number.isNaN(ms)) throw new Refused(422, "bad-time", `${name} is no ISO 8601 time: ${text.slice(0, 40)}`);
  return ms;
};

function* exported(query: URLSearchParams, parts: ControlParts) {
  const from = time(query, "from", Number.NEGATIVE_INFINITY);
  const to = time(query, "to", Number.POSITIVE_INFINITY);
  const device = query.get("device")?.toLowerCase();
  for (const { seq, body } of parts.entries()) {
    if (body.kind !== "reading" || (device !== undefined && body.device !== device)) continue;
    const again = parts.corrections.of(seq, body);
    const { at } = again === undefined ? body : { at: again.measuredAt };
    if (at >= from && at < to) yield readingView(parts.box, parts.epoch(), seq, body, again);
  }
}

const commands = (request: ControlRequest, parts: ControlParts, gone: AbortSignal): ControlReply | undefined => {
  const [, id, verb] = request.path;
  if (request.method === "POST" && id === undefined) {
    const wish = parsed(CommandRequest, request.body);
    return { status: 202, json: parts.command((append) => parts.desk.request(wish, append)) };
  }
  if (request.method !== "GET" || id === undefined) return undefined;
  if (verb === undefined) return { status: 200, json: viewOf(id, parts) };
  viewOf(id, parts);
  const withReturn = request.query.get("until") === "return";
  return verb === "watch" ? { lines: watchCommand(id, withReturn, parts, gone) } : undefined;
};

const completeness = async ({ path, query }: ControlRequest, parts: ControlParts): Promise<ControlReply> => {
  if (path[1] === "hash") {
    const hash = parts.completeness.hashAfter(Number(query.get("seq")));
    return { status: 200, json: hash === undefined ? {} : { hash } };
  }
  const { day } = parsed(DayQuery, Object.fromEntries(query));
  return { status: 200, json: await parts.completeness.of(day) };
};

export const createAnswer =
  (parts: ControlParts): Answer =>
  (request, gone) => {
    const [room] = request.path;
    const get = request.method === "GET" && request.path.length === 1;
    let reply: ControlReply | Promise<ControlReply> | undefined;
    if (room === "status" && get) reply = { status: 200, json: parts.status() };
    else if (room === "watch" && get) reply = { lines: watch(request.query, parts, gone) };
    else if (room === "export" && get) {
      time(request.query, "from", 0);
      time(request.query, "to", 0);
      reply = { lines: exported(request.query, parts) };
    } else if (room === "batches" && get)
      reply = { lines: carriedBatches(parts.carry, request.query.get("all") === "true") };
    else if (room === "outgoing" && get) reply = parts.outgoing().then((json) => ({ status: 200, json }));
    else if (room === "completeness" && request.method === "GET") reply = completeness(request, parts);
    else if (room === "journal" && request.method === "POST" && request.path[1] === "redecode")
      reply = redecode(request, parts);
    else if (room === "devices" || room === "registry") reply = devices(request, parts.registryDesk);
    else if (room === "codecs" && request.path.length === 1) reply = codecs(request, parts);
    else if (room === "network") reply = network(request, parts, gone);
    else if (room === "commands") reply = commands(request, parts, gone);
    else if (room === "mass") reply = mass(request, parts);
    else if (room === "cancel") reply = cancel(request, parts);
    else if (room === "queue" && get) reply = { status: 200, json: parts.desk.queue() };
    else if (room === "audit" && get) reply = { status: 200, json: parts.desk.audit() };
    if (reply === undefined) throw new Refused(404, "not-found", `no ${request.method} /${request.path.join("/")}`);
    return reply;
  };
