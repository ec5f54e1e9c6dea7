/** The registry over the control socket: api/registry.ts, line by line. */
import { AddDevice, Deed, EnterBatch, UndoRequest } from "../../api/registry.ts";
import type { RegistryDesk } from "../registry-desk.ts";
import { parsed, Refused } from "./problem.ts";
import type { ControlReply, ControlRequest } from "./server.ts";

const ok = (json: unknown): ControlReply => ({ status: 200, json });

const posted = (what: string | undefined, body: unknown, desk: RegistryDesk) => {
  switch (what) {
    case undefined:
      return ok(desk.add(parsed(AddDevice, body)));
    case "batch":
      return ok(desk.batch(parsed(EnterBatch, body)));
    case "deeds":
      return ok(desk.act(parsed(Deed, body)));
    case "undo":
      return desk.undo(parsed(UndoRequest, body)).then(ok);
    default:
      return undefined;
  }
};

export const devices = (
  { method, path, body }: ControlRequest,
  desk: RegistryDesk,
): ControlReply | Promise<ControlReply> | undefined => {
  const [room, what, more] = path;
  if (more !== undefined) return undefined;
  if (room === "registry") return method === "GET" && what === undefined ? { lines: desk.all() } : undefined;
  if (method === "POST") return posted(what, body, desk);
  if (method !== "GET") return undefined;
  if (what === undefined) return ok({ devices: desk.devices() });
  const detail = desk.detail(what);
  if (detail === undefined) throw new Refused(404, "unknown-device", what.slice(0, 64));
  return ok(detail);
};
