import { backupFault } from "../backup-faults.ts";
import { type Cli, commandFile, readingWidth } from "../cli.ts";
import { fault } from "../faults.ts";
import { type PassphraseOptions, passphraseOf } from "../passphrase.ts";
import { createProgress } from "../terminal/progress.ts";
import { wrap } from "../terminal/wrap.ts";
import { type BoxOptions, CONFIG_FILE, configFileOf, readConfig, withBoxOptions } from "../which-box.ts";

interface Options extends BoxOptions, PassphraseOptions {
  readonly json?: boolean;
}

export const backup = commandFile({
  exits: ["failed"],
  examples: [
    { line: "backup", text: "command.backup.example.here" },
    { line: "backup /mnt/usb/remiremont.backup --passphrase", text: "command.backup.example.usb" },
  ],
  declare: (command, cli) => {
    withBoxOptions(
      command
        .argument("[file]", cli.say("command.backup.file"))
        .option("--passphrase", cli.say("command.backup.passphrase"))
        .option("--passphrase-file <file>", cli.say("command.backup.passphrase-file")),
      cli,
    ).action((file: string | undefined, options: Options) => run(cli, file, options));
  },
});

async function run(cli: Cli, named: string | undefined, options: Options): Promise<void> {
  const configFile = configFileOf(cli, options);
  if (configFile === undefined) throw fault("no-box-named", { file: CONFIG_FILE });
  const config = await readConfig(cli, configFile);
  const [{ resolve }, { backUp }, { readVersion }] = await Promise.all([
    import("node:path"),
    import("../../gateway/backup.ts"),
    import("../main.ts"),
  ]);
  const passphrase = await passphraseOf(cli, options, "new");
  const day = new Date(cli.now()).toISOString().slice(0, 16).replaceAll(":", "");
  const file = resolve(cli.cwd, named ?? `beffroi-${config.box}-${day}.backup`);
  const bar = createProgress(cli.err);
  const note = await backUp({
    folder: config.dataFolder,
    file,
    box: config.box,
    version: readVersion(),
    now: cli.now(),
    env: cli.env,
    ...(passphrase === undefined ? {} : { passphrase }),
    progress: (done, all) => bar.update(cli.say("backup.copying"), done, all),
  })
    .catch((error: unknown) => {
      throw backupFault(cli.say, error, { file, folder: config.dataFolder });
    })
    .finally(() => bar.end());
  if (options.json) return cli.out.line(JSON.stringify({ file, ...note }));
  const lines = [
    cli.out.paint("green", cli.say("backup.done", { file, n: note.devices })),
    cli.say(`backup.keys.${note.keys}`),
    cli.say("backup.not-in-it"),
  ];
  for (const line of lines.flatMap((text) => wrap(text, readingWidth(cli.out)))) cli.out.line(line);
}
