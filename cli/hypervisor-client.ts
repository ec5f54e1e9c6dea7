/** A running hypervisor, asked over the socket in its data folder. */
import { join } from "node:path";
import type { Asked } from "../hypervisor/control.ts";
import type { Cli } from "./cli.ts";
import { fault } from "./faults.ts";
import { sayingIfSlow } from "./waiting.ts";

export async function askHypervisor<T>(cli: Cli, data: string | undefined, asked: Asked<T>): Promise<T> {
  const [{ askControl }, { hypervisorFolder }] = await Promise.all([
    import("../hypervisor/control.ts"),
    import("./hypervisor-options.ts"),
  ]);
  const folder = hypervisorFolder(cli, data);
  const asking = askControl(join(folder, "hypervisor.sock"), asked, cli.language);
  const answer = await sayingIfSlow(cli, cli.say("waiting.hypervisor"), asking).catch((error: unknown) => {
    const absent = error instanceof Error && "code" in error && ["ENOENT", "ECONNREFUSED"].includes(String(error.code));
    throw absent ? fault("hypervisor-not-running", { folder }) : error;
  });
  if (answer.ok) return answer.value;
  const { code, message, remedy = "" } = answer.problem;
  throw fault("hypervisor-refused", { message, remedy }, { detail: { problem: { code, message, remedy } } });
}
