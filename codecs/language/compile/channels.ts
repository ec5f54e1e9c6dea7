import { WireError } from "../../faults.ts";
import type { Reader } from "../reader.ts";
import type { ChannelsSpec } from "../spec.ts";
import { below, type Compile, type Compiled, fromGroup, type Group } from "./compiled.ts";

interface CompiledChannel {
  readonly name: string;
  readonly index: number;
  readonly part: Compiled;
}

/** On a key or an end that it cannot pass: says so and leaves what was read before; with nothing before it, a fault. */
function endChannels(reader: Reader, error: unknown, at: number, measured: number, end: number): void {
  if (!(error instanceof WireError) || at === 0) throw error;
  const { code, message } = error.fault;
  if (code !== "channel.unknown" && code !== "frame.truncated") throw error;
  reader.measurements.length = measured;
  reader.warn(code, message, at);
  reader.end = end;
  reader.at = end;
}

function unknownChannel(key: number, keyBytes: 1 | 2, at: number, end: number): WireError {
  const name = key.toString(16).padStart(keyBytes * 2, "0");
  return new WireError(
    "channel.unknown",
    `channel ${name} is not known; the ${end - at} bytes from there were not read`,
    {
      offset: at,
    },
  );
}

function channelsReader(keyBytes: 1 | 2, byKey: ReadonlyMap<number, CompiledChannel>): Group["into"] {
  return (reader, bag) => {
    const { bytes, end, measurements } = reader;
    let at = reader.at;
    let measured = 0;
    // One bit a channel; from the 32nd on, a field that is already there says the same, only slower.
    let seen = 0;
    try {
      while (reader.at < end) {
        at = reader.at;
        measured = measurements.length;
        reader.take(keyBytes, "a channel's key");
        const key = keyBytes === 1 ? bytes[at]! : (bytes[at]! << 8) | bytes[at + 1]!;
        const channel = byKey.get(key);
        if (channel === undefined) throw unknownChannel(key, keyBytes, at, end);
        const { name, index } = channel;
        const value = channel.part.read(reader);
        const again = index < 31 ? (seen & (1 << index)) !== 0 : name in bag;
        if (again) reader.warn("channel.repeated", `${name} stands twice in the frame`, at);
        if (value === undefined) continue;
        // Where two channels measure one quantity the later counts: a repeated one must be written where it stood last.
        if (again) delete bag[name];
        seen |= index < 31 ? 1 << index : 0;
        bag[name] = value;
      }
    } catch (error) {
      endChannels(reader, error, at, measured, end);
    }
  };
}

export function compileChannels(spec: ChannelsSpec, path: string, compile: Compile): Compiled {
  const { keyBytes } = spec;
  const all = spec.channels.map(({ name, key, spec: part }, index) => ({
    name,
    key,
    index,
    part: compile(part, below(path, name)),
  }));
  const byName = new Map(all.map((channel) => [channel.name, channel]));
  return fromGroup(
    {
      names: all.map((channel) => channel.name),
      into: channelsReader(keyBytes, new Map(all.map((channel) => [channel.key, channel]))),
      from(writer, bag) {
        for (const [name, value] of Object.entries(bag)) {
          const channel = byName.get(name);
          if (channel === undefined || value === undefined || value === null) continue;
          writer.put(channel.key, keyBytes, "be");
          channel.part.write(writer, value);
        }
      },
    },
    path,
  );
}
