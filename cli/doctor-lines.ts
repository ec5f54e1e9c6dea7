/** The doctor's findings as people read them: a mark, what was found; where it is not well, what it means and what to do. */
import type { Finding, Health } from "../gateway/doctor/words.ts";
import { type Cli, readingWidth, type Style } from "./cli.ts";
import type { Repairs } from "./commands/doctor.ts";
import { universalTime } from "./terminal/values.ts";
import { wrap } from "./terminal/wrap.ts";

const MARKS: Readonly<Record<Health, readonly [string, Style]>> = {
  good: ["✓", "green"],
  warning: ["!", "yellow"],
  bad: ["✗", "red"],
  unknown: ["?", "dim"],
};

const INSTANT = /^\d{4}-\d{2}-\d{2}T[\d:.]+Z$/;
const shown = (cli: Cli, values: Finding["values"]): Finding["values"] =>
  Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      name,
      typeof value === "string" && INSTANT.test(value) ? universalTime(new Date(value), cli.language) : value,
    ]),
  );

/** The values were named where the finding was made; the catalogue's test holds both together. */
const sayOf =
  (cli: Cli) =>
  (key: string, values: Finding["values"]): string =>
    (cli.say as (key: string, values: Finding["values"]) => string)(key, shown(cli, values));

export function findingLines(cli: Cli, findings: readonly Finding[], repairing: boolean): string[] {
  const say = sayOf(cli);
  const columns = readingWidth(cli.out);
  const lines = findings.flatMap(({ code, health, values, repair }) => {
    const [mark, style] = MARKS[health];
    const [head, ...rest] = wrap(`${mark} ${say(`doctor.${code}`, values)}`, columns, "  ");
    const found = [cli.out.paint(style, head!), ...rest];
    if (health === "good") return found;
    const mend = repair === undefined || repairing ? [] : [cli.say("doctor.repairable")];
    const told = [say(`doctor.${code}.means`, values), say(`doctor.${code}.todo`, values), ...mend];
    return [...found, ...told.flatMap((text) => wrap(text, columns - 2).map((line) => `  ${line}`))];
  });
  const count = (health: Health): number => findings.filter((each) => each.health === health).length;
  const sum = cli.say("doctor.sum", {
    good: count("good"),
    warning: count("warning"),
    bad: count("bad"),
    unknown: count("unknown"),
  });
  return [...lines, "", ...wrap(sum, columns)];
}

export function repairLines(cli: Cli, { repaired, failed }: Repairs): string[] {
  const columns = readingWidth(cli.out);
  const restarts = [...new Set(repaired.map(({ restart }) => restart))];
  const texts = [
    ...repaired.map(({ file, copy, mended }) => cli.say("doctor.repaired", { file, copy, n: mended.length })),
    ...failed.map(({ file, reason }) => cli.say("doctor.not-repaired", { file, reason })),
    ...restarts.map((service) => cli.say("doctor.restart", { service })),
    ...(repaired.length + failed.length === 0 ? [cli.say("doctor.nothing-to-repair")] : []),
  ];
  return ["", ...texts.flatMap((text) => wrap(text, columns, "  "))];
}
