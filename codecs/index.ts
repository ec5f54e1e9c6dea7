/** The catalogue of the house's own codecs, and the words a codec speaks. */
import type { FirstPartyCodec } from "./language/codec.ts";
import { axiomaW1 } from "./models/axioma-w1.ts";
import { boschTps110 } from "./models/bosch-tps110.ts";
import { dingtekDf702 } from "./models/dingtek-df702.ts";
import { elsys } from "./models/elsys.ts";
import { milesightEm400 } from "./models/milesight-em400.ts";
import { nasUl20xx } from "./models/nas-ul20xx.ts";
import { nasUl20xx10 } from "./models/nas-ul20xx-1-0.ts";

const ALL: readonly FirstPartyCodec[] = [
  milesightEm400,
  dingtekDf702,
  nasUl20xx,
  nasUl20xx10,
  elsys,
  boschTps110,
  axiomaW1,
];

/** Codec by model id. */
export const catalogue: ReadonlyMap<string, FirstPartyCodec> = new Map(ALL.map((codec) => [codec.id, codec]));

/**
 * The codec of a model; with the firmware a device told of itself (`1.0.24`), the variant for that firmware, if there is one.
 */
export function findCodec(id: string, firmware?: string): FirstPartyCodec | undefined {
  const variant =
    firmware === undefined
      ? undefined
      : ALL.find(({ shape }) => (shape.family ?? shape.id) === id && isVersion(firmware, shape.firmware));
  return variant ?? catalogue.get(id);
}

const isVersion = (firmware: string, beginning: string | undefined): boolean =>
  beginning !== undefined && (firmware === beginning || firmware.startsWith(`${beginning}.`));

export { FAULTS, type FaultCode, WARNINGS, type WarningCode } from "./faults.ts";
export { type DecodedCommand, downlinkBytesMax, type FirstPartyCodec } from "./language/codec.ts";
export type { CodecShape, CommandShape, FieldShape, PortShape } from "./language/shape.ts";
export { type Quantity, type QuantityName, quantityOf, VOCABULARY } from "./vocabulary.ts";
export type { Codec, Decoded, Encoded, Measurement, Result, Warning, WireFault } from "./words.ts";
