/**
 * Commands on their way down, as Server-Sent Events (https://html.spec.whatwg.org/multipage/server-sent-events.html):
 * `GET /v1/boxes/{box}/commands`, `Last-Event-ID` = the cursor up to which the box has them. One event an order: `id` = cursor,
 * `data` = the `CommandOrder` as JSON, no name. Events with a name are for later versions. A comment line every 15 s or so
 * shows that the line is alive.
 */
import { isRecord } from "./body-json.ts";
import type { CommandOrder } from "./entry.ts";
import { type Result, refuse } from "./faults.ts";

/** What an event without a name is called. */
export const ORDER_EVENT = "message";
export const ORDER_HEARTBEAT = ": alive\n\n";

/** JSON has no line breaks of its own, so one data line is enough. */
export const printOrder = (order: CommandOrder): string => `id: ${order.cursor}\ndata: ${JSON.stringify(order)}\n\n`;

export function parseOrder(data: string): Result<CommandOrder> {
  try {
    const value: unknown = JSON.parse(data);
    if (isRecord(value) && Number.isSafeInteger(value.cursor) && isRecord(value.command)) {
      return { ok: true, value: { cursor: value.cursor as number, command: value.command } };
    }
  } catch (error) {
    return refuse("not-json", error instanceof Error ? error.message : String(error));
  }
  return refuse("not-json", "an order has a cursor and a command");
}
