/** Wishes for many assets, consent to them, and taking a command back, on the control socket. */
import { z } from "zod";
import { MassRequest } from "../../api/mass.ts";
import type { MassDesk } from "../mass-desk.ts";
import type { Append, CommandDesk } from "../words.ts";
import { parsed, Refused } from "./problem.ts";
import type { ControlReply, ControlRequest } from "./server.ts";

export interface MassParts {
  readonly desk: CommandDesk;
  readonly mass: MassDesk;
  readonly write: <T>(work: (append: Append) => T) => T;
}

const Consent = z.strictObject({ author: z.string().min(1).max(200), given: z.boolean() });
const Cancel = z.strictObject({ author: z.string().min(1).max(200) });

export const mass = (request: ControlRequest, parts: MassParts): ControlReply | undefined => {
  const [, id, verb] = request.path;
  if (request.method === "POST" && id === undefined) {
    const wish = parsed(MassRequest, request.body);
    return { status: 202, json: parts.write((append) => parts.mass.request(wish, append)) };
  }
  if (id === undefined) return undefined;
  if (request.method === "POST" && verb === "consent") {
    const { author, given } = parsed(Consent, request.body);
    const commands = parts.write((append) => parts.desk.consent(id, author, given, append));
    if (commands === 0) throw new Refused(404, "unknown-command", `no wish ${id} waits for consent`);
  } else if (request.method !== "GET" || verb !== undefined) return undefined;
  const view = parts.mass.view(id);
  if (view === undefined) throw new Refused(404, "unknown-command", `no wish ${id}`);
  return { status: 200, json: view };
};

export const cancel = (request: ControlRequest, parts: MassParts): ControlReply | undefined => {
  const [, id, more] = request.path;
  if (request.method !== "POST" || id === undefined || more !== undefined) return undefined;
  const { author } = parsed(Cancel, request.body);
  return { status: 200, json: parts.write((append) => parts.desk.cancel(id, author, append)) };
};
