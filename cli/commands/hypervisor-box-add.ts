import { join } from "node:path";
import type { AskInvitation, Invitation } from "../../api/enrolment.ts";
import { type Cli, commandFile, readingWidth } from "../cli.ts";
import { fault } from "../faults.ts";
import { parseBoxName, parseCommune, parseSeconds } from "../inputs.ts";
import { shownTime } from "../terminal/values.ts";
import { wrap } from "../terminal/wrap.ts";
import { sayingIfSlow } from "../waiting.ts";

interface Options {
  readonly commune: readonly string[];
  readonly url?: string;
  readonly valid?: string;
  readonly data?: string;
  readonly json?: boolean;
}

const VALID = { fallback: "24h", min: "5min", max: "7d" } as const;
const EXAMPLE_URL = "https://region.example.org:8443";

export const hypervisorBoxAdd = commandFile({
  exits: ["failed"],
  examples: [
    { line: "hypervisor box add --commune 88383", text: "command.hypervisor.box.add.example.one" },
    {
      line: "hypervisor box add vallee --commune 88383 88081 --valid 2h",
      text: "command.hypervisor.box.add.example.two",
    },
  ],
  declare: (command, cli) => {
    const { say } = cli;
    command
      .argument("[name]", say("command.hypervisor.box.add.name"))
      .requiredOption("--commune <insee...>", say("command.hypervisor.box.add.commune"))
      .option("--valid <duration>", say("command.hypervisor.box.add.valid"))
      .option("--url <url>", say("command.hypervisor.box.add.url"))
      .option("--data <folder>", say("command.hypervisor.data"))
      .action((name: string | undefined) => runAdd(cli, name, command.optsWithGlobals<Options>()));
  },
});

async function runAdd(cli: Cli, typed: string | undefined, options: Options): Promise<void> {
  if (options.url !== undefined && !/^https:\/\/\S+$/.test(options.url))
    throw fault("wrong-hypervisor", { typed: options.url.slice(0, 100) });
  const asked: AskInvitation = {
    ...(typed === undefined ? {} : { name: parseBoxName(typed) }),
    communes: [...new Set(options.commune.map(parseCommune))],
    validMs: parseSeconds(options.valid ?? VALID.fallback, "--valid", VALID) * 1_000,
    ...(options.url === undefined ? {} : { url: options.url }),
  };
  const { hypervisorFolder } = await import("../hypervisor-options.ts");
  const folder = hypervisorFolder(cli, options.data);
  const invitation = await sayingIfSlow(cli, cli.say("waiting.hypervisor"), invite(cli, folder, asked));
  if (options.json) return cli.out.line(JSON.stringify(invitation));
  await sayInvitation(cli, invitation);
}

/** Asks the running hypervisor, which holds the store; opens the store itself when none runs. */
async function invite(cli: Cli, dataFolder: string, asked: AskInvitation): Promise<Invitation> {
  const [{ askControl }, { Invitation: reply }] = await Promise.all([
    import("../../hypervisor/control.ts"),
    import("../../api/enrolment.ts"),
  ]);
  const question = { method: "POST", path: "/boxes", body: asked, reply } as const;
  try {
    const answer = await askControl(join(dataFolder, "hypervisor.sock"), question, cli.language);
    if (answer.ok) return answer.value;
    const { code, message, remedy = "" } = answer.problem;
    throw fault("hypervisor-refused", { message, remedy }, { detail: { problem: { code, message, remedy } } });
  } catch (error) {
    const absent = error instanceof Error && "code" in error && ["ENOENT", "ECONNREFUSED"].includes(String(error.code));
    if (!absent) throw error;
  }
  return inviteAtRest(cli, dataFolder, asked);
}

async function inviteAtRest(cli: Cli, dataFolder: string, asked: AskInvitation): Promise<Invitation> {
  const [{ openAuthority }, { createEnrolmentDesk }, { openStore }, { databaseOf, hypervisorFault }, { createLog }] =
    await Promise.all([
      import("../../hypervisor/authority.ts"),
      import("../../hypervisor/enrolment.ts"),
      import("../../hypervisor/store/open.ts"),
      import("../hypervisor-options.ts"),
      import("../log.ts"),
    ]);
  try {
    const { now } = cli;
    const authority = await openAuthority(join(dataFolder, "authority"), now);
    const log = createLog("hypervisor", "warn");
    const store = await openStore({ dataFolder: join(dataFolder, "store"), log, now: now(), ...databaseOf(cli) });
    try {
      return await createEnrolmentDesk({ store, authority, now, log, url: () => undefined }).invite(asked);
    } finally {
      await store.close();
    }
  } catch (error) {
    throw hypervisorFault(cli, error, "hypervisor-refused");
  }
}

async function sayInvitation(cli: Cli, { box, communes, code, validUntil, url, ticket, fingerprint }: Invitation) {
  const { say, out, language } = cli;
  const prose = (text: string): void => {
    for (const line of wrap(text, readingWidth(out))) out.line(line);
  };
  const until = shownTime(new Date(validUntil), language);
  prose(out.paint("green", say("command.hypervisor.box.add.done", { box, communes: communes.join(", ") })));
  out.line();
  out.line(`    ${out.paint("bold", code)}`);
  out.line();
  prose(say("command.hypervisor.box.add.until", { until }));
  prose(say("command.hypervisor.box.add.at-the-box"));
  out.line();
  out.line(`    beffroi enroll ${code} \\`);
  out.line(`      --hypervisor ${url ?? EXAMPLE_URL}`);
  out.line();
  if (ticket === undefined) prose(say("command.hypervisor.box.add.no-address"));
  else {
    const { qrLines } = await import("../terminal/qr.ts");
    prose(say("command.hypervisor.box.add.ticket"));
    out.line();
    out.line(`beffroi enroll ${ticket}`);
    out.line();
    const isColoured = out.paint("bold", "") !== "";
    for (const line of qrLines(ticket, isColoured)) out.line(line);
    out.line();
  }
  prose(say("command.hypervisor.box.add.fingerprint", { pin: fingerprint.match(/.{8}/g)!.join(" ") }));
}
