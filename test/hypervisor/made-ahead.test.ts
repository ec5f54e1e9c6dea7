/** Parts of a COPY that are made before they are asked for: the same parts, and no more of them than may be held. */
import { setImmediate as turn } from "node:timers/promises";
import { expect, it } from "vitest";
import { madeAhead } from "../../hypervisor/store/made-ahead.ts";

const KB = 1024;

const numbered = function* (count: number, made: number[], bytes = 1): Generator<Uint8Array> {
  for (let n = 0; n < count; n++) {
    made.push(n);
    yield new Uint8Array(bytes).fill(n);
  }
};

const turns = async (count: number): Promise<void> => {
  for (let each = 0; each < count; each++) await turn();
};

const firsts = (parts: Iterable<Uint8Array>): number[] => Array.from(parts, (part) => part[0]!);

it.each([0, 1, 3, 40])("after %i turns of the loop the parts are the same, in their order", async (count) => {
  const made: number[] = [];
  const ahead = madeAhead(numbered(20, made));
  await turns(count);
  expect(made.length).toBe(Math.min(count, 20));
  expect(firsts(ahead.parts)).toEqual(Array.from({ length: 20 }, (_, n) => n));
});

it("holds no more than half a megabyte, and makes the rest as it is asked for", async () => {
  const made: number[] = [];
  const ahead = madeAhead(numbered(20, made, 64 * KB));
  await turns(40);
  expect(made.length).toBe(8);
  expect(firsts(ahead.parts)).toEqual(Array.from({ length: 20 }, (_, n) => n));
});

it("makes nothing beside who takes the parts", async () => {
  const made: number[] = [];
  const ahead = madeAhead(numbered(20, made));
  await turns(2);
  const taker = ahead.parts[Symbol.iterator]();
  taker.next();
  await turns(5);
  expect(made.length).toBe(2);
});

it("makes nothing more once it is stopped", async () => {
  const made: number[] = [];
  const ahead = madeAhead(numbered(20, made));
  await turns(2);
  ahead.stop();
  await turns(5);
  expect(made.length).toBe(2);
});

it("what goes wrong while making is thrown to who asks for the part", async () => {
  const broken = function* (): Generator<Uint8Array> {
    yield new Uint8Array([7]);
    throw new Error("no such value");
  };
  const ahead = madeAhead(broken());
  await turns(5);
  const taker = ahead.parts[Symbol.iterator]();
  expect(taker.next().value?.[0]).toBe(7);
  expect(() => taker.next()).toThrow("no such value");
});
