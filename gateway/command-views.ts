/** The command queue and the audit log as the control socket shows them. */
import type { AuditReply, QueueReply } from "../api/mass.ts";
import { EU868_SUB_BANDS, HOUR_MS } from "../commands/airtime/duty-cycle.ts";
import { type AuditLine, verifyAudit } from "../commands/audit.ts";
import { atChirpStack } from "./command-steps.ts";
import { byPrecedence } from "./dispatch.ts";
import type { Ledger, LedgerRow } from "./ledger.ts";
import type { CommandRelay } from "./relay.ts";

const iso = (ms: number): string => new Date(ms).toISOString();
const AUDIT_SHOWN = 20;

const waitsFor = (row: LedgerRow, relay: CommandRelay): string => {
  if (relay.waitsForClock()) return "clock";
  if (row.awaitsConsent) return "consent";
  if (relay.waitsForBroker(row) || (row.gone && row.effectBy === undefined)) return "broker";
  if (row.group !== undefined && !row.straggler && row.effectBy === undefined) return "group";
  const plan = relay.trial(row.record.command);
  if (atChirpStack(row)) return typeof plan === "object" && plan.deviceClass === "A" ? "uplink" : "chirpstack";
  return row.effectBy === undefined ? "air" : "effect";
};

export const queueView = (relay: CommandRelay, ledger: Ledger, now: number): QueueReply => ({
  waiting: [...ledger.open()].sort(byPrecedence).map((row) => {
    const { command, state } = row.record;
    const { id, target, name, precedence, expiresAt } = command;
    const trouble = row.trouble === undefined ? {} : { trouble: row.trouble };
    return {
      id,
      target,
      name,
      precedence,
      state,
      expiresAt: iso(expiresAt),
      waitsFor: waitsFor(row, relay),
      ...trouble,
    };
  }),
  air: ledger.airUses.all(now).map(({ gateway, band, ms }) => {
    const share = EU868_SUB_BANDS.find(({ name }) => name === band)?.share ?? 1;
    return { gateway, band, usedMs: Math.round(ms), share: ms / (share * HOUR_MS) };
  }),
  leases: ledger.leases.all().map(({ asset, author, precedence, since, until, reason }) => ({
    asset,
    author,
    precedence,
    since: iso(since),
    until: iso(until),
    ...(reason === undefined ? {} : { reason }),
  })),
});

export const auditView = (ledger: Ledger): AuditReply => {
  const last: AuditLine[] = [];
  let count = 0;
  function* watched(): Generator<AuditLine> {
    for (const line of ledger.audit.lines()) {
      count += 1;
      last.push(line);
      if (last.length > AUDIT_SHOWN) last.shift();
      yield line;
    }
  }
  const verdict = verifyAudit(watched());
  return {
    ok: verdict.ok,
    lines: count,
    ...(verdict.ok ? { head: verdict.head } : { brokenAt: verdict.seq }),
    last: last.map(({ seq, at, who, what, about, hash }) => ({ seq, at: iso(at), who, what, about, hash })),
  };
};
