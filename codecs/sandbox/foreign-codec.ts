import type { Decoded, Encoded, Result, Warning } from "../words.ts";
import { applyMapping, type Mapping, mappingFaults } from "./mapping/mapping.ts";
import type { JsonObject } from "./results.ts";
import type { Sandbox } from "./words.ts";

/** A codec of another maker, seen like one of ours, but asynchronous: it runs in another thread. */
export interface ForeignCodec {
  readonly id: string;
  readonly version: number;
  decode(frame: ForeignFrame): Promise<Result<Decoded>>;
  /** `data` is what the codec's own encoder expects; foreign codecs name no commands. */
  encode(data: JsonObject, options?: ForeignEncodeOptions): Promise<Result<Encoded>>;
}

export interface ForeignFrame {
  readonly bytes: Uint8Array;
  readonly fPort: number;
  /** ISO 8601; codecs may put it into their result, so decoding again later must give the same one. */
  readonly recvTime: string;
  readonly variables?: Readonly<Record<string, string>>;
}

export interface ForeignEncodeOptions {
  readonly fPort?: number;
  readonly variables?: Readonly<Record<string, string>>;
}

export interface ForeignCodecOptions {
  /** Model id; default the codec's id in the sandbox. */
  readonly model?: string;
  /** Raised whenever source or mapping change. Default 1. */
  readonly version?: number;
}

/** `id` is loaded in the sandbox. Throws a TypeError for a mapping that cannot be used, with all its faults. */
export function foreignCodec(
  sandbox: Sandbox,
  id: string,
  mapping: Mapping,
  { model = id, version = 1 }: ForeignCodecOptions = {},
): ForeignCodec {
  const faults = mappingFaults(mapping);
  if (faults.length > 0) throw new TypeError(`The mapping of ${model} cannot be used: ${faults.join("; ")}`);
  return {
    id: model,
    version,
    async decode(frame) {
      const answer = await sandbox.decodeUplink(id, frame);
      if (!answer.ok) return answer;
      const fields = answer.value.data ?? {};
      const { measurements, warnings } = applyMapping(mapping, fields);
      const said: Warning[] = answer.value.warnings.map((message) => ({ code: "foreign-warning", message }));
      const codec = `${model}@${version}`;
      return {
        ok: true,
        value: {
          model,
          codec,
          fPort: frame.fPort,
          fields,
          measurements,
          history: [],
          warnings: [...said, ...warnings],
        },
      };
    },
    async encode(data, options = {}) {
      const answer = await sandbox.encodeDownlink(id, { data, ...options });
      return answer.ok ? { ok: true, value: { fPort: answer.value.fPort, bytes: answer.value.bytes } } : answer;
    },
  };
}
