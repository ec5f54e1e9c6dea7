/** `npm run test:crash -- --rounds N`: real processes, killed and cut off at random moments under load. */
import { parseArgs } from "node:util";
import { missingPackages } from "../system/servers.ts";
import { crash } from "./crash.ts";
import { BROKEN_PARTS, type BrokenPart } from "./ground.ts";

const USAGE = `Kills the real gateway and the real hypervisor under load from a real mosquitto into a real PostgreSQL, cuts the power
below SQLite, fills the disk, and compares what arrived with what the broker took.

  npm run test:crash                          5 rounds and one on a full disk
  npm run test:crash -- --rounds 50 --seed 7  the seed draws incidents and cuts; processes keep their own pace
  npm run test:crash -- --broken ${Object.keys(BROKEN_PARTS)[0]}   a part broken on purpose: must be caught

Needs the Debian packages mosquitto, postgresql-15 and gcc (for power cuts); root for the full disk.
Broken parts: ${Object.keys(BROKEN_PARTS).join(", ")}`;

const { rounds, seed, messages, broken, help } = parseArgs({
  options: {
    rounds: { type: "string", default: "5" },
    seed: { type: "string", default: `${Math.floor(Date.now() / 1000)}` },
    messages: { type: "string", default: "1000" },
    broken: { type: "string" },
    help: { type: "boolean", default: false },
  },
}).values;

const whole = (text: string, name: string): number => {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= 1) return value;
  console.error(`--${name} ${text}: a whole number from 1 is wanted\n\n${USAGE}`);
  process.exit(2);
};

if (help) {
  console.log(USAGE);
  process.exit(0);
}
if (broken !== undefined && !(broken in BROKEN_PARTS)) {
  console.error(`--broken ${broken}: there is no such part\n\n${USAGE}`);
  process.exit(2);
}
const missing = missingPackages(["mosquitto", "postgresql"]);
if (missing.length > 0) {
  console.error(`Debian package missing: ${missing.join(", ")}`);
  process.exit(2);
}
console.log(`seed ${seed}, ${rounds} rounds${broken === undefined ? "" : `, ${broken}`}`);
const result = await crash({
  rounds: whole(rounds, "rounds"),
  seed: whole(seed, "seed"),
  messages: whole(messages, "messages"),
  ...(broken === undefined ? { withFullDisk: true } : { broken: broken as BrokenPart }),
  tell: (line) => console.log(line),
});
for (const why of result.missing) console.log(`not tried: ${why}`);
const { examples: _, missing: __, ...numbers } = result;
console.log(JSON.stringify({ bench: "crash", ...numbers }));
process.exitCode = result.lost + result.late + result.duplicated + result.reordered + result.invented > 0 ? 1 : 0;
