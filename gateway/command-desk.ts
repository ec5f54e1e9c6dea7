/** Commands asked for on the box itself: the control socket's view of the ledger. */
import { randomUUID } from "node:crypto";
import type { CommandRequest, CommandView } from "../api/schemas.ts";
import { isTerminal } from "../commands/command.ts";
import type { CommandRecord } from "../commands/transitions.ts";
import type { Ledger } from "./ledger.ts";
import type { CommandRelay } from "./relay.ts";
import type { CommandDesk } from "./words.ts";

const iso = (ms: number): string => new Date(ms).toISOString();

export const commandView = ({ command, state, steps }: CommandRecord): CommandView => ({
  id: command.id,
  target: command.target,
  name: command.name,
  fields: { ...command.fields },
  author: command.author,
  precedence: command.precedence,
  requestedAt: iso(command.requestedAt),
  expiresAt: iso(command.expiresAt),
  state,
  terminal: isTerminal(state),
  steps: steps.map(({ state, at, reason }) => ({ state, at: iso(at), ...(reason === undefined ? {} : { reason }) })),
});

export const createCommandDesk = (relay: CommandRelay, ledger: Ledger, clock: { now(): number }): CommandDesk => ({
  request(request: CommandRequest, append) {
    const now = clock.now();
    const record = relay.place(
      {
        id: request.id ?? randomUUID(),
        target: request.target,
        name: request.name,
        fields: request.fields,
        author: request.author,
        precedence: "operator",
        requestedAt: now,
        expiresAt: now + request.expiresInSeconds * 1000,
      },
      append,
    );
    return commandView(record);
  },
  view(id) {
    const row = ledger.find(id);
    return row === undefined ? undefined : commandView(row.record);
  },
  open: () => ledger.open().length,
});
