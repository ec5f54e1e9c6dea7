/** The hypervisor, as far as commands go: what it asked for, what it knows of each, and a backup of yesterday. */
import type { Outcome } from "../../../cloud-sync/protocol/entry.ts";
import type { Command, CommandState } from "../../../commands/command.ts";
import { isState, replicaMove } from "../../../commands/replica.ts";
import type { Clock } from "../../../fixtures/clock.ts";
import type { Box } from "./box.ts";
import type { Dice } from "./dice.ts";

export const createRegion = ({ clock, dice, box }: { clock: Clock; dice: Dice; box: Box }) => {
  const commands: Command[] = [];
  const strange: string[] = [];
  const handed = new Set<string>();
  let isUp = true;
  let replica = new Map<string, CommandState>();
  let taken = 0;
  let yesterday = { replica: new Map(replica), taken };

  const expire = (): void => {
    for (const { id, expiresAt } of commands)
      if (!handed.has(id) && replica.get(id) === "requested" && expiresAt < clock.now()) replica.set(id, "expired");
  };
  const hand = (): void => {
    if (!isUp || !box.isUp()) return;
    expire();
    const held = box.ledger().cursor();
    for (const [index, command] of commands.entries()) {
      const cursor = index + 1;
      if (cursor <= held || !box.isUp()) continue;
      if (replica.get(command.id) !== "requested") box.pass(cursor);
      else {
        handed.add(command.id);
        box.order(command, cursor);
      }
    }
  };
  const note = ({ command, state, request }: Outcome): void => {
    // Born on the box: what gives a lamp back.
    if (request !== undefined && !replica.has(command)) replica.set(command, "requested");
    const known = replica.get(command);
    if (known === undefined || !isState(state)) {
      strange.push(`${command} ${state}`);
      return;
    }
    const move = replicaMove(known, state);
    if (move === "moves") replica.set(command, state);
    else if (move === "after-end") strange.push(`${command} ${state} after ${known}`);
  };

  return {
    commands,
    /** Outcomes that the replica could not follow. */
    strange,
    hand,
    follow(): void {
      if (!isUp || !box.isUp()) return;
      for (; taken < box.journal.length; taken++) note(box.journal[taken] as Outcome);
      if (dice.chance(0.05)) yesterday = { replica: new Map(replica), taken };
    },
    want(command: Command): void {
      commands.push(command);
      replica.set(command.id, "requested");
    },
    is(state: "up" | "down" | "of-yesterday"): void {
      isUp = state !== "down";
      if (state !== "of-yesterday") return;
      // A backup: what came since is not known there; the box sends it again.
      for (const { id } of commands) if (!yesterday.replica.has(id)) yesterday.replica.set(id, "requested");
      replica = new Map(yesterday.replica);
      taken = yesterday.taken;
      for (const { id } of commands) if (box.ledger().find(id) !== undefined) handed.add(id);
    },
    replicaOf(id: string): CommandState | undefined {
      expire();
      return replica.get(id);
    },
  };
};
