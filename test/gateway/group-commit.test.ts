import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createGroupCommit } from "../../gateway/group-commit.ts";

describe("group commit", () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setImmediate", "clearImmediate"] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  const open = (delayMs = 5_000) => {
    const sizes: number[] = [];
    let mono = 0;
    const group = createGroupCommit({ delayMs, mono: () => mono, commit: () => sizes.push(taken) });
    let taken = 0;
    const pass = (ms: number): void => {
      mono += ms;
    };
    const add = (count: number, urgent = false): void => {
      for (let one = 0; one < count; one += 1) {
        taken += 1;
        group.added(urgent);
      }
    };
    return { group, sizes, add, pass };
  };

  it("makes turns that bring work in a row one commit, and ends with the first that brings none", async () => {
    const { sizes, add } = open();
    add(50);
    await vi.advanceTimersToNextTimerAsync();
    expect(sizes).toEqual([]);
    add(50);
    await vi.advanceTimersToNextTimerAsync();
    expect(sizes).toEqual([]);
    await vi.advanceTimersToNextTimerAsync();
    expect(sizes).toEqual([100]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("ends a group after 20 ms or 128 messages even when the load does not", async () => {
    const byTime = open();
    byTime.add(50);
    await vi.advanceTimersToNextTimerAsync();
    byTime.add(50);
    byTime.pass(20);
    await vi.advanceTimersToNextTimerAsync();
    expect(byTime.sizes).toEqual([100]);
    const byNumber = open();
    byNumber.add(300);
    expect(byNumber.sizes).toEqual([128, 256]);
    await vi.advanceTimersToNextTimerAsync();
    await vi.advanceTimersToNextTimerAsync();
    expect(byNumber.sizes).toEqual([128, 256, 300]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("waits for company below load, but never when it is urgent or waiting is off", async () => {
    const calm = open();
    calm.add(3);
    await vi.advanceTimersByTimeAsync(4_999);
    expect(calm.sizes).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(calm.sizes).toEqual([3]);
    const urgent = open();
    urgent.add(2);
    urgent.add(1, true);
    await vi.advanceTimersToNextTimerAsync();
    expect(urgent.sizes).toEqual([3]);
    const off = open(0);
    off.add(1);
    await vi.advanceTimersToNextTimerAsync();
    expect(off.sizes).toEqual([1]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("waits while the disk rests, however much comes, and commits all of it then; a flush does not wait", async () => {
    let restsUntil = 10_000;
    const sizes: number[] = [];
    let [mono, taken] = [0, 0];
    const group = createGroupCommit({
      delayMs: 0,
      mono: () => mono,
      commit: () => sizes.push(taken),
      notBefore: () => restsUntil,
    });
    for (; taken < 300; ) {
      taken += 1;
      group.added(true);
    }
    await vi.advanceTimersByTimeAsync(9_999);
    expect([sizes, group.waiting]).toEqual([[], 300]);
    mono = 10_000;
    await vi.advanceTimersByTimeAsync(1);
    expect([sizes, group.waiting]).toEqual([[300], 0]);
    restsUntil = 20_000;
    group.added(true);
    group.flush();
    expect(sizes).toEqual([300, 300]);
    group.afterRest();
    expect(sizes).toEqual([300, 300]);
    // Whoever goes on after the rest need not wait for the timer.
    group.added(true);
    await vi.advanceTimersToNextTimerAsync();
    group.afterRest();
    expect(sizes).toEqual([300, 300]);
    mono = 20_000;
    group.afterRest();
    expect([sizes, vi.getTimerCount()]).toEqual([[300, 300, 300], 0]);
    group.stop();
  });
});
