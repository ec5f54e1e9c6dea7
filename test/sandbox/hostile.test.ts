import { monitorEventLoopDelay } from "node:perf_hooks";
import { afterAll, describe, expect, test } from "vitest";
import { createSandbox } from "../../codecs/sandbox/sandbox.ts";
import { hostileCodecs } from "./hostile-codecs.ts";

const good = `
  function decodeUplink(input) {
    var sum = 0;
    for (var i = 0; i < input.bytes.length; i++) sum = (sum * 31 + input.bytes[i]) % 65521;
    return { data: { n: input.variables.n, sum: sum, at: input.recvTime.toISOString() } };
  }`;
const recvTime = "2024-01-01T00:00:00.000Z";

function expectedSum(bytes: Uint8Array): number {
  let sum = 0;
  for (const byte of bytes) sum = (sum * 31 + byte) % 65521;
  return sum;
}

describe("a hostile codec beside a good one under load", () => {
  const loop = monitorEventLoopDelay({ resolution: 5 });
  const lagMs: number[] = [];
  afterAll(() => {
    // The longest wait of each case, and their median: one slow moment of the machine is not the sandbox's doing.
    expect(lagMs.sort((a, b) => a - b)[Math.floor(lagMs.length / 2)]).toBeLessThan(200);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  test.each(hostileCodecs)("$name", { timeout: 30_000 }, async ({ source, codes }) => {
    const sandbox = createSandbox();
    expect(await sandbox.load("good", good)).toMatchObject({ ok: true });
    const loaded = await sandbox.load("bad", source);
    expect(loaded).toMatchObject({ ok: true });
    loop.enable();
    loop.reset();
    const frames = Array.from({ length: 300 }, (_, n) => Uint8Array.of(n & 255, n >> 8, 7));
    const decodings = frames.map((bytes, n) => {
      const bad = n === 100 || n === 200 ? sandbox.decodeUplink("bad", { bytes, fPort: 1, recvTime }) : undefined;
      return { bad, good: sandbox.decodeUplink("good", { bytes, fPort: 1, recvTime, variables: { n: String(n) } }) };
    });
    for (const [n, { bad, good }] of decodings.entries()) {
      const data = { n: String(n), sum: expectedSum(frames[n] as Uint8Array), at: recvTime };
      expect(await good).toEqual({ ok: true, value: { data, warnings: [] } });
      const answer = await bad;
      if (answer !== undefined) expect(codes).toContain(answer.ok ? "ok" : answer.fault.code);
    }
    lagMs.push(loop.max / 1e6);
    loop.disable();
    await sandbox.stop();
  });
});
