/** The boxes' door when more come than can be let in: who is let in is still there, and in the end all are in. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { createDoorstep, type Doorstep, type DoorstepParts } from "../../hypervisor/doorstep.ts";
import { createRandom } from "../simulate/world.ts";

/** A doorstep whose clock and turns the test drives. */
const ground = () => {
  let now = 0;
  const turns: (() => void)[] = [];
  const inside: string[] = [];
  const away: string[] = [];
  const { come, end } = createDoorstep<string>({
    letIn: (guest) => inside.push(guest),
    turnAway: (guest) => away.push(guest),
    mono: () => now,
    afterTurn: (then) => turns.push(then),
  });
  return {
    come,
    end,
    inside,
    away,
    pass: (ms: number) => {
      now += ms;
    },
    /** Turns of the event loop; false when nothing waits for one. */
    turn: (count = 1): boolean => {
      for (; count > 0; count--) for (const then of turns.splice(0)) then();
      return turns.length > 0;
    },
  };
};

test("in the order of coming, one a turn, once nobody comes any more", () => {
  const { come, inside, turn } = ground();
  for (const guest of ["a", "b", "c"]) come(guest);
  expect(turn()).toBe(true);
  expect(inside).toEqual([]);
  turn();
  expect(inside).toEqual(["a"]);
  expect(turn(2)).toBe(false);
  expect(inside).toEqual(["a", "b", "c"]);
});

test("who keeps coming holds nobody up for more than seven turns", () => {
  const { come, inside, turn } = ground();
  for (let each = 0; each < 80; each++) {
    come(`${each}`);
    turn();
  }
  expect(inside).toHaveLength(10);
});

test("after ten seconds the newest is first, and after thirty nobody is let in any more", () => {
  const { come, inside, away, turn, pass } = ground();
  come("first");
  pass(6_000);
  come("second");
  pass(5_000);
  turn(2);
  // The first has waited eleven seconds, the second five.
  expect(inside).toEqual(["second"]);
  pass(5_000);
  for (const guest of ["third", "fourth"]) come(guest);
  turn();
  pass(10_000);
  turn();
  expect(inside).toEqual(["second", "fourth"]);
  pass(4_000);
  turn();
  expect(away).toEqual(["first"]);
  expect(inside).toEqual(["second", "fourth", "third"]);
  expect(turn()).toBe(false);
});

test("whatever comes, goes and waits: each is let in or turned away once, none who went, and at the end nobody waits", () => {
  const step = fc.oneof(
    fc.constant("come" as const),
    fc.constant("turn" as const),
    fc.record({ passes: fc.nat(15_000) }),
    fc.record({ leaves: fc.nat() }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), fc.boolean(), (steps, ends) => {
      const { come, end, inside, away, turn, pass } = ground();
      const leaving: (() => void)[] = [];
      const left: string[] = [];
      for (const each of steps) {
        if (each === "come") leaving.push(come(`${leaving.length}`));
        else if (each === "turn") turn();
        else if ("passes" in each) pass(each.passes);
        else if (leaving.length > 0) {
          const which = each.leaves % leaving.length;
          const guest = `${which}`;
          if (![...inside, ...away, ...left].includes(guest)) left.push(guest);
          leaving[which]!();
        }
      }
      if (ends) end();
      while (turn());
      const all = [...inside, ...away, ...left].sort();
      expect(all).toEqual(leaving.map((_, which) => `${which}`).sort());
      if (!ends) return;
      come("late");
      expect(away.at(-1)).toBe("late");
    }),
  );
});

/** Measured: CPU of the region, ms, for a turn, for a line taken from the kernel's queue, for a handshake, and for one that nobody ends. */
const COST_MS = { turn: 0.1, accept: 0.4, handshake: 4, vain: 1.3 };
const BACKLOG = 4_096;
const PATIENCE_MS = 45_000;
const PAUSE_MAX_MS = 30_000;

/** One line that a box tries to make. */
interface Attempt {
  readonly since: number;
  /** What became of it, told to its box. */
  readonly over: (isIn: boolean) => void;
}

/**
 * Boxes that all come back after an outage, with the patience and the pauses they have, to a region that has `share` of a core for
 * those who come. Gives when the last line was made, s; undefined: not all of them within an hour.
 */
const comeBack = (
  lines: number,
  share: number,
  doorOf: (parts: DoorstepParts<Attempt>) => Pick<Doorstep<Attempt>, "come">,
): number | undefined => {
  const { unit } = createRandom(1);
  let now = 0;
  let spentMs = 0;
  let made = 0;
  const turns: (() => void)[] = [];
  const door = doorOf({
    mono: () => now,
    afterTurn: (then) => turns.push(then),
    letIn({ since, over }) {
      const isThere = now - since < PATIENCE_MS;
      spentMs += isThere ? COST_MS.handshake : COST_MS.vain;
      over(isThere);
    },
    turnAway: ({ over }) => over(false),
  });
  /** What boxes do, by the second. */
  const diary = new Map<number, (() => void)[]>();
  const later = (ms: number, deed: () => void): void => {
    const second = Math.ceil((now + ms) / 1_000);
    diary.set(second, [...(diary.get(second) ?? []), deed]);
  };
  const kernelQueue: Attempt[] = [];
  const knock = (): void => {
    let isOver = false;
    const over = (isIn: boolean): void => {
      if (isOver) return;
      isOver = true;
      if (isIn) made++;
      else later(unit() * PAUSE_MAX_MS, knock);
    };
    // What a box gives up stays in the queue.
    if (kernelQueue.length < BACKLOG) kernelQueue.push({ since: now, over });
    later(PATIENCE_MS, () => over(false));
  };
  for (let line = 0; line < lines; line++) later(unit() * PAUSE_MAX_MS, knock);
  for (let second = 0; second < 3_600 && made < lines; second++) {
    now = Math.max(now, second * 1_000);
    for (const deed of diary.get(second) ?? []) deed();
    while (now < (second + 1) * 1_000 && kernelQueue.length + turns.length > 0) {
      spentMs = COST_MS.turn;
      const attempt = kernelQueue.shift();
      if (attempt !== undefined) {
        spentMs += COST_MS.accept;
        door.come(attempt);
      }
      for (const then of turns.splice(0)) then();
      now += spentMs / share;
    }
  }
  return made < lines ? undefined : now / 1_000;
};

test("a region too slow for its boxes' patience lets all of them in; in the order of coming it never would", () => {
  const noDoorstep = ({ letIn }: DoorstepParts<Attempt>) => ({
    come: (attempt: Attempt) => {
      letIn(attempt);
      return () => {};
    },
  });
  const [lines, share] = [3_000, 0.05];
  const workSeconds = (lines * COST_MS.handshake) / 1_000 / share;
  expect(comeBack(lines, share, createDoorstep)).toBeLessThan(2 * workSeconds);
  expect(comeBack(lines, share, noDoorstep)).toBeUndefined();
});
