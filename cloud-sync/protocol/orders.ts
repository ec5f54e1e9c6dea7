/**
 * Commands on their way down, as Server-Sent Events (https://html.spec.whatwg.org/multipage/server-sent-events.html):
 * `GET /v1/boxes/{box}/commands`, `Last-Event-ID` = the cursor up to which the box has them. One event an order:
 * `id` = cursor, `event` = `command`, `data` = the `CommandOrder` as JSON. A comment line every 15 s or so shows the line is alive.
 */
import { isRecord } from "./body-json.ts";
import type { CommandOrder } from "./entry.ts";
import { type Result, refuse } from "./faults.ts";

export const ORDER_EVENT = "command";
export const ORDER_HEARTBEAT = ": alive\n\n";

/** JSON has no line breaks of its own, so one data line is enough. */
export const printOrder = (order: CommandOrder): string =>
  `id: ${order.cursor}\nevent: ${ORDER_EVENT}\ndata: ${JSON.stringify(order)}\n\n`;

export function parseOrder(data: string): Result<CommandOrder> {
  try {
    const value: unknown = JSON.parse(data);
    if (isRecord(value) && Number.isSafeInteger(value["cursor"]) && isRecord(value["command"])) {
      return { ok: true, value: { cursor: value["cursor"] as number, command: value["command"] } };
    }
  } catch (error) {
    return refuse("not-json", error instanceof Error ? error.message : String(error));
  }
  return refuse("not-json", "an order has a cursor and a command");
}
