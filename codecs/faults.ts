import type { WireFault } from "./words.ts";

/** Why a frame or a command is refused. Codes are stable: callers match them, never the message. */
export const FAULTS = {
  "port.unknown": "The codec knows no frame on this FPort.",
  "frame.empty": "The frame has no bytes, or the fields given would make a frame without bytes.",
  "frame.truncated": "The frame ends inside a part that must be whole, and nothing complete stands before it.",
  "frame.oversized": "The frame is longer than a LoRaWAN frame can be.",
  "frame.mismatch": "Bytes that are fixed in this layout have another value.",
  "frame.unknown": "The first byte names a kind of frame, or the bytes a command, that the codec does not know.",
  "channel.unknown": "The first channel of the frame is not known, so that nothing could be read.",
  "crc.mismatch": "The check sum in the frame does not fit its bytes.",
  "command.unknown": "The model has no command of this name.",
  "field.unknown": "A field was given that the layout does not have.",
  "field.missing": "A field without default was not given.",
  "field.type": "A field has the wrong type.",
  "field.range": "A value is outside its declared range, or collides with a code that means something else.",
  "field.choice": "A word was given that is none of the choices.",
} as const;
export type FaultCode = keyof typeof FAULTS;

/** What a codec notices and keeps. */
export const WARNINGS = {
  "value.absent": "The device says that it has no value here; the field is left out.",
  "value.range": "A value is outside its declared range; it is kept.",
  "value.notFinite": "A floating-point value is no number; the field is left out.",
  "code.unknown": "A code has no word in the declaration; the field is left out.",
  "bits.unnamed": "Bits are set that the declaration does not name; they are not shown.",
  "clock.unset": "The device's clock stands before the year 2000; its time is not used.",
  "channel.unknown":
    "A channel is not known. Its length is not known either, so that reading ended there; what stood before it is kept.",
  "channel.repeated": "A channel stands twice in the frame; the later value is kept.",
  "frame.truncated": "The frame ends inside a channel or block; the complete ones before it are kept.",
  "frame.trailing": "Bytes follow after the end of the layout; they are not read.",
} as const;
export type WarningCode = keyof typeof WARNINGS;

/** A wire fault on its way out of nested layouts; `decode` and `encode` turn it into a `Result`, it never leaves the language. */
export class WireError extends Error {
  readonly fault: WireFault;
  constructor(code: FaultCode, message: string, where: { offset?: number; field?: string } = {}) {
    super(message);
    this.name = "WireError";
    this.fault = { code, message, ...where };
  }
}

/** A declaration that contradicts itself: a programmer's error, thrown while the module loads. */
export class DeclarationError extends Error {
  constructor(path: string, message: string) {
    super(path === "" ? message : `${path}: ${message}`);
    this.name = "DeclarationError";
  }
}
