/** The catalogue of the house's own codecs, and the words a codec speaks. */
import type { FirstPartyCodec } from "./language/codec.ts";
import { axiomaW1 } from "./models/axioma-w1.ts";
import { boschTps110 } from "./models/bosch-tps110.ts";
import { elsys } from "./models/elsys.ts";
import { milesightEm400 } from "./models/milesight-em400.ts";
import { nasUl20xx } from "./models/nas-ul20xx.ts";

const ALL: readonly FirstPartyCodec[] = [milesightEm400, nasUl20xx, elsys, boschTps110, axiomaW1];

/** Codec by model id. */
export const catalogue: ReadonlyMap<string, FirstPartyCodec> = new Map(ALL.map((codec) => [codec.id, codec]));

export const findCodec = (id: string): FirstPartyCodec | undefined => catalogue.get(id);

export { FAULTS, type FaultCode, WARNINGS, type WarningCode } from "./faults.ts";
export { type DecodedCommand, downlinkBytesMax, type FirstPartyCodec } from "./language/codec.ts";
export type { CodecShape, CommandShape, FieldShape, PortShape } from "./language/shape.ts";
export { type Quantity, type QuantityName, quantityOf, VOCABULARY } from "./vocabulary.ts";
export type { Codec, Decoded, Encoded, Measurement, Result, Warning, WireFault } from "./words.ts";
