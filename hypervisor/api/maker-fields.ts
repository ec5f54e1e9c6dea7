/** The maker's own fields of a stored frame, decoded anew: they are not kept, because frame and codec version say them again. */
import { findCodec } from "../../codecs/index.ts";

interface Kept {
  readonly codec?: string | undefined;
  readonly fPort: number;
  readonly frame: Uint8Array;
}

/** Nothing when the codec is not one of ours, or no longer of that version. */
export const makerFields = ({ codec, fPort, frame }: Kept): Readonly<Record<string, unknown>> | undefined => {
  const [id = "", version] = codec?.split("@") ?? [];
  const found = findCodec(id);
  if (found === undefined || String(found.version) !== version) return undefined;
  const decoded = found.decode({ bytes: frame, fPort });
  return decoded.ok ? decoded.value.fields : undefined;
};
