import { backupFault } from "../backup-faults.ts";
import { type Cli, commandFile, readingWidth } from "../cli.ts";
import { fault } from "../faults.ts";
import { type PassphraseOptions, passphraseOf } from "../passphrase.ts";
import { shownTime } from "../terminal/values.ts";
import { wrap } from "../terminal/wrap.ts";
import { type BoxOptions, CONFIG_FILE, configFileOf, readConfig, withBoxOptions } from "../which-box.ts";

interface Options extends BoxOptions, PassphraseOptions {
  readonly json?: boolean;
}

export const restore = commandFile({
  exits: ["failed"],
  examples: [
    { line: "restore beffroi-remiremont-2026-03-02T1000.backup", text: "command.restore.example.here" },
    { line: "restore /mnt/usb/remiremont.backup --passphrase", text: "command.restore.example.usb" },
  ],
  declare: (command, cli) => {
    withBoxOptions(
      command
        .argument("<file>", cli.say("command.restore.file"))
        .option("--passphrase", cli.say("command.restore.passphrase"))
        .option("--passphrase-file <file>", cli.say("command.backup.passphrase-file")),
      cli,
    ).action((file: string, options: Options) => run(cli, file, options));
  },
});

async function run(cli: Cli, typed: string, options: Options): Promise<void> {
  const configFile = configFileOf(cli, options);
  if (configFile === undefined) throw fault("no-box-named", { file: CONFIG_FILE });
  const config = await readConfig(cli, configFile);
  const [{ resolve }, { restoreBackup }] = await Promise.all([import("node:path"), import("../../gateway/backup.ts")]);
  const file = resolve(cli.cwd, typed);
  const passphrase = await passphraseOf(cli, options, "known");
  const wish = {
    file,
    folder: config.dataFolder,
    box: config.box,
    now: cli.now(),
    env: cli.env,
    ...(passphrase === undefined ? {} : { passphrase }),
  };
  let restored: ReturnType<typeof restoreBackup>;
  try {
    restored = restoreBackup(wish);
  } catch (error) {
    throw backupFault(cli.say, error, { file, folder: config.dataFolder });
  }
  if (options.json) return cli.out.line(JSON.stringify({ file, ...restored }));
  const { note, previous, keys } = restored;
  const { say } = cli;
  const region = config.hypervisor === undefined ? "alone" : "region";
  const lines = [
    cli.out.paint(
      "green",
      say("restore.done", { time: shownTime(new Date(note.madeAt), cli.language), n: note.devices }),
    ),
    ...(previous === undefined ? [] : [say("restore.previous", { file: previous })]),
    say(`restore.keys.${keys}`),
    say(`restore.${region}`, { seq: note.lastSeq, epoch: String(note.epoch) }),
  ];
  for (const line of lines.flatMap((text) => wrap(text, readingWidth(cli.out)))) cli.out.line(line);
}
