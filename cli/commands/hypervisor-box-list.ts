import { type AdmittedBox, AdmittedBoxes } from "../../api/enrolment.ts";
import { type Cli, commandFile } from "../cli.ts";
import { askHypervisor } from "../hypervisor-client.ts";
import { renderTable } from "../terminal/table.ts";
import { shownSpan } from "../terminal/values.ts";

interface Options {
  readonly data?: string;
  readonly json?: boolean;
}

export const hypervisorBoxList = commandFile({
  exits: ["unreachable"],
  examples: [{ line: "hypervisor box list", text: "command.hypervisor.box.list.example" }],
  declare: (command, cli) => {
    const { say, out } = cli;
    command.option("--data <folder>", say("command.hypervisor.data")).action(async () => {
      const { data, json } = command.optsWithGlobals<Options>();
      const told = await askHypervisor(cli, data, { method: "GET", path: "/boxes", reply: AdmittedBoxes });
      if (json) return out.line(JSON.stringify(told));
      if (told.boxes.length === 0) return out.line(say("command.hypervisor.box.list.none"));
      const head = [
        { title: say("column.box"), flexible: true },
        { title: say("column.box.communes"), flexible: true },
        { title: say("column.box.identity") },
        { title: say("column.box.heard") },
      ];
      const rows = told.boxes.map((box) => [box.box, box.communes.join(" "), identityOf(cli, box), heardOf(cli, box)]);
      for (const line of renderTable(head, rows, out.columns)) out.line(line);
    });
  },
});

function identityOf(
  { say, language }: Cli,
  { state, certificateEndsAt, invitedUntil, revokedAt }: AdmittedBox,
): string {
  const at = certificateEndsAt ?? invitedUntil ?? revokedAt;
  const date = at === undefined ? "" : new Date(at).toLocaleDateString(language === "fr" ? "fr-FR" : "en-GB");
  return say(`box.identity.${state}`, { date });
}

const heardOf = ({ say, now }: Cli, { lastProofAt }: AdmittedBox): string =>
  lastProofAt === undefined ? "–" : shownSpan(now() - Date.parse(lastProofAt), say);
