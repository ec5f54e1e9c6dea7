import { userInfo } from "node:os";
import { MassReply } from "../../api/mass.ts";
import { closest } from "../../texts/closest.ts";
import { type Cli, commandFile } from "../cli.ts";
import { fault } from "../faults.ts";
import { askHypervisor } from "../hypervisor-client.ts";
import { didYouMean } from "../inputs.ts";
import { checkTimes, fieldsFor, timesOf } from "./send.ts";
import { sendMany, sentOf } from "./send-many.ts";

interface Options {
  readonly data?: string;
  readonly by?: string;
  readonly for?: string;
  readonly within?: string;
  readonly reason?: string;
  readonly yes?: boolean;
  readonly json?: boolean;
}

/** Who is asked for a day's change in many communes should not wait for days. */
const WITHIN_SECONDS = 600;

export const hypervisorSend = commandFile({
  exits: ["failed", "unreachable", "refused"],
  examples: [
    { line: "hypervisor send 'lamp:88383:*' dim 50 --for 2h", text: "command.hypervisor.send.example.commune" },
    {
      line: "hypervisor send 'lamp:88383:*,lamp:88196:*' dim 50 --yes",
      text: "command.hypervisor.send.example.several",
    },
  ],
  declare: (command, cli) => {
    const { say } = cli;
    command
      .argument("<assets>", say("command.hypervisor.send.assets"))
      .argument("<command>", say("command.send.command"))
      .argument("[fields...]", say("command.send.fields"))
      .option("--for <duration>", say("command.send.for"))
      .option("--within <duration>", say("command.send.within"))
      .option("--reason <text>", say("command.send.reason"))
      .option("--by <name>", say("command.hypervisor.incident.by"))
      .option("--yes", say("command.send.yes"))
      .option("--data <folder>", say("command.hypervisor.data"))
      .action(async (assets: string, name: string, typed: readonly string[]) => {
        const options = command.optsWithGlobals<Options>();
        checkTimes(options);
        const { promise, fields } = await fieldsFor(cli, await modelWith(cli, name), name, typed);
        const times = timesOf(options, promise, WITHIN_SECONDS);
        const wish = {
          targets: assets.split(",").map((each) => each.trim()),
          name,
          fields,
          author: options.by ?? `cli:${userInfo().username}`,
          precedence: "override" as const,
          ...times,
          // Those that did not hear it with their group are told alone, as long as it lasts.
          ...(options.within === undefined && times.holdSeconds !== undefined
            ? { expiresInSeconds: times.holdSeconds }
            : {}),
          ...(options.reason === undefined ? {} : { reason: options.reason }),
        };
        const region = {
          sendMany: (body: object) =>
            askHypervisor(cli, options.data, { method: "POST", path: "/mass", body, reply: MassReply }),
        };
        sentOf(await sendMany(cli, region, wish, { yes: options.yes === true, json: options.json === true }));
      });
  },
});

/** The region learns from each asset's model whether it knows the command; the values are checked by the first that does. */
async function modelWith(cli: Cli, name: string): Promise<string> {
  const { models } = await import("../../device-registry/models.ts");
  const found = models.find(({ commands }) => commands[name] !== undefined && commands[name].setting !== true);
  if (found !== undefined) return found.id;
  const all = models.flatMap(({ commands }) =>
    Object.keys(commands).filter((each) => commands[each]?.setting !== true),
  );
  const orders = [...new Set(all)];
  throw fault("order-unknown", {
    name,
    suggestion: didYouMean(cli.say, closest(name, orders)),
    orders: orders.join(", "),
  });
}
