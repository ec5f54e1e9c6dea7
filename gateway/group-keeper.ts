/**
 * Keeps the members of multicast groups as the registry has them: who came down from its lamp leaves, who hangs there instead is given
 * the keys, and the network server's list of members follows. Until it has proved its keys, it is told alone.
 */
import { randomUUID } from "node:crypto";
import type { Command } from "../commands/command.ts";
import type { Step } from "../device-registry/network/words.ts";
import type { GroupRoll } from "./group-roll.ts";
import type { NetworkDesk } from "./network-desk.ts";
import type { Append, Clock, Log } from "./words.ts";

const SETTLE_EVERY_MS = 60_000;
const FOLLOW_AGAIN_MS = 1_800_000;
/** A controller that was just hung up may join the network only when it has power: tonight, or tomorrow. */
const KEYS_WITHIN_MS = 48 * 3_600_000;

export interface GroupKeeperParts {
  readonly roll: Pick<GroupRoll, "settle" | "views">;
  /** One durable transaction. */
  readonly write: <T>(work: (append: Append) => T) => T;
  readonly place: (command: Command, append: Append) => void;
  /** Without one there is no list that could follow. */
  readonly network: () => Pick<NetworkDesk, "apply"> | undefined;
  readonly clock: Pick<Clock, "now" | "mono">;
  readonly log: Pick<Log, "info" | "warn">;
}

const groupOfStep = ({ id }: Step): string => id.slice(0, id.lastIndexOf(" "));

/** To be called often; looks once a minute. */
export const createGroupKeeper = ({ roll, write, place, network, clock, log }: GroupKeeperParts): (() => void) => {
  let settledAt = Number.NEGATIVE_INFINITY;
  let followAt = Number.NEGATIVE_INFINITY;
  let following = false;
  // What was not followed before a restart: somebody in it is new, or was.
  const behind = new Set(
    roll
      .views()
      .filter(({ made, members }) => made && members.some(({ state }) => state !== "confirmed"))
      .map(({ name }) => name),
  );

  const settle = (): void => {
    const { gone, heirs, groups } = write((append) => {
      const settled = roll.settle();
      const requestedAt = clock.now();
      for (const { group, asset: target, command: name } of settled.heirs)
        place(
          {
            id: randomUUID(),
            target,
            name,
            fields: { group },
            author: "box",
            precedence: "configuration",
            requestedAt,
            expiresAt: requestedAt + KEYS_WITHIN_MS,
          },
          append,
        );
      return settled;
    });
    for (const group of groups) behind.add(group);
    if (gone > 0) {
      log.info({ gone, heirs: heirs.length }, "lamps that came down left their multicast groups");
      followAt = clock.mono();
    }
  };

  const follow = async (desk: Pick<NetworkDesk, "apply">): Promise<void> => {
    const names = new Set(behind);
    try {
      const { applied } = await desk.apply({
        only: (step) => step.kind === "member" && names.has(groupOfStep(step)),
      });
      if (applied.stopped !== undefined || applied.failures.length + applied.left > 0)
        log.warn({ failures: applied.failures }, "multicast members not all followed; tried again later");
      else for (const name of names) behind.delete(name);
    } catch (error) {
      log.warn({ err: error }, "the network server's multicast members could not follow; tried again later");
    }
  };

  return () => {
    const time = clock.mono();
    if (time - settledAt >= SETTLE_EVERY_MS) {
      settledAt = time;
      settle();
    }
    const desk = network();
    if (following || behind.size === 0 || desk === undefined || time < followAt) return;
    following = true;
    followAt = time + FOLLOW_AGAIN_MS;
    follow(desk).finally(() => {
      following = false;
    });
  };
};
