import { resolve } from "node:path";
import { type Cli, commandFile } from "../cli.ts";
import { fault } from "../faults.ts";

interface Options {
  readonly data?: string;
  readonly port?: string;
  readonly boxPort?: string;
  readonly host?: readonly string[];
  readonly territories?: string;
  readonly json?: boolean;
}

const PAGE_PORT = 8_400;
const BOX_PORT = 8_443;

export const hypervisor = commandFile({
  exits: ["failed"],
  examples: [
    { line: "hypervisor --data ./region", text: "command.hypervisor.example.data" },
    {
      line: "hypervisor --data /var/lib/beffroi --host region.example.org",
      text: "command.hypervisor.example.postgres",
    },
  ],
  declare: (command, cli) => {
    const { say } = cli;
    command
      .option("--data <folder>", say("command.hypervisor.data"))
      .option("--port <n>", say("command.hypervisor.page-port"))
      .option("--box-port <n>", say("command.hypervisor.box-port"))
      .option("--host <name...>", say("command.hypervisor.host"))
      .option("--territories <file>", say("command.hypervisor.territories"))
      .action((options: Options) => runHypervisor(cli, options));
  },
});

async function runHypervisor(cli: Cli, options: Options): Promise<void> {
  const pagePort = parsePort(options.port, "--port") ?? PAGE_PORT;
  const boxPort = parsePort(options.boxPort, "--box-port") ?? BOX_PORT;
  const [{ startHypervisor }, { consoleFolder, databaseOf, hypervisorFault, hypervisorFolder }, forms, log, running] =
    await Promise.all([
      import("../../hypervisor/main.ts"),
      import("../hypervisor-options.ts"),
      import("../command-forms.ts"),
      import("../log.ts"),
      import("../running.ts"),
    ]);
  const page = consoleFolder();
  const config = {
    dataFolder: hypervisorFolder(cli, options.data),
    pagePort,
    boxPort,
    hostNames: [...(options.host ?? [])],
    ...databaseOf(cli),
    ...(options.territories === undefined ? {} : { territories: resolve(cli.cwd, options.territories) }),
    ...(page === undefined ? {} : { consoleFolder: page }),
  };
  const tell = (event: string, detail: object, text: string): void =>
    cli.out.line(options.json ? JSON.stringify({ event, ...detail }) : text);
  await running.runUntilStopped({
    start: async () => {
      try {
        const { commandForms, commandBytes, expectedInterval, protectionOf } = forms;
        const parts = {
          commandForms,
          commandBytes,
          expectedInterval,
          protectionOf,
          log: log.createLog("hypervisor", "info"),
        };
        return await startHypervisor(config, parts);
      } catch (error) {
        throw hypervisorFault(cli, error, "hypervisor-not-started");
      }
    },
    ready: ({ pageUrl, boxUrl, fingerprint }) => {
      const detail = { pageUrl, boxUrl, fingerprint, dataFolder: config.dataFolder };
      tell("ready", detail, cli.say("command.hypervisor.ready", { page: pageUrl, boxes: boxUrl }));
    },
    stopping: () => tell("stopping", {}, cli.say("command.hypervisor.stopping")),
    stopped: () => tell("stopped", {}, cli.say("command.hypervisor.stopped")),
  });
}

function parsePort(typed: string | undefined, option: string): number | undefined {
  if (typed === undefined) return undefined;
  const port = Number(typed);
  if (!/^\d{1,5}$/.test(typed) || port > 65_535) throw fault("wrong-number", { typed, option, min: "0", max: "65535" });
  return port;
}
