/**
 * What the region asks of the registry (D5): taken like any command, done once the clock is known and the disk takes it, refused with
 * a reason, and told back by its outcome. What was done on the box after the region last knew of it wins.
 */
import { type RegionChange, readChange } from "../api/region-changes.ts";
import type { ClockQuality } from "../cloud-sync/protocol/entry.ts";
import type { Command, Fact } from "../commands/command.ts";
import { advance, begin } from "../commands/transitions.ts";
import { type EnteredBy, enterAsset, enterDevice, type Refusal } from "../device-registry/enter.ts";
import { type LifeDeed, type LifeRefusal, live } from "../device-registry/lifecycle.ts";
import { AssetTaken, type PutResult, type Registry } from "../device-registry/store.ts";
import type { Model } from "../device-registry/words.ts";
import { outcomeOf } from "./command-steps.ts";
import { type Ledger, type LedgerRow, NO_DEVICE } from "./ledger.ts";
import { refusalText } from "./registry-refusals.ts";
import type { Append } from "./words.ts";

export interface RegionChangesParts {
  readonly ledger: Pick<Ledger, "find" | "openOf" | "put" | "audit">;
  readonly registry: Registry;
  readonly findModel: (id: string) => Model | undefined;
  readonly clock: { now(): number; quality(): ClockQuality };
}

export interface RegionChanges {
  /** The same command twice is one. Inside a transaction. */
  take(command: Command, append: Append): void;
  /** Does what waits; about once a second, inside a transaction that is on the disk when it ends. */
  tick(append: Append): void;
}

const refused = (refusal: Refusal | LifeRefusal): Fact => ({
  is: "refused",
  reason: `${refusal.code}:${refusalText(refusal)}`,
});

const applied = (change: PutResult): Fact => ({ is: "carried-out", reason: `applied:${change}` });

/** The devices and assets that it is about. */
const touchedBy = (change: RegionChange, registry: Registry) => {
  const devices = "devEui" in change ? [change.devEui] : "with" in change ? [change.with] : [];
  const assets = "to" in change ? [change.to] : "asset" in change && change.asset !== undefined ? [change.asset] : [];
  const served = change.action === "device" ? registry.device(change.devEui)?.asset : undefined;
  return { devices, assets: served === undefined ? assets : [...assets, served] };
};

const deedOf = (change: Exclude<RegionChange, { action: "device" | "asset" | "undo" }>): LifeDeed => {
  if (change.action !== "replace") return change;
  return { action: "replace", asset: change.asset, by: change.with, model: change.model, old: change.old };
};

export const createRegionChanges = ({ ledger, registry, findModel, clock }: RegionChangesParts): RegionChanges => {
  const note = (row: LedgerRow, fact: Fact, append: Append): void => {
    const record = advance(row.record, fact, clock.now());
    ledger.put({ ...row, record });
    for (const step of record.steps.slice(row.record.steps.length)) append(outcomeOf(record, step));
  };

  /** Undefined while it is only half undone: the next tick goes on. */
  const undo = (asked: string, command: Command, append: Append): Fact | undefined => {
    const done = registry.operationOf(asked);
    if (done === undefined) return { is: "refused", reason: "nothing-to-undo" };
    const { id, author: by } = command;
    const result = registry.undo(done.id, { at: clock.now(), by, command: id }, append);
    if (!result.ok) {
      const later = result.code === "changed-since" ? `:${result.later.by}` : "";
      return { is: "refused", reason: `${result.code}${later}` };
    }
    return result.left > 0 ? undefined : applied("changed");
  };

  const enter = (
    form: Extract<RegionChange, { action: "device" | "asset" }>,
    command: Command,
    append: Append,
  ): Fact => {
    const as: EnteredBy = { by: command.author, action: "place", command: command.id };
    if (form.action === "asset") {
      const entered = enterAsset(registry, form, clock.now(), append, as);
      return entered.ok ? applied(entered.change) : refused(entered.refusal);
    }
    const before = registry.device(form.devEui);
    const model = form.model ?? before?.model;
    if (model === undefined) return { is: "refused", reason: `model-missing:${form.devEui}` };
    const action = before === undefined ? "add" : "place";
    const entered = enterDevice(registry, findModel, { ...form, model }, clock.now(), append, { ...as, action });
    return entered.ok ? applied(entered.change) : refused(entered.refusal);
  };

  /** Every refusal comes before anything is written. */
  const carryOut = (command: Command, append: Append): Fact | undefined => {
    const read = readChange(command);
    if (read === undefined) return { is: "refused", reason: "change-unreadable" };
    const { change, known } = read;
    if (change.action === "undo") return undo(change.command, command, append);
    const { devices, assets } = touchedBy(change, registry);
    const local = known === undefined ? undefined : registry.localSince(known, devices, assets);
    if (local !== undefined) return { is: "refused", reason: `changed-since:${local.by}` };
    try {
      if (change.action === "device" || change.action === "asset") return enter(change, command, append);
      const { author: by, id } = command;
      const done = live(deedOf(change), { registry, findModel, at: clock.now(), by, append, command: id });
      return done.ok ? applied(done.change) : refused(done.refusal);
    } catch (error) {
      if (!(error instanceof AssetTaken)) throw error;
      return { is: "refused", reason: `asset-taken:${error.by}` };
    }
  };

  return {
    take(asked, append) {
      if (ledger.find(asked.id) !== undefined) return;
      // What fits no form may hold a key: nothing of it is kept or told.
      const command = readChange(asked) === undefined ? { ...asked, fields: {} } : asked;
      const { id, author, ...wish } = command;
      ledger.audit.add({ at: clock.now(), who: author, what: "command", about: id, detail: wish });
      const row: LedgerRow = { record: begin(command, "effect-observed"), devEui: NO_DEVICE };
      const waits = clock.quality() === "unknown" ? { reason: "waits-for-clock" } : {};
      note(row, { is: "accepted", ...waits }, append);
    },
    tick(append) {
      if (clock.quality() === "unknown") return;
      for (const row of ledger.openOf(NO_DEVICE)) {
        const { command } = row.record;
        // What was begun is ended.
        const late = clock.now() >= command.expiresAt && registry.operationOf(command.id) === undefined;
        const fact: Fact | undefined = late ? { is: "past-expiry" } : carryOut(command, append);
        if (fact !== undefined) note(row, fact, append);
      }
    },
  };
};
