/** A plan as people read it: what comes, what changes, what goes, field by field, and what is left to them. */
import type { NetworkPlan, NetworkStep } from "../api/network.ts";
import { STEP_KINDS, type StepKind } from "../device-registry/network/words.ts";
import { type Cli, readingWidth } from "./cli.ts";
import { cut, displayWidth, pad } from "./terminal/width.ts";
import { wrap } from "./terminal/wrap.ts";

const SIGNS = { create: "+", update: "~", remove: "-", learn: "<" } as const;
const STYLES = { create: "green", update: "yellow", remove: "red", learn: "dim" } as const;
/** Of one kind of step; the rest is a number, unless all are asked for. */
const SHOWN_MAX = 10;
const REMARKS = ["no-keys", "elsewhere", "not-declared", "unknown-model", "must-rejoin", "session-guessed"] as const;

const isKind = (kind: string): kind is StepKind => STEP_KINDS.some((known) => known === kind);

const kindText = (cli: Cli, kind: string): string => (isKind(kind) ? cli.say(`network.kind.${kind}`) : kind);

/** New things are known by their name; only what changes is worth its fields. */
const changesOf = (cli: Cli, { verb, changes }: NetworkStep): string[] =>
  verb !== "update"
    ? []
    : changes.map(({ field, from, to }) => `${field}: ${from === "" ? cli.say("network.nothing") : from} → ${to}`);

function stepLines(cli: Cli, step: NetworkStep, kindWidth: number): string[] {
  const columns = readingWidth(cli.out);
  const head = `  ${SIGNS[step.verb]} ${pad(kindText(cli, step.kind), kindWidth, "left")}  `;
  const line = head + cut(step.id, Math.max(16, columns - displayWidth(head)));
  const indent = " ".repeat(kindWidth + 6);
  return [
    cli.out.paint(STYLES[step.verb], line),
    ...changesOf(cli, step).map((change) => indent + cut(change, Math.max(16, columns - indent.length))),
  ];
}

/** @param everything show each step, however many there are. */
export function planLines(cli: Cli, { plan, tenant }: NetworkPlan, everything: boolean): string[] {
  const { say } = cli;
  const kindWidth = Math.max(...STEP_KINDS.map((kind) => displayWidth(kindText(cli, kind))));
  const groups = new Map<string, NetworkStep[]>();
  for (const step of plan.steps) {
    const key = `${step.verb} ${step.kind}`;
    groups.set(key, [...(groups.get(key) ?? []), step]);
  }
  const steps = [...groups.values()].flatMap((all) => {
    const shown = everything ? all : all.slice(0, SHOWN_MAX);
    const rest = all.length - shown.length;
    const more = rest === 0 ? [] : [`    ${say("network.more", { n: rest, kind: kindText(cli, all[0]!.kind) })}`];
    return [...shown.flatMap((step) => stepLines(cli, step, kindWidth)), ...more];
  });
  const count = (verb: NetworkStep["verb"]): number => plan.steps.filter((step) => step.verb === verb).length;
  const sum = say("network.sum", {
    create: count("create"),
    update: count("update"),
    remove: count("remove"),
    learn: count("learn"),
    unchanged: plan.unchanged,
  });
  const title = cli.out.paint("bold", say("network.title", { tenant }));
  const body = plan.steps.length === 0 ? [cli.out.paint("green", say("network.nothing-to-do"))] : steps;
  return [title, "", ...body, "", ...wrap(sum, readingWidth(cli.out)), ...remarkLines(cli, plan, everything)];
}

/** What people have to know or do, device by device. */
export function remarkLines(cli: Cli, { remarks }: NetworkPlan["plan"], everything: boolean): string[] {
  const columns = readingWidth(cli.out);
  return REMARKS.flatMap((code) => {
    const all = remarks.filter((remark) => remark.code === code);
    if (all.length === 0) return [];
    const shown = everything ? all : all.slice(0, SHOWN_MAX);
    const rest = all.length - shown.length;
    return [
      "",
      ...wrap(cli.out.paint("yellow", cli.say(`network.remark.${code}`, { n: all.length })), columns),
      ...shown.map(({ id, detail }) => cut(`  ${id}${detail === undefined ? "" : `  ${detail}`}`, columns)),
      ...(rest === 0 ? [] : [`  ${cli.say("network.more", { n: rest, kind: cli.say("network.kind.device") })}`]),
    ];
  });
}
