/** Prints what every vector decodes to, one line each: the laws compare the output under different time zones. */
import { findCodec } from "../../../codecs/index.ts";
import { fromHex, vectorFiles } from "../vectors.ts";

for (const { model, frames } of vectorFiles) {
  for (const { hex, fPort } of frames) {
    console.log(JSON.stringify(findCodec(model)?.decode({ bytes: fromHex(hex), fPort })));
  }
}
