/** What can be wrong with bytes that came over the wire. */
export const WIRE_FAULTS = {
  "too-large": "the body, or what it unpacks to, is larger than the limit",
  "not-zstd": "the body is no zstd frame",
  "not-protobuf": "the bytes are no protobuf message of this kind",
  "not-json": "the text is no JSON of this message",
  "wrong-version": "the sender speaks no protocol version that this side knows",
  "wrong-content": "the content type or encoding is none that is spoken here",
  inconsistent: "the columns of the message contradict each other",
  "wrong-reply": "the reply is none of this protocol",
} as const;

export type WireFaultCode = keyof typeof WIRE_FAULTS;

export interface SyncFault {
  readonly code: WireFaultCode;
  readonly message: string;
}

export type Result<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly fault: SyncFault };

export const refuse = (code: WireFaultCode, detail?: string): { readonly ok: false; readonly fault: SyncFault } => ({
  ok: false,
  fault: { code, message: detail === undefined ? WIRE_FAULTS[code] : `${WIRE_FAULTS[code]}: ${detail}` },
});

/** Thrown inside a decoder to leave it at once; the door of the decoder turns it into a `Result`. */
export class WireError extends Error {
  readonly code: WireFaultCode;
  constructor(code: WireFaultCode, detail: string) {
    super(detail);
    this.name = "WireError";
    this.code = code;
  }
}
