/** The real transport: HTTPS with mutual TLS 1.3 and connections of its own. */
import type { ClientRequest, IncomingMessage, RequestOptions } from "node:http";
import { Agent, request } from "node:https";
import type { ReplyHeaders, StreamReply, StreamTransport, Transport, TransportRequest } from "./transport.ts";

export interface HttpsOptions {
  /** `https://region.example:8443`; a path in it is put before every request's. */
  readonly url: string;
  /** PEM: the box's key and certificate, and the only authority that is believed. */
  readonly key: string;
  readonly cert: string;
  readonly ca: string;
  /** Without a byte in either direction for so long, a request is given up. */
  readonly silenceMs?: number;
}

const SILENCE_MS = 45_000;
/** Replies are small; more than this is not one of ours. */
const REPLY_BYTES_MAX = 1024 * 1024;
const KEEP_ALIVE_MS = 30_000;

export interface HttpsTransport {
  readonly send: Transport;
  readonly open: StreamTransport;
  /** Ends all connections. */
  close(): void;
}

/** Throws for a URL that is not https. */
export function createHttpsTransport(options: HttpsOptions): HttpsTransport {
  const base = new URL(options.url);
  if (base.protocol !== "https:") throw new TypeError(`the region is reached by https only, not ${base.protocol}`);
  const { key, cert, ca, silenceMs = SILENCE_MS } = options;
  const agent = new Agent({ keepAlive: true, keepAliveMsecs: KEEP_ALIVE_MS, maxSockets: 8, maxFreeSockets: 2 });

  function begin({ method, path, headers, body }: TransportRequest, signal: AbortSignal | undefined): ClientRequest {
    const length = body === undefined ? {} : { "content-length": String(body.length) };
    const settings: RequestOptions & { minVersion: "TLSv1.3" } = {
      method,
      protocol: base.protocol,
      hostname: base.hostname.replace(/^\[|\]$/g, ""),
      port: base.port === "" ? 443 : base.port,
      path: base.pathname.replace(/\/$/, "") + path,
      headers: { ...headers, ...length },
      agent,
      timeout: silenceMs,
      ...(signal === undefined ? {} : { signal }),
      minVersion: "TLSv1.3",
    };
    const outgoing = request({ ...settings, key, cert, ca });
    outgoing.on("timeout", () => outgoing.destroy(new Error(`no byte for ${silenceMs} ms`)));
    return outgoing;
  }

  const answerOf = (outgoing: ClientRequest, body: Uint8Array | undefined): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      outgoing.once("response", resolve);
      outgoing.on("error", reject);
      outgoing.end(body);
    });

  return {
    async send(sent, signal) {
      const answer = await answerOf(begin(sent, signal), sent.body);
      const parts: Buffer[] = [];
      let bytes = 0;
      for await (const part of answer as AsyncIterable<Buffer>) {
        bytes += part.length;
        if (bytes > REPLY_BYTES_MAX) throw new Error(`a reply of more than ${REPLY_BYTES_MAX} bytes`);
        parts.push(part);
      }
      return {
        status: answer.statusCode ?? 0,
        headers: headersOf(answer),
        body: Buffer.concat(parts).toString("utf8"),
      };
    },
    async open(sent, signal): Promise<StreamReply> {
      const answer = await answerOf(begin(sent, signal), sent.body);
      return { status: answer.statusCode ?? 0, headers: headersOf(answer), chunks: answer as AsyncIterable<Buffer> };
    },
    close: () => agent.destroy(),
  };
}

const headersOf = (answer: IncomingMessage): ReplyHeaders =>
  Object.fromEntries(
    Object.entries(answer.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(", ") : value]),
  );
