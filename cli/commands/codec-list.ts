import type { Note } from "../../codecs/index.ts";
import type { Use } from "../../device-registry/words.ts";
import { type Cli, commandFile } from "../cli.ts";
import { renderTable } from "../terminal/table.ts";
import { wrap } from "../terminal/wrap.ts";
import { type BoxOptions, dataFolderOf, withBoxOptions } from "../which-box.ts";

interface Options extends BoxOptions {
  readonly json?: boolean;
}

interface Listed {
  readonly id: string;
  readonly maker: string;
  readonly name: string;
  readonly what?: Note;
  readonly aliases: readonly string[];
  readonly version: number;
  readonly firmware?: string;
  readonly use: Use;
  readonly class: "A" | "B" | "C";
  readonly commands: readonly string[];
  /** Some published frame or command proves it. */
  readonly verified: boolean;
  readonly assetKinds: readonly string[];
  readonly expectedIntervalSeconds: number;
  readonly dataProtection?: string;
  readonly entityType?: string;
  readonly lastProvable?: string;
  /** Of the source, for a codec of another maker. */
  readonly sha256?: string;
}

/** With so few models found there is room for their other names. */
const ALIASES_SHOWN_FOR = 3;

export const codecList = commandFile({
  exits: [],
  examples: [
    { line: "codec list", text: "command.codec.list.example.all" },
    { line: "codec list EM310-UDL", text: "command.codec.list.example.search" },
    { line: "codec list --json", text: "command.codec.list.example.json" },
    { line: "codec list --data /var/lib/beffroi", text: "command.codec.list.example.box" },
  ],
  declare: (command, cli) => {
    command.argument("[text]", cli.say("command.codec.list.text"));
    withBoxOptions(command, cli).action(async (text: string | undefined, options: Options) => {
      const all = [...(await ofTheHouse()), ...(await onTheBox(cli, options))];
      const found = text === undefined ? all : all.filter((one) => contains(one, text));
      if (options.json) return cli.out.line(JSON.stringify(found));
      show(cli, found, text);
    });
  },
});

const plain = (text: string): string => text.toLowerCase().replace(/[^a-z0-9]/g, "");

const contains = ({ id, maker, name, what, aliases }: Listed, text: string): boolean =>
  [id, `${maker} ${name}`, what?.en ?? "", what?.fr ?? "", ...aliases.map((alias) => `${maker} ${alias}`)].some((one) =>
    plain(one).includes(plain(text)),
  );

function show({ say, out, language }: Cli, found: readonly Listed[], text: string | undefined): void {
  const prose = (line: string): void => {
    for (const each of wrap(line, out.columns, "")) out.line(each);
  };
  if (found.length === 0) {
    prose(say("command.codec.list.none", { text: text ?? "" }));
    return;
  }
  const head = [
    { title: say("column.model") },
    { title: say("column.name"), flexible: true },
    { title: say("column.use") },
    { title: say("column.class") },
    { title: say("column.commands"), align: "right" as const },
    { title: say("column.verified") },
  ];
  const rows = found.map((one) => [
    one.id,
    one.what === undefined ? one.name : `${one.name}, ${one.what[language]}`,
    say(`use.${one.use}`),
    one.class,
    String(one.commands.length),
    one.verified ? "✓" : "–",
  ]);
  for (const line of renderTable(head, rows, out.columns)) out.line(line);
  if (found.length <= ALIASES_SHOWN_FOR)
    for (const { id, aliases } of found)
      if (aliases.length > 0) prose(say("command.codec.list.aliases", { model: id, aliases: aliases.join(", ") }));
  prose(say("command.codec.list.verified"));
  prose(say("command.codec.list.more"));
}

async function ofTheHouse(): Promise<Listed[]> {
  const [{ catalogue }, { models }] = await Promise.all([
    import("../../codecs/index.ts"),
    import("../../device-registry/models.ts"),
  ]);
  return models.map((model) => {
    const { shape } = catalogue.get(model.id)!;
    return {
      id: model.id,
      maker: model.maker,
      name: model.name,
      what: shape.what,
      aliases: model.aliases,
      version: shape.version,
      ...(shape.firmware === undefined ? {} : { firmware: shape.firmware }),
      use: model.use,
      class: model.deviceClass,
      commands: shape.commands.map((each) => each.name),
      verified: [...shape.uplinks, ...shape.commands].some((part) => part.verified),
      assetKinds: model.assetKinds,
      expectedIntervalSeconds: model.expectedIntervalSeconds,
      dataProtection: model.dataProtection,
      entityType: model.entityType,
      lastProvable: model.lastProvable,
    };
  });
}

/** Only when a box is named: the models of the house need none. */
async function onTheBox(cli: Cli, options: Options): Promise<Listed[]> {
  if (options.data === undefined && options.config === undefined) return [];
  const { codecsOnBox } = await import("../models.ts");
  const codecs = await codecsOnBox(cli, await dataFolderOf(cli, options));
  return codecs.map((one) => ({
    id: one.model,
    maker: one.maker,
    name: one.name,
    aliases: [],
    version: one.version,
    use: one.use,
    class: one.deviceClass,
    commands: [],
    verified: false,
    assetKinds: one.assetKinds,
    expectedIntervalSeconds: one.expectedIntervalSeconds,
    sha256: one.sha256,
  }));
}
