/** What every store must do, whatever database is behind it. */
import { describe } from "vitest";
import { claimantCases } from "./store/claimants.ts";
import { commandsCases } from "./store/commands.ts";
import { type ContractGround, useStore } from "./store/ground.ts";
import { historiesCases } from "./store/histories.ts";
import { keepingCases } from "./store/keeping.ts";
import { readingBackCases } from "./store/reading-back.ts";
import { restoredCases } from "./store/restored.ts";
import { takingCases } from "./store/taking.ts";
import { twoSidesCases } from "./store/two-sides.ts";

export const storeContract = (name: string, prepare: () => Promise<ContractGround>): void => {
  describe(`store contract: ${name}`, () => {
    const ground = useStore(prepare);
    takingCases(ground);
    readingBackCases(ground);
    historiesCases(ground);
    claimantCases(ground);
    twoSidesCases(ground);
    restoredCases(ground);
    commandsCases(ground);
    keepingCases(ground);
  });
};
