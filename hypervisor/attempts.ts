/** Failed attempts of strangers, by address: a code cannot be guessed, but nobody is to keep us busy trying. */
import { HypervisorFault } from "./faults.ts";

export interface Attempts {
  /** @throws HypervisorFault `too-many-attempts` */
  check(address: string): void;
  failed(address: string): void;
}

const WINDOW_MS = 60_000;
const FAILED_MAX = 10;
/** Addresses remembered; a crowd of them makes the window begin anew. */
const ADDRESSES_MAX = 10_000;

/** @param mono ms, never stepped */
export const createAttempts = (mono: () => number): Attempts => {
  let since = mono();
  const failures = new Map<string, number>();
  const turn = (): void => {
    if (mono() - since < WINDOW_MS && failures.size < ADDRESSES_MAX) return;
    since = mono();
    failures.clear();
  };
  return {
    check(address) {
      turn();
      if ((failures.get(address) ?? 0) < FAILED_MAX) return;
      throw new HypervisorFault("too-many-attempts", { seconds: Math.ceil((since + WINDOW_MS - mono()) / 1000) });
    },
    failed(address) {
      failures.set(address, (failures.get(address) ?? 0) + 1);
    },
  };
};
