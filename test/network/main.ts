/** `npm run test:network`: gateway and hypervisor as real processes on a line the kernel makes bad. */
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { missingPackages } from "../system/servers.ts";
import { missingForNamespaces } from "./faulty-link.ts";
import { badLine, insideNamespace } from "./network.ts";

const USAGE = `Real gateway, hypervisor, mosquitto and PostgreSQL in a network namespace of their own, under load; between box and region packets
are dropped, lines reset, narrowed, and where the kernel has netem delayed, disordered, doubled and damaged. What arrived is compared
with what the broker took.

  npm run test:network                        each fault for a minute: lines that fall silent are found dead
  npm run test:network -- --fault-ms 4000     a short form
  npm run test:network -- --seed 7 --messages 5000

Needs root, iptables, iproute2 and the Debian packages mosquitto and postgresql-15.`;

const { values } = parseArgs({
  options: {
    seed: { type: "string", default: `${Math.floor(Date.now() / 1000)}` },
    messages: { type: "string", default: "1000" },
    "fault-ms": { type: "string", default: "60000" },
    inside: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});

const whole = (name: "seed" | "messages" | "fault-ms"): number => {
  const value = Number(values[name]);
  if (Number.isSafeInteger(value) && value >= 1) return value;
  console.error(`--${name} ${values[name]}: a whole number from 1 is wanted\n\n${USAGE}`);
  process.exit(2);
};

async function inside(): Promise<number> {
  const { seed, messages, faultMs } = { seed: whole("seed"), messages: whole("messages"), faultMs: whole("fault-ms") };
  console.log(`seed ${seed}, ${messages} messages`);
  const result = await badLine({ seed, messages, faultMs, tell: (line) => console.log(line) });
  for (const why of result.missing) console.log(`not tried: ${why} (the kernel's module sch_netem is needed)`);
  for (const example of result.examples) console.log(example);
  const { acknowledged, lost, late, duplicated, reordered, invented, met } = result;
  console.log(
    JSON.stringify({
      bench: "network",
      faults: met,
      acknowledged,
      lost,
      late,
      duplicated,
      reordered,
      invented,
    }),
  );
  return lost + late + duplicated + reordered + invented > 0 ? 1 : 0;
}

async function outside(): Promise<number> {
  const packages = missingPackages(["mosquitto", "postgresql"]);
  const missing = packages.length > 0 ? `Debian package missing: ${packages.join(", ")}` : missingForNamespaces();
  if (missing !== undefined) {
    console.error(`not possible here: ${missing}`);
    return 2;
  }
  const words = [
    "--seed",
    `${whole("seed")}`,
    "--messages",
    `${whole("messages")}`,
    "--fault-ms",
    `${whole("fault-ms")}`,
  ];
  return insideNamespace(fileURLToPath(import.meta.url), words, (text) => process.stdout.write(text));
}

if (values.help) console.log(USAGE);
else process.exit(await (values.inside ? inside() : outside()));
