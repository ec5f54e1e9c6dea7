import { type Cli, commandFile } from "../cli.ts";
import { fault } from "../faults.ts";
import { type BoxOptions, CONFIG_FILE, configFileOf, readConfig } from "../which-box.ts";

export const gateway = commandFile({
  exits: ["failed"],
  examples: [
    { line: "gateway", text: "command.gateway.example.here" },
    { line: "gateway --config /etc/beffroi/beffroi.toml", text: "command.gateway.example.config" },
  ],
  declare: (command, cli) => {
    command
      .option("--config <file>", cli.say("option.config"))
      .action((options: Pick<BoxOptions, "config"> & { readonly json?: boolean }) => runGateway(cli, options));
  },
});

async function runGateway(cli: Cli, options: Pick<BoxOptions, "config"> & { readonly json?: boolean }): Promise<void> {
  const file = configFileOf(cli, options);
  if (file === undefined) throw fault("no-config", { file: CONFIG_FILE });
  // Before the gateway's parts are loaded: what has grown stays.
  (await import("../../gateway/heap-thrift.ts")).keepYoungHeapSmall();
  const config = await readConfig(cli, file);
  const [{ startGateway }, { createLog }, { runUntilStopped }] = await Promise.all([
    import("../../gateway/main.ts"),
    import("../log.ts"),
    import("../running.ts"),
  ]);
  const { box, dataFolder: folder } = config;
  const tell = (event: string, detail: object, text: string): void =>
    cli.out.line(options.json ? JSON.stringify({ event, box, ...detail }) : text);
  await runUntilStopped({
    start: async () => {
      try {
        const gateway = await startGateway(config, { log: createLog("gateway", config.logLevel) });
        const failed = gateway.failed.catch((error: unknown): never => {
          throw startFault(error);
        });
        return { ...gateway, failed };
      } catch (error) {
        throw startFault(error);
      }
    },
    ready: ({ controlSocket, trouble }) => {
      const detail = { dataFolder: folder, controlSocket, ...(trouble === undefined ? {} : { disk: trouble }) };
      if (trouble === undefined) return tell("ready", detail, cli.say("command.gateway.ready", { box, folder }));
      const [why, todo] = [cli.say(`closed.disk-${trouble}`), cli.say(`closed.disk-${trouble}.todo`)];
      tell("ready", detail, cli.say("command.gateway.unwritten", { box, folder, why, todo }));
    },
    stopping: () => tell("stopping", {}, cli.say("command.gateway.stopping")),
    stopped: () => tell("stopped", {}, cli.say("command.gateway.stopped", { box })),
  });
}

/** Coded errors are the world's: said in words. Anything else is a mistake of ours and keeps its trace. */
function startFault(error: unknown): unknown {
  if (!(error instanceof Error && "code" in error && typeof error.code === "string")) return error;
  if (error.code === "box-in-use" && "folder" in error) {
    const pid = "pid" in error && typeof error.pid === "number" ? ` (pid ${error.pid})` : "";
    return fault("box-in-use", { folder: String(error.folder), holder: pid });
  }
  return fault("start-failed", { detail: error.message }, { detail: { cause: error.code } });
}
