import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { AddedBox } from "../../hypervisor/box-adding.ts";
import { type Cli, commandFile } from "../cli.ts";
import { fault } from "../faults.ts";
import { parseBoxName, parseCommune } from "../inputs.ts";
import { sayingIfSlow } from "../waiting.ts";

interface Options {
  readonly commune: readonly string[];
  readonly data?: string;
  readonly out?: string;
  readonly url?: string;
  readonly force?: boolean;
  readonly json?: boolean;
}

const EXAMPLE_URL = "https://hypervisor.example.org:8443";

export const hypervisorBoxAdd = commandFile({
  exits: ["failed"],
  examples: [
    { line: "hypervisor box add remiremont --commune 88383", text: "command.hypervisor.box.add.example.one" },
    {
      line: "hypervisor box add vallee --commune 88383 88081 --url https://region.example.org:8443",
      text: "command.hypervisor.box.add.example.two",
    },
  ],
  declare: (command, cli) => {
    const { say } = cli;
    command
      .argument("<name>", say("command.hypervisor.box.add.name"))
      .requiredOption("--commune <insee...>", say("command.hypervisor.box.add.commune"))
      .option("--out <folder>", say("command.hypervisor.box.add.out"))
      .option("--url <url>", say("command.hypervisor.box.add.url"))
      .option("--data <folder>", say("command.hypervisor.data"))
      .option("--force", say("command.hypervisor.box.add.force"))
      .action((name: string) => runAdd(cli, name, command.optsWithGlobals<Options>()));
  },
});

async function runAdd(cli: Cli, typed: string, options: Options): Promise<void> {
  const name = parseBoxName(typed);
  const communes = [...new Set(options.commune.map(parseCommune))];
  const folder = resolve(cli.cwd, options.out ?? name);
  if (existsSync(folder) && !options.force) throw fault("file-exists", { file: folder });
  const { hypervisorFolder } = await import("../hypervisor-options.ts");
  const adding = add(cli, hypervisorFolder(cli, options.data), { name, communes });
  const added = await sayingIfSlow(cli, cli.say("waiting.hypervisor"), adding);
  const files = writeFiles(folder, added);
  const { X509Certificate } = await import("node:crypto");
  const expires = new Date(new X509Certificate(added.certificate).validTo);
  if (options.json)
    return cli.out.line(JSON.stringify({ box: name, communes, folder, ...files, expiresAt: expires.toISOString() }));
  const { say, out } = cli;
  out.line(out.paint("green", say("command.hypervisor.box.add.done", { box: name, folder })));
  const date = expires.toLocaleDateString(cli.language === "fr" ? "fr-FR" : "en-GB");
  out.line(say("command.hypervisor.box.add.expires", { date }));
  out.line(say("command.hypervisor.box.add.config"));
  out.line();
  for (const line of tomlLines(name, options.url ?? EXAMPLE_URL)) out.line(`  ${line}`);
}

/** Asks the running hypervisor, which holds the store; opens the store itself when none runs. */
async function add(
  cli: Cli,
  dataFolder: string,
  box: { readonly name: string; readonly communes: readonly string[] },
): Promise<AddedBox> {
  const { askToAddBox } = await import("../../hypervisor/control.ts");
  try {
    const answer = await askToAddBox(join(dataFolder, "hypervisor.sock"), box, cli.language);
    if (answer.ok) return answer.added;
    const { code, message, remedy = "" } = answer.problem;
    throw fault("hypervisor-refused", { message, remedy }, { detail: { problem: { code, message, remedy } } });
  } catch (error) {
    const absent = error instanceof Error && "code" in error && ["ENOENT", "ECONNREFUSED"].includes(String(error.code));
    if (!absent) throw error;
  }
  return addAtRest(cli, dataFolder, box);
}

async function addAtRest(
  cli: Cli,
  dataFolder: string,
  box: { name: string; communes: readonly string[] },
): Promise<AddedBox> {
  const [{ openAuthority }, { addBox }, { openStore }, { databaseOf, hypervisorFault }, { createLog }] =
    await Promise.all([
      import("../../hypervisor/authority.ts"),
      import("../../hypervisor/box-adding.ts"),
      import("../../hypervisor/store/open.ts"),
      import("../hypervisor-options.ts"),
      import("../log.ts"),
    ]);
  try {
    const now = cli.now;
    const authority = await openAuthority(join(dataFolder, "authority"), now);
    const log = createLog("hypervisor", "warn");
    const store = await openStore({ dataFolder: join(dataFolder, "store"), log, now: now(), ...databaseOf(cli) });
    try {
      return await addBox({ store, authority, now }, box);
    } finally {
      await store.close();
    }
  } catch (error) {
    throw hypervisorFault(cli, error, "hypervisor-refused");
  }
}

function writeFiles(folder: string, added: AddedBox): Readonly<Record<"certificate" | "key" | "ca", string>> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const write = (part: "certificate" | "key" | "ca"): string => {
    const file = join(folder, `${part}.pem`);
    writeFileSync(file, added[part], { mode: 0o600, flush: true });
    return file;
  };
  return { certificate: write("certificate"), key: write("key"), ca: write("ca") };
}

function tomlLines(name: string, url: string): string[] {
  return [
    "[box]",
    `name = "${name}"`,
    "",
    "[hypervisor]",
    `url = "${url}"`,
    'certificate = "certificate.pem"',
    'key = "key.pem"',
    'ca = "ca.pem"',
  ];
}
