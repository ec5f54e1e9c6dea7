import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { type Cli, commandFile } from "../cli.ts";
import { CliFault, fault } from "../faults.ts";
import { parseCommune } from "../inputs.ts";
import type { ChirpStackAddress, Commune, Simulation, Training, TrainingCounts } from "../simulation-door.ts";

interface Options {
  readonly mqtt: string;
  readonly api: string;
  readonly apiKeyFile: string;
  readonly commune: string;
  readonly devices: string;
  readonly every: string;
  readonly minutes?: string;
  readonly remove?: boolean;
  readonly json?: boolean;
}

const COUNTS_EVERY_MS = 10_000;
const MINUTE_MS = 60_000;
/** Two weeks. */
const MINUTES_MAX = 20_160;

export const simulate = commandFile({
  exits: ["failed", "unreachable", "refused"],
  examples: [
    { line: "simulate --chirpstack --api-key-file key.txt", text: "command.simulate.example.here" },
    {
      line: "simulate --chirpstack --api-key-file key.txt --devices 500 --every 30 --minutes 60 --remove",
      text: "command.simulate.example.load",
    },
    {
      line: "simulate --chirpstack --api-key-file key.txt --minutes 0 --remove",
      text: "command.simulate.example.remove",
    },
  ],
  declare: (command, cli) => {
    const { say } = cli;
    command
      .requiredOption("--chirpstack", say("command.simulate.chirpstack"))
      .requiredOption("--api-key-file <file>", say("command.simulate.key"))
      .option("--api <host:port>", say("command.simulate.api"), "127.0.0.1:8080")
      .option("--mqtt <url>", say("command.simulate.mqtt"), "mqtt://127.0.0.1:1883")
      .option("--commune <insee>", say("command.simulate.commune"), "88383")
      .option("--devices <n>", say("command.simulate.devices"), "20")
      .option("--every <seconds>", say("command.simulate.every"), "60")
      .option("--minutes <n>", say("command.simulate.minutes"))
      .option("--remove", say("command.simulate.remove"))
      .action((options: Options) => run(cli, options));
  },
});

function whole(typed: string, option: string, min: number, max: number): number {
  const n = Number(typed);
  if (!/^\d{1,6}$/.test(typed) || n < min || n > max)
    throw fault("wrong-number", { typed, option, min: String(min), max: String(max) });
  return n;
}

function keyIn(cli: Cli, typed: string): string {
  const file = resolve(cli.cwd, typed);
  let key: string;
  try {
    key = readFileSync(file, "utf8").split("\n")[0]!.trim();
  } catch (error) {
    throw fault("key-unreadable", { file, detail: error instanceof Error ? error.message : String(error) });
  }
  if (!/^[\x21-\x7e]+$/.test(key)) throw fault("key-unreadable", { file, detail: cli.say("hex.empty") });
  return key;
}

/** What the client of the broker speaks. */
const SCHEMES = ["mqtt", "mqtts", "ws", "wss", "tcp", "ssl", "tls"];

function checkBroker(typed: string): void {
  const scheme = URL.canParse(typed) ? new URL(typed).protocol.slice(0, -1) : undefined;
  if (scheme === undefined || !SCHEMES.includes(scheme))
    throw fault("wrong-broker", { typed, schemes: SCHEMES.map((each) => `${each}://`).join(", ") });
}

function communeOf({ findCommune, COMMUNES }: Simulation, typed: string): Commune {
  const commune = findCommune(parseCommune(typed));
  if (commune !== undefined) return commune;
  const communes = COMMUNES.map(({ insee, name }) => `${insee} ${name}`).join(", ");
  throw fault("unknown-commune", { typed, communes });
}

/** What went wrong around the simulation, in our words; anything else is a mistake of ours and keeps its trace. */
function simulationFault(error: unknown, { api, mqtt: url, apiKeyFile: file }: Options): unknown {
  if (!(error instanceof Error && "code" in error)) return error;
  const detail = error.message;
  switch (error.code) {
    case "chirpstack-unreachable":
      return fault("chirpstack-unreachable", { api });
    case "chirpstack-key-refused":
      return fault("chirpstack-key-refused", { api, file });
    case "chirpstack-refused":
      return fault("chirpstack-refused", { detail });
    case "simulated-id-taken":
      return fault("simulated-id-taken", { detail });
    case "broker-unreachable":
      return fault("mqtt-unreachable", { url });
    default:
      return error;
  }
}

async function run(cli: Cli, options: Options): Promise<void> {
  const size = whole(options.devices, "--devices", 10, 500);
  const everySeconds = whole(options.every, "--every", 5, 86_400);
  const minutes = options.minutes === undefined ? undefined : whole(options.minutes, "--minutes", 0, MINUTES_MAX);
  checkBroker(options.mqtt);
  const address = { api: options.api.replace(/^https?:\/\//, ""), apiKey: keyIn(cli, options.apiKeyFile) };
  const { loadSimulation } = await import("../simulation-door.ts");
  const simulation = await loadSimulation();
  const commune = communeOf(simulation, options.commune);
  try {
    const wish = { simulation, commune, address, size, everySeconds, minutes };
    // Nothing to run: what is asked for is only the removal.
    if (minutes === 0 && options.remove) await remove(cli, options, wish);
    else await live(cli, options, wish);
  } catch (error) {
    throw error instanceof CliFault ? error : simulationFault(error, options);
  }
}

interface Wish {
  readonly simulation: Simulation;
  readonly commune: Commune;
  readonly address: ChirpStackAddress;
  readonly size: number;
  readonly everySeconds: number;
  readonly minutes: number | undefined;
}

async function live(cli: Cli, options: Options, wish: Wish): Promise<void> {
  const { say } = cli;
  const { simulation, address, everySeconds, minutes, ...wanted } = wish;
  const { runUntilStopped } = await import("../running.ts");
  const tell = teller(cli, options);
  let timer: NodeJS.Timeout | undefined;
  let last: TrainingCounts | undefined;
  await runUntilStopped<Training>({
    start: async () => {
      if (!options.json) cli.err.line(cli.err.paint("dim", say("simulate.begin", { n: wish.size, api: options.api })));
      const training = await simulation.startTraining({ ...address, ...wanted, everySeconds, mqttUrl: options.mqtt });
      return {
        ...training,
        async stop() {
          await training.stop();
          last = training.counts();
          if (options.remove) await remove(cli, options, wish);
        },
      };
    },
    ready({ place, counts }) {
      const { tenant, gatewayId: gateway, created } = place;
      const running = say("simulate.running", { every: everySeconds });
      const text = `${say("simulate.ready", { tenant, gateway, created, n: wish.size })}\n${running}`;
      tell("ready", { ...place, devices: wish.size }, text);
      timer = setInterval(() => tell("counts", counts(), countsLine(cli, counts())), COUNTS_EVERY_MS);
    },
    ...(minutes === undefined ? {} : { forMs: minutes * MINUTE_MS }),
    stopping() {
      clearInterval(timer);
      tell("stopping", {}, say("simulate.stopping"));
    },
    stopped: () => undefined,
  });
  if (last === undefined) return;
  tell("stopped", last, countsLine(cli, last));
  if (!options.remove && !options.json)
    cli.out.prose(say("simulate.left", { line: "beffroi simulate --chirpstack … --minutes 0 --remove" }));
  if (minutes !== 0 && minutes !== undefined && last.joined === 0)
    throw fault("simulation-unheard", { url: options.mqtt });
}

async function remove(cli: Cli, options: Options, { simulation, commune, address }: Wish): Promise<void> {
  const tenant = simulation.tenantNameOf(commune);
  const removed = await simulation.removeTraining(address, commune);
  const text =
    removed === undefined
      ? cli.say("simulate.nothing", { tenant })
      : cli.say("simulate.removed", { tenant, n: removed });
  teller(cli, options)("removed", { tenant, devices: removed ?? 0 }, text);
}

const teller =
  (cli: Cli, { json }: Options) =>
  (event: string, detail: object, text: string): void => {
    if (json) cli.out.line(JSON.stringify({ event, ...detail }));
    else for (const line of text.split("\n")) cli.out.prose(line);
  };

const countsLine = (cli: Cli, counts: TrainingCounts): string =>
  cli.say("simulate.counts", {
    ...counts,
    time: new Date(cli.now()).toLocaleTimeString(cli.language === "fr" ? "fr-FR" : "en-GB"),
  });
