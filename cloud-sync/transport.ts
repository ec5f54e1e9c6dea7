/** What carries requests to the region; https.ts is the real one, tests bring their own. */
export interface TransportRequest {
  readonly method: "GET" | "POST";
  /** Absolute path on the destination, `/v1/boxes/remiremont/batches`. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
}

/** Header names in lower case. */
export type ReplyHeaders = Readonly<Record<string, string | undefined>>;

export interface TransportReply {
  readonly status: number;
  readonly headers: ReplyHeaders;
  readonly body: string;
}

/** Rejects when no whole answer came; an abort is also a rejection. */
export type Transport = (request: TransportRequest, signal?: AbortSignal) => Promise<TransportReply>;

/** A reply whose body is read as it comes. Leaving the loop over `chunks` closes the connection. */
export interface StreamReply {
  readonly status: number;
  readonly headers: ReplyHeaders;
  readonly chunks: AsyncIterable<Uint8Array>;
}

/** `stands` is called when there is a line, and its other end is proved: before, silence says nothing of what stands between. */
export type StreamTransport = (
  request: TransportRequest,
  signal?: AbortSignal,
  stands?: () => void,
) => Promise<StreamReply>;
