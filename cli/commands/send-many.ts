/** `send` for many assets: what it costs in the air is told first; many need a second word. */
import type { z } from "zod";
import type { MassPlan, MassReply, MassRequest } from "../../api/mass.ts";
import type { BoxClient } from "../box-client.ts";
import type { Cli } from "../cli.ts";
import { fault } from "../faults.ts";
import { reasonText } from "../reason-texts.ts";
import { wrap } from "../terminal/wrap.ts";

export const isMany = (asset: string): boolean => /[*,]/.test(asset);

/** `lamp:88383:*` is every lamp there that has a device; commas join several. */
export const targetsOf = (typed: string, known: readonly string[]): readonly string[] => {
  const wanted = typed.split(",").map((each) => each.trim());
  const matches = (pattern: string, ref: string): boolean =>
    pattern.endsWith("*") ? ref.startsWith(pattern.slice(0, -1)) : ref === pattern;
  const found = known.filter((ref) => wanted.some((pattern) => matches(pattern, ref)));
  // What is named is sent even where the box does not know it: it says so.
  return [...new Set([...found, ...wanted.filter((each) => each !== "" && !each.endsWith("*"))])];
};

const minutes = (ms: number): string => String(Math.max(1, Math.round(ms / 60_000)));
const seconds = (ms: number, cli: Cli): string =>
  (ms / 1_000).toLocaleString(cli.language, { maximumFractionDigits: 1 });

function costLines(cli: Cli, plan: MassPlan): string[] {
  const { assets, multicast, oneByOne, unicast, reasons, refused } = plan;
  const compare = { sf12: minutes(oneByOne.sf12.spanMs), sf9: minutes(oneByOne.sf9.spanMs) };
  const lines =
    multicast === undefined
      ? [cli.say("send.many.unicast", { assets, ...compare })]
      : [
          cli.say("send.many.multicast", {
            assets: multicast.assets,
            frames: multicast.frames,
            seconds: seconds(multicast.airtimeMs, cli),
            ...compare,
          }),
        ];
  if (multicast !== undefined && unicast.frames > 0)
    lines.push(cli.say("send.many.rest", { assets: unicast.frames, minutes: minutes(unicast.spanMs) }));
  if (plan.questions !== undefined)
    lines.push(
      cli.say("send.many.questions", { frames: plan.questions.frames, minutes: minutes(plan.questions.spanMs) }),
    );
  for (const reason of ["not-in-group", "group-not-whole", "no-gateway"] as const)
    if (reasons.includes(reason)) lines.push(cli.say(`send.many.${reason}`));
  for (const { target, reason } of refused.slice(0, 20))
    lines.push(cli.say("send.many.refused", { target, reason: reasonText(cli, reason) }));
  return lines.flatMap((line) => wrap(line, cli.out.columns, "  "));
}

/** @throws a fault where nothing was sent: a second word is needed, or nobody can be told. */
export const sentOf = ({ plan, mass }: MassReply): NonNullable<MassReply["mass"]> => {
  if (mass !== undefined) return mass;
  throw plan.confirm === undefined ? fault("mass-nobody", {}) : fault("mass-unconfirmed", { assets: plan.assets });
};

/** Without a second word where one is needed, nothing is sent and the reply holds no `mass`. */
export async function sendMany(
  cli: Cli,
  box: Pick<BoxClient, "sendMany">,
  wish: z.input<typeof MassRequest>,
  { yes, json, quiet = false }: { readonly yes: boolean; readonly json: boolean; readonly quiet?: boolean },
): Promise<MassReply> {
  let reply = await box.sendMany({ ...wish, dryRun: true });
  if (!json && !quiet) for (const line of costLines(cli, reply.plan)) cli.out.line(line);
  const { confirm } = reply.plan;
  if (confirm !== undefined && !yes) {
    if (json) cli.out.line(JSON.stringify(reply));
    return reply;
  }
  reply = await box.sendMany({ ...wish, ...(confirm === undefined ? {} : { confirm }) });
  if (json) cli.out.line(JSON.stringify(reply));
  else if (reply.mass !== undefined && !quiet) {
    const key = reply.plan.consent ? "send.many.awaits-consent" : "send.many.taken";
    cli.out.line(wrap(cli.say(key, { id: reply.mass.id, assets: reply.mass.size }), cli.out.columns, "  ").join("\n"));
  }
  return reply;
}
