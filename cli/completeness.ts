/** The certificate of a day, in words; and a certificate held to a journal. */
import { createHash } from "node:crypto";
import { type CompletenessView, certificateText, CompletenessView as Shape } from "../api/completeness.ts";
import type { Cli } from "./cli.ts";
import { fault } from "./faults.ts";
import { renderTable } from "./terminal/table.ts";
import { shownTime } from "./terminal/values.ts";
import { wrap } from "./terminal/wrap.ts";

const SHORT_HASH = 16;

export function printCompleteness(cli: Cli, view: CompletenessView): void {
  const { say, out, language } = cli;
  const { box, day, devices, lost, isOver, comparedAt, hash } = view;
  out.line(out.paint("bold", say("completeness.title", { box, day })));
  const number = (value: number | undefined): string => (value === undefined ? "—" : `${value}`);
  if (devices.length === 0) out.line(say("completeness.none"));
  else {
    const head = [
      { title: say("column.completeness.device") },
      { title: say("column.completeness.asset"), flexible: true },
      { title: say("column.completeness.expected"), align: "right" as const },
      { title: say("column.completeness.received"), align: "right" as const },
      { title: say("column.completeness.air"), align: "right" as const },
      { title: say("column.completeness.ours"), align: "right" as const },
    ];
    const rows = devices.map((each) => [
      each.device,
      each.asset ?? "—",
      number(each.expected),
      number(each.received),
      number(each.lostOnAir),
      number(each.lostByUs),
    ]);
    for (const line of renderTable(head, rows, out.columns)) out.line(line);
  }
  const paragraph = (text: string): void => {
    for (const line of wrap(text, Math.min(out.columns, 80))) out.line(line);
  };
  paragraph(lost === 0 ? say("completeness.lost.none") : say("completeness.lost", { n: lost }));
  if (!isOver) paragraph(say("completeness.not-over"));
  if (view.by === "region")
    paragraph(
      comparedAt === undefined
        ? say("completeness.not-compared")
        : say("completeness.compared", { at: shownTime(new Date(comparedAt), language) }),
    );
  out.line(say("completeness.hash", { hash: hash.slice(0, SHORT_HASH) }));
}

export interface Held {
  readonly box: string;
  readonly day: string;
  readonly same: boolean;
  /** `hash`, or `entry 17`: where the journal tells otherwise, or no longer tells. */
  readonly differences: readonly string[];
}

/** @param hashAfter the journal's running hash. */
export async function heldTo(told: unknown, hashAfter: (seq: number) => Promise<string | undefined>): Promise<Held> {
  const parsed = Shape.safeParse(told);
  if (!parsed.success)
    throw fault("certificate-unreadable", { file: "", detail: parsed.error.issues[0]?.message ?? "" });
  const { hash, ...statement } = parsed.data;
  const differences: string[] = [];
  if (createHash("sha256").update(certificateText(statement)).digest("hex") !== hash) differences.push("hash");
  for (const { firstSeq, lastSeq, before, after } of statement.history) {
    const places = [
      [firstSeq - 1, before],
      [lastSeq, after],
    ] as const;
    for (const [seq, claimed] of places)
      if (claimed !== undefined && (await hashAfter(seq)) !== claimed) differences.push(`entry ${seq}`);
  }
  return { box: statement.box, day: statement.day, same: differences.length === 0, differences };
}
