/**
 * The line between box and region made bad by the kernel, for one port of the loopback of a network namespace of our own: rules that
 * drop or reset (iptables), a narrow line (htb, tbf), and where the kernel has it delay, disorder, doubling and flipped bits (netem).
 */
import { execFileSync } from "node:child_process";

export interface LinkFault {
  readonly name: string;
  readonly begin: () => void;
  /** How many packets it met since it began. */
  readonly met: () => number;
  readonly end: () => void;
}

export interface FaultyLink {
  readonly faults: readonly LinkFault[];
  /** What this kernel cannot do, and why. */
  readonly missing: readonly string[];
}

type Command = readonly [program: string, ...words: string[]];

const run = ([program, ...words]: Command): void => {
  execFileSync(program, words, { stdio: ["ignore", "ignore", "pipe"] });
};

const ask = ([program, ...words]: Command): string => execFileSync(program, words, { encoding: "utf8" });

const sum = (counts: Iterable<RegExpMatchArray>): number =>
  [...counts].reduce((all, [, count]) => all + Number(count), 0);

const works = (command: Command): string | undefined => {
  try {
    run(command);
    return undefined;
  } catch (error) {
    const said = error instanceof Error && "stderr" in error ? String(error.stderr) : String(error);
    return said.trim().split("\n")[0] ?? "it failed";
  }
};

/** Class of the line; everything else on the loopback goes by another, which is as fast as ever. */
const LINE = "1:20";

const words = (text: string): Command => text.split(" ") as [string, ...string[]];

/** Undefined when a network namespace can be had here. */
export const missingForNamespaces = (): string | undefined =>
  works([
    "unshare",
    "--net",
    "sh",
    "-c",
    "ip link set lo up && iptables -L -n && tc qdisc add dev lo root handle 1: htb default 10",
  ]);

/** Inside the namespace: nothing is bad yet. */
export function layLine(port: number): FaultyLink {
  const to = `OUTPUT -o lo -p tcp --dport ${port}`;
  const from = `OUTPUT -o lo -p tcp --sport ${port}`;
  run(words("tc qdisc add dev lo root handle 1: htb default 10"));
  run(words("tc class add dev lo parent 1: classid 1:10 htb rate 10gbit quantum 60000"));
  run(words(`tc class add dev lo parent 1: classid ${LINE} htb rate 10gbit quantum 60000`));
  for (const end of ["dport", "sport"])
    run(words(`iptables -t mangle -A POSTROUTING -o lo -p tcp --${end} ${port} -j CLASSIFY --set-class ${LINE}`));

  /** Rules of the filter, put in and taken out again. */
  const rules = (name: string, ...each: readonly string[]): LinkFault => ({
    name,
    begin: () => each.forEach((rule) => void run(words(`iptables -A ${rule}`))),
    met: () => sum(ask(words("iptables -nvxL OUTPUT")).matchAll(/^\s*(\d+)\s+\d+\s+(?:DROP|REJECT)\b/gm)),
    end() {
      for (const rule of each) run(words(`iptables -D ${rule}`));
    },
  });
  const qdisc = (name: string, kind: string): LinkFault => ({
    name,
    begin: () => run(words(`tc qdisc replace dev lo parent ${LINE} handle 20: ${kind}`)),
    met: () => sum(ask(words("tc -s qdisc show dev lo")).matchAll(/qdisc \w+ 20:.*\n.* (\d+) pkt/g)),
    end: () => run(words(`tc qdisc del dev lo parent ${LINE}`)),
  });

  const faults = [
    rules("line refused (reset)", `${to} -j REJECT --reject-with tcp-reset`),
    rules("requests vanish", `${to} -j DROP`),
    rules("half open: replies vanish", `${from} -j DROP`),
    rules("line dead both ways", `${to} -j DROP`, `${from} -j DROP`),
    rules(
      "a fifth of all packets lost",
      `${to} -m statistic --mode random --probability 0.2 -j DROP`,
      `${from} -m statistic --mode random --probability 0.2 -j DROP`,
    ),
    // On a loopback packets are large: less than one of them in the bucket, and nothing passes.
    qdisc("slow line, 512 kbit/s", "tbf rate 512kbit burst 70kb latency 2s"),
  ];
  const shaped = [
    qdisc("delay and disorder", "netem delay 120ms 80ms reorder 25% 50%"),
    qdisc("packets doubled", "netem delay 20ms duplicate 10%"),
    qdisc("bits flipped", "netem delay 20ms corrupt 2%"),
  ];
  const missing: string[] = [];
  for (const fault of shaped) {
    try {
      fault.begin();
      fault.end();
      faults.push(fault);
    } catch (error) {
      missing.push(
        `${fault.name}: ${error instanceof Error && "stderr" in error ? String(error.stderr).trim() : error}`,
      );
    }
  }
  return { faults, missing };
}
