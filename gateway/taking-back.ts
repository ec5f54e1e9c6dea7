/** Commands are taken back while they wait here, by whoever may; and a commune agrees to a wish for many, or does not. */
import type { Command, Fact } from "../commands/command.ts";
import { begin, type CommandRecord } from "../commands/transitions.ts";
import { type Steps, waitsHere } from "./command-steps.ts";
import type { Ledger, LedgerRow } from "./ledger.ts";
import type { Append } from "./words.ts";

export interface TakingBack {
  /** Takes back what was not handed over of a command, or of a wish for many. */
  cancel(id: string, who: string, append: Append): { readonly cancelled: number; readonly tooLate: number };
  /** Somebody away from the box takes commands back: a command of its own, so that its end is told. */
  carryOut(command: Command, append: Append): CommandRecord;
  /** The commune agrees to a wish for many, or does not. How many commands waited for it. */
  consent(mass: string, who: string, isGiven: boolean, append: Append): number;
}

export interface TakingBackParts {
  readonly ledger: Ledger;
  readonly steps: Steps;
  readonly now: () => number;
}

export const createTakingBack = ({ ledger, steps, now }: TakingBackParts): TakingBack => {
  const cancel: TakingBack["cancel"] = (id, who, append) => {
    const row = ledger.find(id);
    const rows = row === undefined ? ledger.ofMass(id) : [row];
    const waiting = rows.filter((each) => waitsHere(each) && each.record.state !== "on-air");
    if (waiting.length > 0)
      ledger.audit.add({
        at: now(),
        who,
        what: "cancel",
        about: id,
        detail: row === undefined ? { assets: waiting.length } : { target: row.record.command.target },
      });
    for (const each of waiting) steps.apply(each, { is: "cancelled", reason: `by:${who}`, heldHere: true }, append);
    return { cancelled: waiting.length, tooLate: rows.length - waiting.length };
  };

  const carryOut: TakingBack["carryOut"] = (command, append) => {
    const fresh: LedgerRow = { record: begin(command, "on-air"), devEui: "" };
    const { cancelled, tooLate } = cancel(String(command.fields.of ?? ""), command.author, append);
    const late = tooLate === 0 ? {} : { reason: `too-late:${tooLate}` };
    const fact: Fact = cancelled === 0 ? { is: "refused", reason: "too-late" } : { is: "carried-out", ...late };
    return steps.apply(fresh, fact, append).record;
  };

  const consent: TakingBack["consent"] = (mass, who, isGiven, append) => {
    const rows = ledger.open().filter((row) => row.awaitsConsent && row.record.command.mass?.id === mass);
    if (rows.length === 0) return 0;
    ledger.audit.add({
      at: now(),
      who,
      what: isGiven ? "consent" : "no-consent",
      about: mass,
      detail: { assets: rows.length },
    });
    for (const row of rows) {
      const { awaitsConsent: _, ...free } = row;
      ledger.put(free);
      if (!isGiven) steps.apply(free, { is: "cancelled", reason: `no-consent:${who}`, heldHere: true }, append);
    }
    return rows.length;
  };

  return { cancel, carryOut, consent };
};
