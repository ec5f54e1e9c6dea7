import { userInfo } from "node:os";
import { commandFile } from "../cli.ts";
import { type BoxOptions, dataFolderOf, withBoxOptions } from "../which-box.ts";

interface Options extends BoxOptions {
  readonly refuse?: boolean;
  readonly json?: boolean;
}

export const consent = commandFile({
  exits: ["unreachable", "refused"],
  examples: [{ line: "consent 42cb6459-a640-46ec-9623-bdff39dc4736", text: "command.consent.example" }],
  declare: (command, cli) => {
    withBoxOptions(
      command.argument("<wish>", cli.say("command.consent.wish")).option("--refuse", cli.say("command.consent.refuse")),
      cli,
    ).action(async (wish: string, options: Options) => {
      const { createBoxClient } = await import("../box-client.ts");
      const box = createBoxClient(cli, await dataFolderOf(cli, options));
      const given = options.refuse !== true;
      const view = await box.consent(wish, `cli:${userInfo().username}`, given);
      if (options.json) cli.out.line(JSON.stringify(view));
      else cli.out.line(cli.say(given ? "consent.given" : "consent.refused", { size: view.size }));
    });
  },
});
