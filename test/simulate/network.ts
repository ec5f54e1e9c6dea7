/** The fibre between a box and the region: requests and replies are late, lost, doubled, garbled; the line is cut or half open. */
import { printReply } from "../../cloud-sync/protocol/reply.ts";
import type { Transport, TransportReply, TransportRequest } from "../../cloud-sync/transport.ts";
import type { Region } from "./region.ts";
import type { Scope, World } from "./world.ts";

/** What may befall one request. */
export const LINE_FAULTS = [
  "request lost",
  "reply lost",
  "request doubled",
  "request late",
  "request doubled and late",
  "body corrupted",
  "body truncated",
  "reply from a captive portal",
  "reply cut short",
  "region busy",
  "silence",
  "line half open under a request",
] as const;
export type LineFault = (typeof LINE_FAULTS)[number];

/** `refused`: the other end takes nothing from this box, as when its certificate has run out. */
export type LineState = "whole" | "cut" | "half-open" | "slow" | "refused";

export interface Fibre {
  /** The transport of one life of the box. */
  transport(scope: Scope): Transport;
  /** Befalls the next requests, one each. */
  fail(fault: LineFault): void;
  set(state: LineState): void;
  /** No fault waits any more, and the line is whole. */
  mend(): void;
}

class Broken extends Error {}

const LATE_MS_MAX = 120_000;

export function createFibre(world: World, box: string, region: Region): Fibre {
  const { random } = world;
  let waiting: LineFault[] = [];
  let state: LineState = "whole";

  const latency = (): number => (state === "slow" ? random.whole(2_000, 20_000) : random.whole(5, 80));
  const isOpen = (): boolean => state === "whole" || state === "slow";

  const garble = (request: TransportRequest, fault: LineFault | undefined): TransportRequest => {
    const body = request.body;
    if (body === undefined || body.length < 2) return request;
    if (fault === "body truncated") return { ...request, body: body.slice(0, random.whole(1, body.length - 1)) };
    if (fault !== "body corrupted") return request;
    const copy = body.slice();
    copy[random.whole(0, copy.length - 1)]! ^= 1 << random.whole(0, 7);
    return { ...request, body: copy };
  };

  const portal: TransportReply = { status: 200, headers: { "content-type": "text/html" }, body: "<h1>Bienvenue</h1>" };

  function send(scope: Scope, request: TransportRequest): Promise<TransportReply> {
    const fault = waiting.shift();
    if (fault !== undefined) world.reached(fault);
    return new Promise((resolve, reject) => {
      const back = (ms: number, then: () => void): void => void world.after(ms, scope, then);
      const answer = (reply: TransportReply | undefined): void => {
        if (fault === "reply lost" || fault === "silence") return;
        back(latency(), () => {
          // On a half-open line nothing says that nothing comes.
          if (state === "half-open") return world.reached("reply into a half-open line");
          if (reply === undefined || state === "cut") reject(new Broken("connection reset"));
          else if (fault === "reply cut short")
            resolve({ ...reply, body: reply.body.slice(0, Math.floor(reply.body.length / 2)) });
          else resolve(reply);
        });
      };
      const arrive = async (isFirst: boolean): Promise<void> => {
        if (!isOpen() && fault !== "line half open under a request") return answer(undefined);
        const reply = await region.receive(box, garble(request, fault));
        world.tell(`${box} request ${request.body?.length} bytes: ${reply?.status} ${reply?.body}`);
        if (isFirst) answer(reply);
      };
      if (state === "cut") return back(latency(), () => reject(new Broken("no route to host")));
      if (state === "half-open") return world.reached("request into a half-open line");
      if (state === "refused") {
        world.reached("certificate run out: request refused in the handshake");
        return back(latency(), () => reject(new Broken("certificate has expired")));
      }
      if (state === "slow") world.reached("request on a slow line");
      switch (fault) {
        case "request lost":
          return back(latency(), () => reject(new Broken("connection refused")));
        case "silence":
          return;
        case "reply from a captive portal":
          return back(latency(), () => resolve(portal));
        case "region busy":
          return back(latency(), () => resolve(printReply({ status: 503, retryAfterSeconds: random.whole(1, 20) })));
        case "line half open under a request":
          world.after(1, undefined, () => {
            state = "half-open";
            world.after(random.whole(1_000, LATE_MS_MAX), undefined, () => {
              if (state === "half-open") state = "whole";
            });
          });
          break;
        case "request late":
          // The box has given it up by then, or has not.
          world.after(random.whole(1_000, LATE_MS_MAX), undefined, () => void arrive(true));
          return;
        case "request doubled":
          world.after(latency(), undefined, () => void arrive(false));
          break;
        case "request doubled and late":
          world.after(random.whole(1_000, LATE_MS_MAX), undefined, () => void arrive(false));
      }
      world.after(latency(), undefined, () => void arrive(true));
    });
  }

  return {
    transport: (scope) => (request) => send(scope, request),
    fail: (fault) => void waiting.push(fault),
    set(next) {
      if (next !== state) world.tell(`${box} fibre ${next}`);
      state = next;
    },
    mend() {
      waiting = [];
      state = "whole";
    },
  };
}
