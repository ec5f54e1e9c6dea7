import { describe, expect, test } from "vitest";
import { createHeapRoom, createHeapThrift, keepYoungHeapSmall, openYoungHeap } from "../../gateway/heap-thrift.ts";

test("garbage is collected sooner only while a long past is sent", () => {
  const flags: string[] = [];
  const thrift = createHeapThrift((flag) => flags.push(flag));
  for (const waiting of [0, 12, 900_000, 500_000, 20_001, 20_000, 3, 0]) thrift(waiting);
  expect(flags).toEqual(["--heap-growing-percent=50", "--heap-growing-percent=0"]);
});

test("V8 knows the flag", () => {
  const thrift = createHeapThrift();
  expect(() => [30_000, 0].forEach(thrift)).not.toThrow();
});

describe("room for new objects", () => {
  const MB = 1024 * 1024;
  /** Seconds of so many readings each; what was done with the heap, and in which second. */
  const live = (seconds: readonly (readonly [count: number, perSecond: number])[]): string[] => {
    let bytes = MB;
    let now = 0;
    let readings = 0;
    const done: string[] = [];
    const room = createHeapRoom({
      bytes: () => bytes,
      grow() {
        bytes = 16 * MB;
        done.push(`grown after ${now / 1_000} s`);
      },
      giveBack() {
        bytes = MB;
        done.push(`given back after ${now / 1_000} s`);
      },
    });
    for (const [count, perSecond] of seconds) {
      for (let each = 0; each < count; each++) {
        room(now, readings);
        now += 1_000;
        readings += perSecond;
      }
    }
    return done;
  };

  test("grows with a burst, once, and is given back a calm minute after it", () => {
    expect(
      live([
        [10, 1],
        [300, 5_000],
        [300, 1],
      ]),
    ).toEqual(["grown after 11 s", "given back after 370 s"]);
  });

  test("what the start took is given back after a calm minute, once", () => {
    expect(live([[600, 1]])).toEqual(["given back after 60 s"]);
  });

  test("stays as it is with what a commune sends", () => {
    expect(live([[3_600, 60]])).toEqual([]);
  });

  test("is not given back between two bursts that are near each other", () => {
    expect(
      live([
        [10, 500],
        [50, 0],
        [10, 500],
        [50, 0],
        [10, 500],
      ]),
    ).toEqual(["grown after 1 s"]);
  });

  test("V8 does it: more room, and back to what it was", () => {
    keepYoungHeapSmall();
    const heap = openYoungHeap();
    heap.giveBack();
    const before = heap.bytes();
    heap.grow();
    expect(heap.bytes()).toBeGreaterThan(4 * MB);
    expect(heap.bytes()).toBeLessThanOrEqual(before * 16);
    heap.giveBack();
    expect(heap.bytes()).toBe(before);
  });
});
