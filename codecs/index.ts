/** The catalogue of the house's own codecs, and the words a codec speaks. */
import type { FirstPartyCodec } from "./language/codec.ts";
import { adeunisComfortCo2 } from "./models/adeunis-comfort-co2.ts";
import { adeunisPulse4 } from "./models/adeunis-pulse-4.ts";
import { adeunisTicMono, adeunisTicTri } from "./models/adeunis-tic.ts";
import { axiomaW1 } from "./models/axioma-w1.ts";
import { boschTps110 } from "./models/bosch-tps110.ts";
import { browanTbwl100 } from "./models/browan-tbwl100.ts";
import { cayenneLpp } from "./models/cayenne-lpp.ts";
import { decentlabDlPm } from "./models/decentlab-dl-pm.ts";
import { dingtekDf702 } from "./models/dingtek-df702.ts";
import { draginoLdds75 } from "./models/dragino-ldds75.ts";
import { elsys } from "./models/elsys.ts";
import { fludiaFm432 } from "./models/fludia-fm432.ts";
import { milesightAm319 } from "./models/milesight-am319.ts";
import { milesightCt101 } from "./models/milesight-ct101.ts";
import { milesightEm300Di } from "./models/milesight-em300-di.ts";
import { milesightEm300Sld } from "./models/milesight-em300-sld.ts";
import { milesightEm400 } from "./models/milesight-em400.ts";
import { milesightVs133 } from "./models/milesight-vs133.ts";
import { milesightVs350 } from "./models/milesight-vs350.ts";
import { milesightWs301 } from "./models/milesight-ws301.ts";
import { milesightWs302 } from "./models/milesight-ws302.ts";
import { milesightWs558 } from "./models/milesight-ws558.ts";
import { milesightWts506 } from "./models/milesight-wts506.ts";
import { nasUl20xx } from "./models/nas-ul20xx.ts";
import { nasUl20xx10 } from "./models/nas-ul20xx-1-0.ts";
import { nwaveNps405 } from "./models/nwave-nps405.ts";
import { parametricPcr2 } from "./models/parametric-pcr2.ts";
import { sensecapS2120 } from "./models/sensecap-s2120.ts";
import { slsVolc2180 } from "./models/sls-volc2180.ts";
import { terabeePcLXl } from "./models/terabee-pc-l-xl.ts";
import {
  watteco,
  wattecoIntensO,
  wattecoPulseSensO,
  wattecoSmartPlug,
  wattecoSmartpilot,
  wattecoTicSO,
} from "./models/watteco.ts";
import { yobiiqSd1001 } from "./models/yobiiq-sd-1001.ts";
import { zenopixLccb } from "./models/zenopix-lccb.ts";

const ALL: readonly FirstPartyCodec[] = [
  // Lighting
  nasUl20xx,
  nasUl20xx10,
  zenopixLccb,
  slsVolc2180,
  milesightWs558,
  // Security
  yobiiqSd1001,
  milesightWs301,
  // Waste
  milesightEm400,
  dingtekDf702,
  draginoLdds75,
  // Mobility
  boschTps110,
  nwaveNps405,
  parametricPcr2,
  terabeePcLXl,
  milesightVs133,
  milesightVs350,
  // Energy
  watteco,
  wattecoIntensO,
  wattecoPulseSensO,
  wattecoSmartPlug,
  wattecoSmartpilot,
  wattecoTicSO,
  adeunisTicMono,
  adeunisTicTri,
  fludiaFm432,
  milesightCt101,
  // Air, noise, weather
  elsys,
  adeunisComfortCo2,
  decentlabDlPm,
  milesightAm319,
  milesightWs302,
  milesightWts506,
  sensecapS2120,
  // Water
  axiomaW1,
  adeunisPulse4,
  browanTbwl100,
  milesightEm300Di,
  milesightEm300Sld,
  // Whatever else speaks it
  cayenneLpp,
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
export type { Codec, Decoded, Encoded, Measurement, Note, Result, Warning, WireFault } from "./words.ts";
