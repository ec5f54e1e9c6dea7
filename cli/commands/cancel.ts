import { userInfo } from "node:os";
import { commandFile } from "../cli.ts";
import { fault } from "../faults.ts";
import { type BoxOptions, dataFolderOf, withBoxOptions } from "../which-box.ts";

interface Options extends BoxOptions {
  readonly json?: boolean;
}

export const cancel = commandFile({
  exits: ["unreachable", "refused"],
  examples: [{ line: "cancel 42cb6459-a640-46ec-9623-bdff39dc4736", text: "command.cancel.example" }],
  declare: (command, cli) => {
    withBoxOptions(command.argument("<order>", cli.say("command.cancel.order")), cli).action(
      async (order: string, options: Options) => {
        const { createBoxClient } = await import("../box-client.ts");
        const box = createBoxClient(cli, await dataFolderOf(cli, options));
        const reply = await box.cancel(order.toLowerCase(), `cli:${userInfo().username}`);
        if (options.json) cli.out.line(JSON.stringify(reply));
        else {
          cli.out.line(cli.say("cancel.done", { n: reply.cancelled }));
          if (reply.tooLate > 0) cli.out.line(cli.say("cancel.too-late", { n: reply.tooLate }));
        }
        if (reply.cancelled === 0) throw fault("too-late", { order });
      },
    );
  },
});
