/** The hypervisor's process: the product's ingest before a store, reached by the boxes' requests, mortal at every commit. */
import { pino } from "pino";
import { unpackBodySync } from "../../cloud-sync/protocol/body.ts";
import { refuse } from "../../cloud-sync/protocol/faults.ts";
import { printReply } from "../../cloud-sync/protocol/reply.ts";
import type { TransportReply, TransportRequest } from "../../cloud-sync/transport.ts";
import { FAULT_STATUS, HypervisorFault } from "../../hypervisor/faults.ts";
import { createIngest } from "../../hypervisor/ingest.ts";
import { type AtCommit, createMemoryStore, type HeldBox, type MemoryStore } from "./memory-store.ts";
import type { Scope, World } from "./world.ts";

export type RegionFate = "die-before" | "die-after" | "store-fails";

export interface Region {
  /** Undefined: the process died over it, or is not there. */
  receive(box: string, request: TransportRequest): Promise<TransportReply | undefined>;
  /** What becomes of the next commit. */
  arm(fate: RegionFate): void;
  /** No fate waits any more. */
  disarm(): void;
  /** Ends the process; it is started again after `ms`. */
  kill(ms: number): void;
  backUp(): void;
  /** Comes back from the last backup; false when there is none. */
  comeBack(): boolean;
  /** Whether it is of the version before: no holes, no hash in replies, no latest state ahead. */
  setFormer(is: boolean): void;
  /** A person decides what is open. */
  decide: MemoryStore["decide"];
  held(box: string): HeldBox;
  readonly isUp: boolean;
}

export interface RegionParts {
  readonly communes: readonly string[];
  readonly storeOf?: (atCommit: AtCommit) => MemoryStore;
}

const silent = pino({ level: "silent" });

class RegionDied extends Error {}

export function createRegion(world: World, parts: RegionParts): Region {
  let fate: RegionFate | undefined;
  let scope: Scope = { name: "region", alive: true };
  let former = false;
  let backup: ReturnType<MemoryStore["save"]> | undefined;

  const die = (): never => {
    kill(world.random.whole(500, 60_000));
    throw new RegionDied();
  };
  const atCommit: AtCommit = (commit) => {
    const now = fate;
    fate = undefined;
    if (now === "die-before") {
      world.reached("region ended just before a commit");
      die();
    }
    if (now === "store-fails") {
      world.reached("region's store failed");
      throw new Error("the database said no");
    }
    commit();
    if (now === "die-after") {
      world.reached("region ended just after a commit");
      die();
    }
  };
  const store = parts.storeOf?.(atCommit) ?? createMemoryStore({ communes: parts.communes, atCommit });
  const start = () => {
    const mine = scope;
    const timers = {
      mono: () => world.now,
      after: (ms: number, then: () => void) => world.after(ms, mine, then),
    };
    const unpack: typeof unpackBodySync = (body) => {
      const unpacked = unpackBodySync(body);
      if (!former || !unpacked.ok || unpacked.value.gone.length === 0) return unpacked;
      return refuse("wrong-version", "theirs 2 to 2, ours 1");
    };
    return createIngest({ store, now: () => world.now, log: silent, unpack, timers });
  };
  let ingest = start();

  function kill(ms: number): void {
    if (!scope.alive) return;
    world.tell("region ended");
    scope.alive = false;
    world.after(ms, undefined, () => {
      scope = { name: "region", alive: true };
      ingest = start();
      world.tell("region started");
    });
  }

  const answer = async (box: string, request: TransportRequest): Promise<TransportReply> => {
    const body = {
      contentType: request.headers["content-type"],
      contentEncoding: request.headers["content-encoding"],
      body: request.body ?? new Uint8Array(),
    };
    try {
      if (!request.path.endsWith("/latest")) {
        const reply = await ingest.receive(box, body);
        if (!former || reply.status !== 200) return printReply(reply);
        world.reached("region of the version before");
        const { durableHash: _, ...rest } = reply;
        return printReply(rest);
      }
      if (former) return { status: 404, headers: {}, body: "" };
      world.reached("latest state sent ahead");
      const { status } = await ingest.receiveLatest(box, body);
      return { status, headers: {}, body: "" };
    } catch (error) {
      // As box-server.ts answers what is no reply of the protocol.
      if (!(error instanceof HypervisorFault)) throw error;
      return { status: FAULT_STATUS[error.code], headers: {}, body: "{}" };
    }
  };

  return {
    async receive(box, request) {
      const mine = scope;
      if (!mine.alive) return undefined;
      const reply = await answer(box, request);
      return mine.alive ? reply : undefined;
    },
    arm(next) {
      fate = next;
    },
    disarm() {
      fate = undefined;
    },
    kill,
    backUp() {
      backup = store.save();
    },
    comeBack() {
      if (backup === undefined) return false;
      store.restore(backup);
      kill(world.random.whole(500, 10_000));
      return true;
    },
    setFormer(is) {
      former = is;
    },
    decide: store.decide,
    held: store.held,
    get isUp() {
      return scope.alive;
    },
  };
}
