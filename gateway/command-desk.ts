/** Commands asked for on the box itself: the control socket's view of the ledger. */
import { randomUUID } from "node:crypto";
import type { CommandRequest, CommandView } from "../api/schemas.ts";
import { isTerminal } from "../commands/command.ts";
import { HOLD_SECONDS_DEFAULT } from "../commands/lease.ts";
import { type CommandRecord, proofOf } from "../commands/transitions.ts";
import { auditView, queueView } from "./command-views.ts";
import { returnId } from "./leases.ts";
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
  ...(command.holdUntil === undefined ? {} : { holdUntil: iso(command.holdUntil) }),
  ...(command.reason === undefined ? {} : { reason: command.reason }),
  ...(command.mass === undefined ? {} : { mass: { ...command.mass } }),
  state,
  terminal: isTerminal(state),
  proof: proofOf(steps),
  steps: steps.map(({ state, at, reason }) => ({ state, at: iso(at), ...(reason === undefined ? {} : { reason }) })),
});

/** The last return is looked for among so many. */
const RETURN_TRIES_SHOWN = 20;

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
        precedence: request.precedence,
        requestedAt: now,
        expiresAt: now + request.expiresInSeconds * 1_000,
        ...(relay.holdsAsset(request)
          ? { holdUntil: now + (request.holdSeconds ?? HOLD_SECONDS_DEFAULT) * 1_000 }
          : {}),
        ...(request.reason === undefined ? {} : { reason: request.reason }),
      },
      append,
    );
    return commandView(record);
  },
  view(id) {
    const row = ledger.find(id);
    return row === undefined ? undefined : commandView(row.record);
  },
  returnOf(id) {
    const lease = ledger.leases.all().find(({ command }) => command === id);
    const placed = ledger.find(returnId(id, 1));
    if (lease === undefined && placed === undefined) return undefined;
    for (let attempt = lease?.tries ?? RETURN_TRIES_SHOWN; attempt > 0; attempt--) {
      const row = ledger.find(returnId(id, attempt));
      if (row !== undefined) return commandView(row.record);
    }
    return "waits";
  },
  open: () => ledger.open().length,
  cancel: (id, who, append) => relay.cancel(id, who, append),
  consent: (mass, who, given, append) => relay.consent(mass, who, given, append),
  queue: () => queueView(relay, ledger, clock.now()),
  audit: () => auditView(ledger),
});
