/**
 * `beffroi --help` ÷ `node -e 0`, same Node, by the clock on the wall: compiled as the image has it, and from the checkout.
 * The image's root is read-only, so it runs without a compile cache; a checkout keeps one. The CPU time of user and system stands
 * beside. `--rounds N`.
 */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { childrenCpuSeconds, median } from "./cpu.ts";
import { makeImageForm } from "./image-form.ts";

const root = fileURLToPath(new URL("../", import.meta.url));
/** The kernel counts in hundredths of a second: so many starts are one measurement. */
const STARTS_AT_ONCE = 5;

interface Form {
  readonly name: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
}

/** Milliseconds a start: of CPU, and by the clock on the wall. */
function start({ name, args, env }: Form): { readonly cpu: number; readonly wall: number } {
  const cpu = childrenCpuSeconds();
  const wall = performance.now();
  for (let each = 0; each < STARTS_AT_ONCE; each++) {
    const { status, stdout } = spawnSync(process.execPath, args, { env, encoding: "utf8" });
    if (status !== 0 || (args.includes("--help") && !stdout.includes("beffroi"))) throw new Error(`${name}: ${status}`);
  }
  const per = (total: number): number => total / STARTS_AT_ONCE;
  return { cpu: per((childrenCpuSeconds() - cpu) * 1000), wall: per(performance.now() - wall) };
}

export function run(flags: readonly string[]): void {
  const { values } = parseArgs({ args: [...flags], options: { rounds: { type: "string", default: "9" } } });
  const image = makeImageForm();
  try {
    const env = { ...process.env, NODE_OPTIONS: "" };
    const forms: readonly Form[] = [
      { name: "node -e 0", args: ["-e", "0"], env },
      {
        name: "image",
        args: [image.bin, "--help"],
        env: { ...env, ...image.env },
      },
      { name: "checkout", args: [join(root, "cli/beffroi.js"), "--help"], env },
    ];
    for (const form of forms) start(form);
    const rounds = Array.from({ length: Number(values.rounds) }, () => forms.map(start));
    const of = (index: number, what: "cpu" | "wall") => median(rounds.map((round) => round[index]![what]));
    const ratio = (index: number, what: "cpu" | "wall") =>
      Number(median(rounds.map((round) => round[index]![what] / round[0]![what])).toFixed(2));
    forms.forEach(({ name }, index) => {
      const [wall, cpu] = [of(index, "wall").toFixed(0), of(index, "cpu").toFixed(0)];
      console.log(`${name.padEnd(10)} ${wall.padStart(4)} ms (${ratio(index, "wall").toFixed(2)}), of CPU ${cpu} ms`);
    });
    console.log(
      JSON.stringify({
        bench: "start",
        ratio: ratio(1, "wall"),
        checkoutRatio: ratio(2, "wall"),
        cpuRatio: ratio(1, "cpu"),
        checkoutCpuRatio: ratio(2, "cpu"),
        nodeMs: Math.round(of(0, "wall")),
        imageMs: Math.round(of(1, "wall")),
        checkoutMs: Math.round(of(2, "wall")),
      }),
    );
  } finally {
    image.remove();
  }
}
