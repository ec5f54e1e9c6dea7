/**
 * A box renews its certificate by itself, with a new key, once a third of its life is left; and when the region says that it has
 * ended, whatever the box's own clock says. The old one serves until the new one is safe on the disk.
 */
import { type Backoff, createBackoff } from "../backoff.ts";
import type { TlsIdentity } from "../https.ts";
import { readCertificateReply, renewalPath } from "../protocol/enrolment.ts";
import type { BoxTime } from "../server-certificate.ts";
import { createSleeper, type Timers } from "../timers.ts";
import type { Transport } from "../transport.ts";
import { EnrolmentFault, refusalOf } from "./enrol.ts";

/** Of the certificate that is shown now, ms since 1970. */
export interface Lifetime {
  readonly beginsAt: number;
  readonly endsAt: number;
}

export interface RenewalParts {
  readonly box: string;
  readonly lifetime: () => Lifetime;
  readonly send: Transport;
  /** Makes it durable and shows it from now on; a throw leaves the old one in place. */
  readonly adopt: (identity: Omit<TlsIdentity, "ca">) => void;
  readonly time: () => BoxTime;
  readonly timers: Timers;
  readonly random: () => number;
  readonly report?: (event: RenewalEvent) => void;
}

export type RenewalEvent =
  | { readonly is: "renewed"; readonly endsAt: number }
  | { readonly is: "not-renewed"; readonly error: Error };

export interface Renewal {
  /** Resolves when a renewal that is due at once has been tried. */
  start(): Promise<void>;
  stop(): Promise<void>;
  /** The region refuses the certificate as ended. */
  refusedAsEnded(): void;
  lastError(): Error | undefined;
}

const LEFT_SHARE = 1 / 3;
const LOOK_MS = 3_600_000;
const BACKOFF = { firstMs: 30_000, ceilingMs: 3_600_000 } as const;
/** The region has said no, and only a person can change that. */
const FINAL: ReadonlySet<string> = new Set(["box-revoked", "box-unknown", "certificate-replaced"]);

export const renewalDueAt = ({ beginsAt, endsAt }: Lifetime): number => endsAt - (endsAt - beginsAt) * LEFT_SHARE;

export function createRenewal(parts: RenewalParts): Renewal {
  const { box, timers, random, report = () => {} } = parts;
  const sleeper = createSleeper<"stop" | "ended">(timers);
  const backoff: Backoff = createBackoff(BACKOFF, random);
  let stopping = false;
  let told = false;
  let lastError: Error | undefined;
  let done: Promise<void> = Promise.resolve();

  const isDue = (): boolean => told || parts.time().atLeast >= renewalDueAt(parts.lifetime());

  async function renew(): Promise<void> {
    const { certificateRequest, makeKey } = await import("./key.ts");
    const key = await makeKey();
    const body = Buffer.from(JSON.stringify({ request: await certificateRequest(key, box) }));
    const headers = { "content-type": "application/json" };
    const reply = await parts.send({ method: "POST", path: renewalPath(box), headers, body });
    if (reply.status !== 201) throw refusalOf(reply);
    const given = readCertificateReply(reply.body);
    if (given === undefined || given.box !== box)
      throw new EnrolmentFault("not-a-region", "no certificate in the answer");
    parts.adopt({ key, cert: given.certificate });
  }

  /** How long to wait before looking again. */
  async function look(): Promise<number> {
    if (!isDue()) return LOOK_MS * (0.5 + random());
    try {
      await renew();
      told = false;
      lastError = undefined;
      backoff.reset();
      report({ is: "renewed", endsAt: parts.lifetime().endsAt });
      return LOOK_MS;
    } catch (error) {
      lastError = error instanceof Error ? error : new Error(String(error));
      if (!stopping) report({ is: "not-renewed", error: lastError });
      const final = error instanceof EnrolmentFault && FINAL.has(error.problem?.code ?? "");
      return final ? LOOK_MS : backoff.next();
    }
  }

  async function follow(first: number): Promise<void> {
    let pause = first;
    while (!stopping) {
      await sleeper.sleep(pause, told ? ["stop"] : ["stop", "ended"]);
      if (!stopping) pause = await look();
    }
  }

  return {
    async start() {
      const pause = await look();
      done = follow(pause);
    },
    async stop() {
      stopping = true;
      sleeper.wake("stop");
      await done;
    },
    refusedAsEnded() {
      if (told) return;
      told = true;
      sleeper.wake("ended");
    },
    lastError: () => lastError,
  };
}
