/** The real transport: HTTPS with mutual TLS 1.3 and connections of its own. */
import type { X509Certificate } from "node:crypto";
import type { ClientRequest, IncomingMessage, RequestOptions } from "node:http";
import { Agent, type AgentOptions, request } from "node:https";
import { connect as connectTcp, isIP, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { connect, createSecureContext, type TLSSocket } from "node:tls";
import { type BoxTime, certificatesOf, judgeConnection, ServerFault } from "./server-certificate.ts";
import type { ReplyHeaders, StreamReply, StreamTransport, Transport, TransportRequest } from "./transport.ts";
import { wholeText } from "./whole-text.ts";

/** PEM: the box's key and certificate, and the only authority that is believed. */
export interface TlsIdentity {
  readonly key: string;
  readonly cert: string;
  readonly ca: string;
}

/** Key and certificate are left out by a box that is about to get its first. */
export interface HttpsOptions extends Pick<TlsIdentity, "ca">, Partial<Omit<TlsIdentity, "ca">> {
  /** `https://region.example:8443`; a path in it is put before every request's. */
  readonly url: string;
  /** Without a byte in either direction for so long, a request is given up. */
  readonly silenceMs?: number;
  /** By which the region's certificate is judged; the machine's clock unless given. */
  readonly time?: () => BoxTime;
}

const SILENCE_MS = 45_000;
/** Replies are small; more than this is not one of ours. */
const REPLY_BYTES_MAX = 1024 * 1024;
const KEEP_ALIVE: AgentOptions = { keepAlive: true, keepAliveMsecs: 30_000, maxSockets: 8, maxFreeSockets: 2 };

export interface HttpsTransport {
  readonly send: Transport;
  readonly open: StreamTransport;
  /** New connections show this; those open go on until their work is done. */
  present(identity: TlsIdentity): void;
  /** Ends all connections. */
  close(): void;
}

export const machineTime = (): BoxTime => ({ atLeast: Date.now(), confirmed: true });

/** With the ticket of a whole handshake the next needs no signatures: who answers is again who showed this certificate. */
interface FormerHandshake {
  readonly session: Buffer;
  readonly certificate: X509Certificate | undefined;
}

/** A refusal may be about what a former handshake brought and the region has renewed since. A line that broke is not. */
const isOfHandshake = (error: NodeJS.ErrnoException): boolean =>
  error instanceof ServerFault || error.code?.startsWith("ERR_SSL") === true;

/** Connections over which not a byte is sent before their other end is proved to be the region. */
class ProvedAgent extends Agent {
  /** The handshake over a connection that stands. */
  readonly #secure: (line: Socket, host: string) => TLSSocket;
  readonly #judge: (socket: TLSSocket, certificate: X509Certificate | undefined, host: string) => Error | undefined;
  readonly #silenceMs: number;
  #former: FormerHandshake | undefined;

  constructor(
    { key, cert, ca }: Pick<HttpsOptions, "key" | "cert" | "ca">,
    { time, silenceMs }: { readonly time: () => BoxTime; readonly silenceMs: number },
  ) {
    super(KEEP_ALIVE);
    const authorities = certificatesOf(ca);
    this.#silenceMs = silenceMs;
    this.#judge = (socket, certificate, host) => judgeConnection(socket, certificate, host, authorities, time());
    // Once for all connections: reading keys and certificates costs as much as a handshake.
    const secureContext = createSecureContext({
      ...(key === undefined || cert === undefined ? {} : { key, cert }),
      ca,
      minVersion: "TLSv1.3",
    });
    this.#secure = (line, host) =>
      // The judgement is ours: OpenSSL's would be by the machine's clock.
      connect({
        socket: line,
        host,
        // RFC 6066 §3: an address is no server name.
        ...(isIP(host) === 0 ? { servername: host } : {}),
        secureContext,
        rejectUnauthorized: false,
        ...(this.#former === undefined ? {} : { session: this.#former.session }),
      });
  }

  override createConnection(
    options: RequestOptions,
    whenReady?: (error: Error | null, socket: Duplex) => void,
  ): Duplex | null | undefined {
    const host = options.host ?? "";
    // TLS begins when somebody answers: while a region is down, each attempt would make and throw away all of it.
    const line = connectTcp({ host, port: Number(options.port) });
    const fail = (error: Error): void => {
      line.destroy();
      whenReady?.(error, line);
    };
    line.setTimeout(this.#silenceMs, () => fail(new Error(`no byte for ${this.#silenceMs} ms`)));
    line.once("error", fail);
    line.once("connect", () => {
      line.setTimeout(0);
      line.removeAllListeners("timeout");
      line.removeListener("error", fail);
      this.#prove(line, host, whenReady);
    });
    return undefined;
  }

  #prove(line: Socket, host: string, whenReady?: (error: Error | null, socket: Duplex) => void): void {
    const former = this.#former;
    const socket = this.#secure(line, host);
    let certificate: X509Certificate | undefined;
    socket.on("session", (session) => {
      this.#former = { session, certificate };
    });
    const fail = (error: Error): void => {
      if (isOfHandshake(error)) this.#former = undefined;
      socket.destroy();
      whenReady?.(error, socket);
    };
    socket.setTimeout(this.#silenceMs, () => fail(new Error(`no byte for ${this.#silenceMs} ms`)));
    socket.once("error", fail);
    socket.once("secureConnect", () => {
      certificate = socket.isSessionReused() ? former?.certificate : socket.getPeerX509Certificate();
      const fault = this.#judge(socket, certificate, host);
      if (fault !== undefined) return fail(fault);
      socket.setTimeout(0);
      socket.removeAllListeners("timeout");
      socket.removeListener("error", fail);
      whenReady?.(null, socket);
    });
  }
}

/** Throws for a URL that is not https, and for an authority that is none. */
export function createHttpsTransport(options: HttpsOptions): HttpsTransport {
  const base = new URL(options.url);
  if (base.protocol !== "https:") throw new TypeError(`the region is reached by https only, not ${base.protocol}`);
  const { silenceMs = SILENCE_MS, time = machineTime } = options;
  const agentOf = (identity: Pick<HttpsOptions, "key" | "cert" | "ca">) =>
    new ProvedAgent(identity, { time, silenceMs });
  let agent = agentOf(options);
  const former = new Set<Agent>();

  function begin({ method, path, headers, body }: TransportRequest, signal: AbortSignal | undefined): ClientRequest {
    const length = body === undefined ? {} : { "content-length": String(body.length) };
    const settings: RequestOptions = {
      method,
      protocol: base.protocol,
      host: base.hostname.replace(/^\[|\]$/g, ""),
      port: base.port === "" ? 443 : base.port,
      path: base.pathname.replace(/\/$/, "") + path,
      headers: { ...headers, ...length },
      agent,
      timeout: silenceMs,
      ...(signal === undefined ? {} : { signal }),
    };
    const outgoing = request(settings);
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
      signal?.throwIfAborted();
      const outgoing = begin(sent, undefined);
      const giveUp = () => outgoing.destroy(new Error("aborted", { cause: signal?.reason }));
      signal?.addEventListener("abort", giveUp);
      try {
        const answer = await answerOf(outgoing, sent.body);
        const body = await wholeText(answer, REPLY_BYTES_MAX);
        return { status: answer.statusCode ?? 0, headers: headersOf(answer), body };
      } finally {
        // Its reply may be here before it is known to be written: it would take a good line along.
        signal?.removeEventListener("abort", giveUp);
      }
    },
    async open(sent, signal, stands = () => {}): Promise<StreamReply> {
      const outgoing = begin(sent, signal);
      outgoing.once("socket", stands);
      const answer = await answerOf(outgoing, sent.body);
      return { status: answer.statusCode ?? 0, headers: headersOf(answer), chunks: answer as AsyncIterable<Buffer> };
    },
    present(identity) {
      const before = agent;
      agent = agentOf(identity);
      former.add(before);
      // What is idle ends; what is under way is not kept for a next request.
      before.maxFreeSockets = 0;
      for (const sockets of Object.values(before.freeSockets)) for (const socket of sockets ?? []) socket.destroy();
    },
    close() {
      agent.destroy();
      for (const each of former) each.destroy();
    },
  };
}

const headersOf = (answer: IncomingMessage): ReplyHeaders =>
  Object.fromEntries(
    Object.entries(answer.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(", ") : value]),
  );
