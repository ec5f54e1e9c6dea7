import type { DoctorParts } from "../../gateway/doctor/doctor.ts";
import type { Repaired } from "../../gateway/doctor/repair.ts";
import type { Finding } from "../../gateway/doctor/words.ts";
import { type Cli, commandFile } from "../cli.ts";
import { CliFault, fault } from "../faults.ts";
import { sayingIfSlow } from "../waiting.ts";
import { type BoxOptions, CONFIG_FILE, configFileOf, readConfig, withBoxOptions } from "../which-box.ts";

interface Options extends BoxOptions {
  readonly repair?: boolean;
  readonly bundle?: string | true;
  readonly chirpstack?: string;
  readonly mosquitto?: string;
  readonly json?: boolean;
}

export const doctor = commandFile({
  exits: ["failed"],
  examples: [
    { line: "doctor", text: "command.doctor.example.here" },
    { line: "doctor --repair", text: "command.doctor.example.repair" },
    { line: "doctor --bundle ./support.json", text: "command.doctor.example.bundle" },
  ],
  declare: (command, cli) => {
    const { say } = cli;
    withBoxOptions(
      command
        .option("--repair", say("command.doctor.repair"))
        .option("--bundle [file]", say("command.doctor.bundle"))
        .option("--chirpstack <folder>", say("command.doctor.chirpstack"))
        .option("--mosquitto <file>", say("command.doctor.mosquitto")),
      cli,
    ).action((options: Options) => run(cli, options));
  },
});

async function partsOf(cli: Cli, options: Options): Promise<DoctorParts> {
  const file = configFileOf(cli, options);
  if (file === undefined) throw fault("no-box-named", { file: CONFIG_FILE });
  const config = await readConfig(cli, file);
  const { resolve } = await import("node:path");
  return {
    config,
    ...(await statusOf(cli, config.dataFolder)),
    ...(options.chirpstack === undefined ? {} : { chirpstackFolder: resolve(cli.cwd, options.chirpstack) }),
    ...(options.mosquitto === undefined ? {} : { mosquittoFile: resolve(cli.cwd, options.mosquitto) }),
    env: cli.env,
    now: cli.now,
  };
}

/** Of a box that runs; one that does not, or that cannot open its data, is a finding, not a fault. */
async function statusOf(cli: Cli, folder: string): Promise<Pick<DoctorParts, "status" | "closed">> {
  const { createBoxClient, closedBy } = await import("../box-client.ts");
  try {
    return { status: await createBoxClient(cli, folder).status() };
  } catch (error) {
    if (!(error instanceof CliFault)) throw error;
    const closed = closedBy(error);
    return { status: undefined, ...(closed === undefined ? {} : { closed }) };
  }
}

async function run(cli: Cli, options: Options): Promise<void> {
  const [parts, { examine }] = await Promise.all([partsOf(cli, options), import("../../gateway/doctor/doctor.ts")]);
  const look = (): Promise<readonly Finding[]> => sayingIfSlow(cli, cli.say("waiting.doctor"), examine(parts));
  let findings = await look();
  const repairs = options.repair ? await repair(cli, findings) : undefined;
  if (repairs !== undefined && repairs.repaired.length > 0) findings = await look();
  const bundle = options.bundle === undefined ? undefined : await writeBundle(cli, options, parts, findings);
  const { findingLines, repairLines } = await import("../doctor-lines.ts");
  if (options.json) {
    const shown = findings.map(({ repair: mends, ...rest }) => ({ ...rest, repairable: mends !== undefined }));
    const { repaired = [], failed = [] } = repairs ?? {};
    cli.out.line(JSON.stringify({ findings: shown, repaired, failed, ...(bundle === undefined ? {} : { bundle }) }));
  } else {
    for (const line of findingLines(cli, findings, options.repair ?? false)) cli.out.line(line);
    for (const line of repairs === undefined ? [] : repairLines(cli, repairs)) cli.out.line(line);
    if (bundle !== undefined) cli.out.prose(cli.say("doctor.bundled", { file: bundle }));
  }
  const bad = findings.filter(({ health }) => health === "bad").length;
  if (bad > 0) throw fault("doctor-found", { n: bad }, { detail: { bad } });
}

async function repair(cli: Cli, findings: readonly Finding[]) {
  const { repairAll } = await import("../../gateway/doctor/repair.ts");
  return repairAll(findings, cli.now);
}

export type Repairs = {
  readonly repaired: readonly Repaired[];
  readonly failed: readonly { file: string; reason: string }[];
};

async function writeBundle(
  cli: Cli,
  options: Options,
  parts: DoctorParts,
  findings: readonly Finding[],
): Promise<string> {
  const [{ writeFileSync }, { resolve }, { supportBundle }, { readVersion }] = await Promise.all([
    import("node:fs"),
    import("node:path"),
    import("../../gateway/doctor/bundle.ts"),
    import("../main.ts"),
  ]);
  const day = new Date(cli.now()).toISOString().slice(0, 10);
  const named = typeof options.bundle === "string" ? options.bundle : `beffroi-${parts.config.box}-${day}.json`;
  const file = resolve(cli.cwd, named);
  const text = supportBundle({
    version: readVersion(),
    config: parts.config,
    status: parts.status,
    findings,
    chirpstackFolder: parts.chirpstackFolder,
    mosquittoFile: parts.mosquittoFile,
    now: cli.now(),
  });
  try {
    // Never over a file that is there.
    writeFileSync(file, text, { mode: 0o600, flag: "wx" });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") throw fault("file-in-the-way", { file });
    throw fault("file-unwritable", { file, detail: error instanceof Error ? error.message : String(error) });
  }
  return file;
}
