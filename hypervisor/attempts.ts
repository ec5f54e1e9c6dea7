/** Failed attempts of strangers, by where they come from: a code cannot be guessed, but nobody is to keep us busy trying. */
import { isIP } from "node:net";
import { HypervisorFault } from "./faults.ts";

export interface Attempts {
  /**
   * One more attempt from that address. It counts as failed until the returned function says that it is over, and whether it failed:
   * else as many as come at the same moment would all be tried.
   * @throws HypervisorFault `too-many-attempts`
   */
  begin(address: string): (failed: boolean) => void;
}

const WINDOW_MS = 60_000;
const FAILED_MAX = 10;
/** Remembered at once; a crowd pushes out whoever came first, and nobody else. */
const SOURCES_MAX = 10_000;

interface Source {
  failed: number;
  trying: number;
}

/** Whoever has an IPv6 address has the 2^64 beside it too (RFC 6177 §2). */
const sourceOf = (address: string): string => {
  if (isIP(address) !== 6) return address;
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  const [before = [], after = []] = address.split("::").map((half) => half.split(":").filter((group) => group !== ""));
  const zeros = Array<string>(Math.max(0, 8 - before.length - after.length)).fill("0");
  return `${[...before, ...zeros, ...after].slice(0, 4).join(":")}::/64`;
};

/** @param mono ms, never stepped */
export const createAttempts = (mono: () => number): Attempts => {
  let since = mono();
  const sources = new Map<string, Source>();
  const sourceAt = (address: string): Source => {
    if (mono() - since >= WINDOW_MS) {
      since = mono();
      sources.clear();
    }
    const name = sourceOf(address);
    const source = sources.get(name) ?? { failed: 0, trying: 0 };
    const [first] = sources.keys();
    if (first !== undefined && sources.size >= SOURCES_MAX && !sources.has(name)) sources.delete(first);
    sources.set(name, source);
    return source;
  };
  return {
    begin(address) {
      const source = sourceAt(address);
      if (source.failed + source.trying >= FAILED_MAX) {
        // Those that are being tried may still be right.
        const seconds = source.failed < FAILED_MAX ? 1 : Math.ceil((since + WINDOW_MS - mono()) / 1000);
        throw new HypervisorFault("too-many-attempts", { seconds });
      }
      source.trying += 1;
      return (failed) => {
        source.trying -= 1;
        if (failed) source.failed += 1;
      };
    },
  };
};
