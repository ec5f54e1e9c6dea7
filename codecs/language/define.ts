import { DeclarationError } from "../faults.ts";
import type { Encoded, Note, Result } from "../words.ts";
import { buildCodec, type CodecData, type FirstPartyCodec } from "./codec.ts";
import { recordSpec } from "./layouts.ts";
import type { Fields, Flat, InOf, OutOf, Part, RecordIn, RecordOut } from "./part.ts";
import { constant } from "./parts.ts";
import type { RecordSpec } from "./spec.ts";

declare const COMMAND: unique symbol;

/** A downlink: bytes it begins with, then its fields. */
export interface CommandDeclaration<Out, In> {
  readonly spec: RecordSpec;
  readonly port?: number;
  readonly [COMMAND]?: { readonly out: Out; readonly in: In };
}

/** `command([0xff, 0x03], { seconds: u16.unit("s").range(60, 64_800) })`; `port` where it differs from the codec's. */
export function command<const F extends Fields>(
  begins: readonly number[],
  fields: F,
  options: { readonly port?: number } = {},
): CommandDeclaration<RecordOut<F>, RecordIn<F>> {
  const own = recordSpec(fields);
  if (begins.length === 0) return { spec: own, ...options };
  const start = { name: "", spec: constant(...begins).spec, inline: false };
  return { spec: { kind: "record", entries: [start, ...own.entries] }, ...options };
}

/** The character codes of an ASCII text, for commands that begin with one. */
export const characters = (text: string): readonly number[] => [...text].map((one) => one.charCodeAt(0));

type Uplinks = Readonly<Record<number, Part<unknown, unknown>>>;
type Commands = Readonly<Record<string, CommandDeclaration<unknown, unknown>>>;

export interface CodecDeclaration<U extends Uplinks, C extends Commands> {
  /** `maker-model`, lower case. */
  readonly id: string;
  /** Raised whenever the same bytes would decode differently. */
  readonly version: number;
  readonly maker: string;
  /** As it stands on the device. */
  readonly name: string;
  /** What kind of device it is. */
  readonly what: Note;
  /** The id of the model of which this is a variant for another firmware. */
  readonly family?: string;
  /** Where firmwares of one model differ on the wire: how the versions this is for begin, `1.1`. */
  readonly firmware?: string;
  /** Layout by FPort. */
  readonly uplink: U;
  /** One of the ports above, where no source says on which port the device sends: its layout is read on every other port too. */
  readonly anyPort?: keyof U & number;
  readonly downlinkPort?: number;
  readonly commands?: C;
  readonly echoPorts?: readonly number[];
  /** What the published vectors prove; everything else is built from a description. */
  readonly verified?: {
    readonly uplinks?: readonly (keyof U & number)[];
    readonly commands?: readonly (keyof C & string)[];
  };
  /** What the device can do and this declaration does not say. */
  readonly notCovered?: readonly Note[];
  /** Where a published decoder or example is wrong and this declaration is not. */
  readonly differs?: readonly Note[];
}

/** A codec that also knows the types of its fields. */
export interface DefinedCodec<U extends Uplinks, C extends Commands> extends FirstPartyCodec {
  /** As `encode`, with the compiler checking names and types. */
  order<N extends keyof C & string>(command: N, fields: CommandIn<C[N]>): Result<Encoded>;
  /** As `encodeUplink`, with the compiler checking names and types. */
  send<P extends keyof U & number>(fPort: P, fields: InOf<U[P]>): Result<Uint8Array>;
  /** Types only. */
  readonly types?: { readonly uplink: U; readonly commands: C };
}

type CommandIn<D> = D extends CommandDeclaration<infer _, infer In> ? In : never;
type CommandOut<D> = D extends CommandDeclaration<infer Out, infer _> ? Out : never;

/** `{ port, fields }` for each uplink of a codec. */
export type UplinkOf<D> =
  D extends DefinedCodec<infer U, infer _>
    ? { [P in keyof U & number]: { readonly port: P; readonly fields: Flat<OutOf<U[P]>> } }[keyof U & number]
    : never;
/** `{ command, fields }` for each command of a codec, as it is read back. */
export type CommandOf<D> =
  D extends DefinedCodec<infer _, infer C>
    ? { [N in keyof C & string]: { readonly command: N; readonly fields: CommandOut<C[N]> } }[keyof C & string]
    : never;

/** One declaration of a model family: both directions, types, limits, units and shape. Contradictions throw while loading. */
export function defineCodec<const U extends Uplinks, const C extends Commands = Record<never, never>>(
  declared: CodecDeclaration<U, C>,
): DefinedCodec<U, C> {
  const {
    uplink,
    commands,
    downlinkPort,
    verified,
    echoPorts = [],
    notCovered = [],
    differs = [],
    ...about
  } = declared;
  const data: CodecData = {
    ...about,
    echoPorts,
    notCovered,
    differs,
    verified: { uplinks: verified?.uplinks ?? [], commands: verified?.commands ?? [] },
    uplinks: Object.entries(uplink).map(([port, part]) => ({ port: Number(port), spec: part.spec })),
    commands: Object.entries<CommandDeclaration<unknown, unknown>>(commands ?? {}).map(([name, one]) => {
      const port = one.port ?? downlinkPort;
      if (port === undefined) throw new DeclarationError(name, "a command needs an FPort");
      return { name, port, spec: one.spec };
    }),
  };
  const codec = buildCodec(data);
  return {
    ...codec,
    order: (name, fields) => codec.encode(name, fields as Readonly<Record<string, unknown>>),
    send: (fPort, fields) => codec.encodeUplink(fPort, fields as Readonly<Record<string, unknown>>),
  };
}
