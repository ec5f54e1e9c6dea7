import { DeclarationError, WireError } from "../faults.ts";
import type { Codec, Decoded, Encoded, Measurement, Note, Result } from "../words.ts";
import { check } from "./check.ts";
import { compile } from "./compile/compile.ts";
import type { Compiled } from "./compile/compiled.ts";
import { Reader } from "./reader.ts";
import { type CodecShape, type FieldShape, fieldsOf } from "./shape.ts";
import type { RecordSpec, Spec } from "./spec.ts";
import { asBag, Writer } from "./writer.ts";

/** No LoRaWAN frame carries more, in any region and data rate. */
export const frameBytesMax = 255;
/** What every region can send at its best data rate with a repeater's headroom. */
export const downlinkBytesMax = 242;

/** A codec of the house's own catalogue. */
export interface FirstPartyCodec extends Codec {
  readonly shape: CodecShape;
  /** A frame as the device would send it; simulated devices and the round-trip laws use it. */
  encodeUplink(fPort: number, fields: Readonly<Record<string, unknown>>): Result<Uint8Array>;
  /** Which command bytes are; the first that fits them whole and without any warning. */
  decodeCommand(fPort: number, bytes: Uint8Array): Result<DecodedCommand>;
  /** The declaration itself. */
  readonly declaration: CodecData;
}

export interface DecodedCommand {
  readonly command: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** A codec as plain data. */
export interface CodecData {
  readonly id: string;
  readonly version: number;
  readonly maker: string;
  readonly name: string;
  readonly what: Note;
  readonly family?: string;
  readonly firmware?: string;
  readonly uplinks: readonly { readonly port: number; readonly spec: Spec }[];
  readonly commands: readonly { readonly name: string; readonly port: number; readonly spec: RecordSpec }[];
  /** The port whose layout is also read on every other: no source says on which port the device sends. */
  readonly anyPort?: number;
  /** Ports on which the device sends accepted commands back as it got them. */
  readonly echoPorts: readonly number[];
  readonly verified: { readonly uplinks: readonly number[]; readonly commands: readonly string[] };
  readonly notCovered: readonly Note[];
  readonly differs: readonly Note[];
}

/** Runs a codec function; a wire error becomes its fault, anything else is ours and crashes. */
function settle<T>(run: () => T): Result<T> {
  try {
    return { ok: true, value: run() };
  } catch (error) {
    if (error instanceof WireError) return { ok: false, fault: error.fault };
    throw error;
  }
}

/** Up to here comparing each name with each is faster than a map. */
const fewMeasurementsMax = 32;

/** Where one quantity was measured twice in a frame, the later one counts. */
function latestOfEach(measurements: readonly Measurement[]): readonly Measurement[] {
  let repeated = measurements.length > fewMeasurementsMax;
  for (let i = 1; i < measurements.length && !repeated; i++) {
    const { name } = measurements[i]!;
    for (let j = 0; j < i && !repeated; j++) repeated = measurements[j]!.name === name;
  }
  return repeated ? [...new Map(measurements.map((one) => [one.name, one])).values()] : measurements;
}

interface CompiledCommand {
  readonly name: string;
  readonly port: number;
  readonly part: Compiled;
}

function readCommand(commands: readonly CompiledCommand[], port: number, bytes: Uint8Array): DecodedCommand {
  let reason: WireError | undefined;
  for (const { name, port: own, part } of commands) {
    if (own !== port) continue;
    try {
      const reader = new Reader(bytes);
      const fields = asBag(part.read(reader), "");
      if (reader.at === bytes.length && reader.warnings.length === 0) return { command: name, fields };
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      if (error.fault.code !== "frame.mismatch") reason = error;
    }
  }
  throw reason ?? new WireError("frame.unknown", `no command on FPort ${port} has these bytes`, { offset: 0 });
}

function echoOf(commands: readonly CompiledCommand[], port: number): Compiled {
  return {
    read(reader) {
      const { command, fields } = readCommand(commands, port, reader.bytes);
      reader.at = reader.end;
      return { command, ...fields };
    },
    write(writer, value) {
      const { command, ...fields } = asBag(value, "");
      const known = commands.find((one) => one.name === command && one.port === port);
      if (known === undefined) {
        throw new WireError("field.choice", `${String(command)} is no command of FPort ${port}`, { field: "command" });
      }
      known.part.write(writer, fields);
    },
  };
}

function shapeOf(data: CodecData): CodecShape {
  const commands = data.commands.map(({ name, port, spec }) => ({
    name,
    port,
    verified: data.verified.commands.includes(name),
    fields: fieldsOf(spec),
  }));
  const echoes = data.echoPorts.map((port) => {
    const own = commands.filter((one) => one.port === port);
    const variants = own.map(
      ({ name, fields }): FieldShape => ({ name, type: "group", optional: true, measures: [], fields }),
    );
    const choices = own.map((one) => one.name);
    const field: FieldShape = {
      name: "command",
      type: "variants",
      optional: false,
      measures: [],
      choices,
      fields: variants,
    };
    return { port, verified: data.verified.uplinks.includes(port), fields: [field] };
  });
  const uplinks = data.uplinks.map(({ port, spec }) => ({
    port,
    ...(data.anyPort === port ? { anyPort: true } : {}),
    verified: data.verified.uplinks.includes(port),
    fields: fieldsOf(spec),
  }));
  const { id, version, maker, name, what, family, firmware, notCovered, differs } = data;
  return {
    id,
    version,
    maker,
    name,
    what,
    ...(family === undefined ? {} : { family }),
    ...(firmware === undefined ? {} : { firmware }),
    uplinks: [...uplinks, ...echoes].sort((a, b) => a.port - b.port),
    commands,
    notCovered,
    differs,
  };
}

const isApplicationPort = (port: number): boolean => Number.isInteger(port) && port >= 1 && port <= 223;

function checkCodec(data: CodecData): void {
  const ports = [...data.uplinks.map((one) => one.port), ...data.echoPorts];
  for (const port of [...ports, ...data.commands.map((one) => one.port)]) {
    if (!isApplicationPort(port)) {
      throw new DeclarationError(data.id, `FPort ${port} is not one of 1 to 223`);
    }
  }
  if (new Set(ports).size < ports.length) throw new DeclarationError(data.id, "two layouts share an FPort");
  for (const { port, spec } of data.uplinks) check(spec, `${data.id} ${port}`);
  for (const { name, spec } of data.commands) check(spec, `${data.id} ${name}`);
  for (const name of data.verified.commands) {
    if (!data.commands.some((one) => one.name === name)) throw new DeclarationError(data.id, `no command ${name}`);
  }
  for (const port of data.verified.uplinks) {
    if (!ports.includes(port)) throw new DeclarationError(data.id, `no uplink on FPort ${port}`);
  }
  if (data.anyPort !== undefined && !ports.includes(data.anyPort)) {
    throw new DeclarationError(data.id, `no uplink on FPort ${data.anyPort}`);
  }
}

/** Checks a declaration and makes the codec of it; throws `DeclarationError` when it contradicts itself. */
export function buildCodec(data: CodecData): FirstPartyCodec {
  checkCodec(data);
  const codec = `${data.id}@${data.version}`;
  const commands = data.commands.map(({ name, port, spec }) => ({ name, port, part: compile(spec, "") }));
  const byName = new Map(commands.map((one) => [one.name, one]));
  const layouts = new Map<number, Compiled>(data.uplinks.map(({ port, spec }) => [port, compile(spec, "")]));
  for (const port of data.echoPorts) layouts.set(port, echoOf(commands, port));

  const elsewhere = data.anyPort === undefined ? undefined : layouts.get(data.anyPort);
  const layoutOf = (fPort: number): Compiled => {
    const layout = layouts.get(fPort) ?? (isApplicationPort(fPort) ? elsewhere : undefined);
    if (layout === undefined) throw new WireError("port.unknown", `${data.id} sends nothing on FPort ${fPort}`);
    return layout;
  };
  const written = (part: Compiled, fields: unknown): Uint8Array => {
    const writer = new Writer();
    part.write(writer, fields);
    const { length } = writer.bytes;
    if (length === 0) throw new WireError("frame.empty", "no field was given, the frame would be empty");
    if (length > downlinkBytesMax)
      throw new WireError("frame.oversized", `${length} bytes, at most ${downlinkBytesMax} can be sent`);
    return Uint8Array.from(writer.bytes);
  };
  const read = (bytes: Uint8Array, fPort: number): Decoded => {
    const layout = layoutOf(fPort);
    if (bytes.length === 0) throw new WireError("frame.empty", "the frame has no bytes");
    if (bytes.length > frameBytesMax)
      throw new WireError("frame.oversized", `${bytes.length} bytes are no LoRaWAN frame`);
    const reader = new Reader(bytes);
    const fields = asBag(layout.read(reader), "");
    if (reader.at < bytes.length) {
      reader.warn("frame.trailing", `${bytes.length - reader.at} bytes follow after the end`, reader.at);
    }
    const { warnings, history, earlier, deviceTime } = reader;
    const measurements = latestOfEach(reader.measurements);
    const decoded: Decoded = { model: data.id, codec, fPort, fields, measurements, history, warnings };
    const dated = deviceTime === undefined ? decoded : { ...decoded, deviceTime };
    return earlier === undefined ? dated : { ...dated, earlier };
  };

  return {
    id: data.id,
    version: data.version,
    shape: shapeOf(data),
    declaration: data,
    decode: ({ bytes, fPort }) => settle(() => read(bytes, fPort)),
    encode: (name, fields) =>
      settle((): Encoded => {
        const command = byName.get(name);
        if (command === undefined) {
          const known = [...byName.keys()].join(", ") || "none";
          throw new WireError("command.unknown", `${data.id} has no command ${name}; known: ${known}`);
        }
        return { fPort: command.port, bytes: written(command.part, fields) };
      }),
    encodeUplink: (fPort, fields) => settle(() => written(layoutOf(fPort), fields)),
    decodeCommand: (fPort, bytes) => settle(() => readCommand(commands, fPort, bytes)),
  };
}
