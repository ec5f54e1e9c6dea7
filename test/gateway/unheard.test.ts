/** Messages that lie at the broker, unheard, and the ends of commands: nothing is judged by a silence that nobody listened to. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ID, openBox } from "./driven-box.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "beffroi-unheard-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

type Box = ReturnType<typeof openBox>;
/** Five minutes are what the lamp has to report. */
const EFFECT_S = 300;

/** A command is on air, and the lamp has a minute left to show it. */
const nearlyOverdue = async (): Promise<Box> => {
  const box = openBox(folder);
  await box.ask();
  expect(box.published.map(({ id }) => id)).toEqual([ID]);
  await box.hear("txack", box.txack());
  await box.seconds(EFFECT_S - 60);
  expect(box.state()).toBe("on-air");
  return box;
};

describe("a command whose proof lies at the broker", () => {
  it("is proved when the broker was away over its time", async () => {
    const box = await nearlyOverdue();
    await box.cut();
    await box.hear("up", box.up(23));
    await box.seconds(3_600);
    expect([box.state(), box.waitsFor()]).toEqual(["on-air", "broker"]);
    await box.link(false);
    await box.seconds(10);
    expect(box.state()).toBe("on-air");
    await box.redeliver();
    expect([box.state(), box.waitsFor()]).toEqual(["effect-observed", undefined]);
    await box.end();
  });

  it("is proved when the broker came back for a moment only, and then again", async () => {
    const box = await nearlyOverdue();
    await box.cut();
    await box.hear("up", box.up(23));
    await box.seconds(70);
    await box.link(false);
    await box.seconds(10);
    await box.cut();
    await box.seconds(60);
    await box.link();
    expect(box.state()).toBe("effect-observed");
    await box.end();
  });

  it("is proved when the box began anew after its time", async () => {
    const box = await nearlyOverdue();
    await box.hear("up", box.up(25));
    await box.cut();
    await box.hear("up", box.up(23));
    await box.restart(3_600_000);
    await box.seconds(30);
    await box.link(false);
    await box.seconds(10);
    expect(box.state()).toBe("on-air");
    await box.redeliver();
    expect(box.state()).toBe("effect-observed");
    await box.end();
  });

  it.each(["a message", "its housekeeping"])(
    "is proved when the disk was full over its time, which %s met",
    async (who) => {
      const box = await nearlyOverdue();
      box.disk.full = true;
      if (who === "a message") {
        await box.hear("up", box.up(25));
        while (!box.line.deaf) await box.link();
        await box.seconds(5);
        await box.link();
      } else await box.seconds(5);
      expect(box.line).toMatchObject({ up: true, deaf: true });
      await box.hear("up", box.up(23));
      await box.seconds(600);
      box.disk.full = false;
      await box.seconds(10);
      expect([box.line.deaf, box.state()]).toEqual([false, "on-air"]);
      await box.link(false);
      await box.seconds(10);
      expect(box.state()).toBe("on-air");
      await box.redeliver();
      expect([box.state(), box.waiting()]).toEqual(["effect-observed", 0]);
      await box.end();
    },
  );

  it("is proved when the machine slept over its time, and its line seems to stand", async () => {
    const box = await nearlyOverdue();
    box.pass(3_600_000, false);
    await box.seconds(10);
    expect(box.state()).toBe("on-air");
    await box.hear("up", box.up(23));
    expect(box.state()).toBe("effect-observed");
    await box.end();
  });

  it("is proved when the line was dead at its time, and not known to be", async () => {
    const box = await nearlyOverdue();
    await box.seconds(40);
    box.line.stands = false;
    await box.hear("up", box.up(23));
    await box.seconds(45);
    expect([box.state(), box.waitsFor()]).toEqual(["on-air", "broker"]);
    await box.cut();
    box.line.stands = true;
    await box.seconds(5);
    await box.link();
    expect(box.state()).toBe("effect-observed");
    await box.end();
  });
});

describe("a command that nobody shows", () => {
  it("fails once the line has stood for a quarter of a minute", async () => {
    const box = await nearlyOverdue();
    await box.cut();
    await box.seconds(3_600);
    await box.link();
    await box.seconds(14);
    expect(box.state()).toBe("on-air");
    await box.seconds(3);
    expect([box.state(), box.reason()]).toEqual(["failed", "no-effect-in-time"]);
    await box.end();
  });

  it("fails also when the line flaps", async () => {
    const box = await nearlyOverdue();
    for (let flap = 0; flap < 14; flap += 1) {
      await box.cut();
      await box.seconds(10);
      await box.link();
      await box.seconds(6);
    }
    expect([box.state(), box.reason()]).toEqual(["failed", "no-effect-in-time"]);
    await box.end();
  });

  it("fails when the broker is not back after all that it would have kept, and says that it was not heard", async () => {
    const box = await nearlyOverdue();
    await box.cut();
    await box.seconds(70);
    box.pass(7 * 86_400_000 - 20_000);
    await box.seconds(5);
    expect([box.state(), box.waitsFor()]).toEqual(["on-air", "broker"]);
    await box.seconds(20);
    expect([box.state(), box.reason()]).toEqual(["failed", "unheard"]);
    await box.end();
  });

  it("expires at once when it never left the box", async () => {
    const box = openBox(folder);
    await box.ask(false);
    expect([box.published, box.waitsFor()]).toEqual([[], "air"]);
    await box.seconds(1_801);
    expect([box.state(), box.reason()]).toEqual(["expired", undefined]);
    await box.end();
  });
});

describe.each([true, false])("a command whose sending lies at the broker (ChirpStack can be asked: %s)", (asks) => {
  it("does not expire", async () => {
    const box = openBox(folder, asks);
    await box.ask();
    await box.cut();
    await box.hear("txack", box.txack());
    await box.seconds(1_800 + 600);
    expect([box.state(), box.waitsFor()]).toEqual(["queued", "broker"]);
    await box.link(false);
    await box.seconds(10);
    await box.redeliver();
    expect(box.state()).toBe("on-air");
    await box.end();
  });
});

it("a box that cannot write goes on with the next command, and leaves the end of one that left the queue to what the broker holds", async () => {
  const box = openBox(folder);
  await box.ask();
  box.disk.full = true;
  await box.seconds(5);
  expect(box.line).toMatchObject({ up: true, deaf: true });
  await box.hear("txack", box.txack());
  const next = "42cb6459-a640-46ec-9623-bdff39dc4731";
  await box.order(next);
  await box.seconds(60);
  expect([box.state(), box.waitsFor(), box.published.map(({ id }) => id)]).toEqual(["queued", "broker", [ID, next]]);
  box.disk.full = false;
  await box.seconds(10);
  await box.link();
  expect(box.state()).toBe("on-air");
  await box.end();
});

it("what ChirpStack's queue lacks is not judged while more of what the broker held comes", async () => {
  const box = openBox(folder);
  await box.ask();
  await box.cut();
  const held = Array.from({ length: 8 }, () => box.up(25));
  await box.seconds(60);
  await box.link();
  for (const up of held) {
    await box.seconds(10);
    await box.hear("up", up);
  }
  expect([box.looks(), box.state()]).toEqual([1, "queued"]);
  await box.hear("txack", box.txack());
  expect(box.state()).toBe("on-air");
  await box.end();
});
