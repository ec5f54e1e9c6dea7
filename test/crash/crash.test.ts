/** The short form of `npm run test:crash`: a round of everything, and each broken part is caught by real processes. */
import { expect } from "vitest";
import { systemTest } from "../system/servers.ts";
import { crash } from "./crash.ts";
import { BROKEN_PARTS, type BrokenPart } from "./ground.ts";
import { missingForPowerCuts } from "./power-cut.ts";

systemTest(
  "a round of kills and power cuts: nothing lost, doubled or out of order",
  ["mosquitto", "postgresql"],
  async () => {
    const seed = Math.floor(Date.now() / 1000);
    console.log(`crash: seed ${seed}`);
    const result = await crash({ rounds: 1, seed, messages: 1_000 });
    for (const why of result.missing) console.warn(`not tried: ${why}`);
    const { lost, late, duplicated, reordered, invented, examples } = result;
    expect({ lost, late, duplicated, reordered, invented, examples }).toEqual({
      lost: 0,
      late: 0,
      duplicated: 0,
      reordered: 0,
      invented: 0,
      examples: [],
    });
    expect(result.acknowledged).toBeGreaterThanOrEqual(1_000);
    expect(result.incidents["gateway killed"]).toBeGreaterThan(0);
    expect(result.incidents["hypervisor killed"]).toBeGreaterThan(0);
    if (missingForPowerCuts() === undefined) expect(result.incidents["power cut"]).toBeGreaterThan(0);
  },
  900_000,
);

for (const broken of Object.keys(BROKEN_PARTS) as BrokenPart[])
  systemTest(
    `it can see: ${broken}`,
    ["mosquitto", "postgresql"],
    async () => {
      const result = await crash({ rounds: 8, seed: 1, messages: 250, broken, untilCaught: true, stallMs: 8_000 });
      expect(result.lost + result.duplicated + result.reordered).toBeGreaterThan(0);
    },
    600_000,
  );
