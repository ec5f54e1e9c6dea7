/** The words a codec is declared in. */

export { DeclarationError } from "../faults.ts";
export { type CommandOf, characters, command, type DefinedCodec, defineCodec, type UplinkOf } from "./define.ts";
export { ending, partOf, recent } from "./endings.ts";
export { blocks, cases, channel, channels, countOf, inline, list, masked, record, series, sized } from "./layouts.ts";
export { be, hexDigits, i8, le, u8 } from "./numbers.ts";
export { ascii, bits, constant, crc16, dotted, formula, hex, hexLe, literal, oneOf, wishes, yesNo } from "./parts.ts";
