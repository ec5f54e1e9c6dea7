/** One Server-Sent Events stream (HTML Living Standard §9.2) on a raw response. */
import type { ServerResponse } from "node:http";

export const HEARTBEAT_MS = 15_000;
/** A reader that leaves this much unread is gone or too slow; it reconnects and re-reads. */
const UNREAD_BYTES_MAX = 1024 * 1024;

export interface EventStream {
  /** Returns false when the stream is over. */
  send(event: { readonly id?: string; readonly data: string }): boolean;
  comment(text: string): void;
  /** Ends it from this side. */
  end(): void;
  readonly closed: Promise<void>;
  readonly isOpen: boolean;
}

export const openEventStream = (
  response: ServerResponse,
  headers: Readonly<Record<string, string>> = {},
): EventStream => {
  let open = true;
  const closed = new Promise<void>((resolve) => {
    response.on("close", () => {
      open = false;
      resolve();
    });
  });
  response.on("error", () => response.destroy());
  response.writeHead(200, {
    ...headers,
    "content-type": "text/event-stream; charset=utf-8",
    "cache-control": "no-store",
    // Proxies that buffer would hold a command back.
    "x-accel-buffering": "no",
  });
  const write = (text: string): boolean => {
    if (!open || response.writableEnded) return false;
    if (response.writableLength > UNREAD_BYTES_MAX) {
      response.destroy();
      return false;
    }
    response.write(text);
    return true;
  };
  write(": open\n\n");
  return {
    send: ({ id, data }) => write(`${id === undefined ? "" : `id: ${id}\n`}data: ${data}\n\n`),
    comment: (text) => {
      write(`: ${text}\n\n`);
    },
    end: () => {
      if (!response.writableEnded) response.end();
    },
    closed,
    get isOpen() {
      return open && !response.writableEnded;
    },
  };
};
