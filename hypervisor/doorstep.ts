/**
 * Who has come to the boxes' door and waits for a handshake. Where they wait longer than boxes are patient, the order of coming would
 * serve nobody: the first is always one that has just given up (docs/decisions/newest-first-at-the-door.md).
 */
import type { Server } from "node:https";
import type { Socket } from "node:net";

/** Until then whoever came first is first. */
const FRESH_MS = 10_000;
/** A box gives a line up after 45 s, and needs some of them for what it came for. */
const WAIT_MAX_MS = 30_000;
/**
 * So many turns in a row nobody is let in while others still come: to take one from the kernel's queue, where nobody sees how long they
 * have waited, costs a tenth of a handshake.
 */
const ONLY_COMING_MAX = 7;

export interface DoorstepTime {
  /** ms, never stepped. */
  mono(): number;
  /** Calls back when all that is ready in this turn of the event loop has been done. */
  afterTurn(then: () => void): void;
}

export interface DoorstepParts<Guest> extends DoorstepTime {
  readonly letIn: (guest: Guest) => void;
  /** Waited in vain: nobody may be there any more. */
  readonly turnAway: (guest: Guest) => void;
}

export interface Doorstep<Guest> {
  /** Who has come; the returned function says that they went by themselves. */
  come(guest: Guest): () => void;
  /** Turns all away, those too who come later. */
  end(): void;
}

const eventLoop: DoorstepTime = {
  mono: () => performance.now(),
  afterTurn: (then) => setImmediate(then),
};

interface Waiting<Guest> {
  readonly guest: Guest;
  readonly since: number;
}

/**
 * One is let in a turn, so that who is in comes before who is not. None while others still come, of whom the event loop takes one a turn
 * from the kernel's queue; but then one in every eighth turn.
 */
export const createDoorstep = <Guest>({ letIn, turnAway, mono, afterTurn }: DoorstepParts<Guest>): Doorstep<Guest> => {
  const fresh = new Set<Waiting<Guest>>();
  /** Older than `FRESH_MS`, in the order of coming. */
  const late: Waiting<Guest>[] = [];
  let cameThisTurn = false;
  let onlyComing = 0;
  let turning = false;
  let ended = false;

  const age = (): void => {
    const now = mono();
    for (const waiting of fresh) {
      if (now - waiting.since < FRESH_MS) break;
      fresh.delete(waiting);
      late.push(waiting);
    }
    const inTime = late.findIndex(({ since }) => now - since < WAIT_MAX_MS);
    for (const { guest } of late.splice(0, inTime === -1 ? late.length : inTime)) turnAway(guest);
  };

  const next = (): Waiting<Guest> | undefined => {
    const [first] = fresh;
    if (first === undefined) return late.pop();
    fresh.delete(first);
    return first;
  };

  const turn = (): void => {
    age();
    const othersCome = cameThisTurn && onlyComing < ONLY_COMING_MAX;
    cameThisTurn = false;
    onlyComing = othersCome ? onlyComing + 1 : 0;
    const waiting = othersCome ? undefined : next();
    if (waiting !== undefined) letIn(waiting.guest);
    turning = fresh.size + late.length > 0;
    if (turning) afterTurn(turn);
  };

  return {
    come(guest) {
      if (ended) {
        turnAway(guest);
        return () => {};
      }
      const waiting = { guest, since: mono() };
      fresh.add(waiting);
      cameThisTurn = true;
      if (!turning) afterTurn(turn);
      turning = true;
      return () => {
        if (fresh.delete(waiting)) return;
        const place = late.indexOf(waiting);
        if (place !== -1) late.splice(place, 1);
      };
    },
    end() {
      ended = true;
      for (const { guest } of [...late, ...fresh]) turnAway(guest);
      fresh.clear();
      late.length = 0;
    },
  };
};

/** The one who breaks off is heard of by `close`. */
const ignore = (): void => {};

/** From now on each connection waits for its handshake until its turn has come. */
export const waitAtDoorstep = (server: Server, time: DoorstepTime = eventLoop): Pick<Doorstep<Socket>, "end"> => {
  const handshake = server.listeners("connection") as ((line: Socket) => void)[];
  server.removeAllListeners("connection");
  const doorstep = createDoorstep<Socket>({
    ...time,
    letIn(line) {
      line.removeListener("error", ignore);
      if (!line.destroyed) for (const begin of handshake) begin.call(server, line);
    },
    turnAway: (line) => line.destroy(),
  });
  server.on("connection", (line: Socket) => {
    line.on("error", ignore);
    line.once("close", doorstep.come(line));
  });
  return doorstep;
};
