/**
 * When to commit. Each commit costs a write to the disk, and flash wears by commits: below load ordinary work waits a little so
 * that several share one; what someone waits for goes at once. Under load the turns of the event loop that bring new work in a row
 * are one commit, and the first turn that brings nothing ends the group, so that nobody waits for a broker that waits for us. A
 * turn may bring thousands: what is taken in stays in memory until its commit, and so much of it that V8 has to move it about costs
 * more than the commits it spares.
 */
export interface GroupCommit {
  /** Something to commit was taken in. */
  added(urgent: boolean): void;
  /** Commits now, whatever waits and for how long it would. */
  flush(): void;
  /** Commits what was held back by `notBefore`, once that has passed. */
  afterRest(): void;
  readonly waiting: number;
  stop(): void;
}

export interface GroupCommitOptions {
  /** 0: nothing waits longer than the turn. */
  readonly delayMs: number;
  /** So many waiting are load. Below 20: brokers of MQTT 3.1.1 keep at most that many in flight unless told otherwise. */
  readonly loadAt?: number;
  /** Never decreasing, ms. */
  readonly mono: () => number;
  readonly commit: () => void;
  /** As `mono`: nothing is committed before, but for `flush`. */
  readonly notBefore?: () => number;
}

const LOAD_AT = 16;
/** A group under load ends after this at the latest, or with so many. */
const GROUP_MS_MAX = 20;
const GROUP_MAX = 128;

export const createGroupCommit = (options: GroupCommitOptions): GroupCommit => {
  const { delayMs, loadAt = LOAD_AT, mono, commit, notBefore = () => Number.NEGATIVE_INFINITY } = options;
  let waiting = 0;
  let timer: NodeJS.Timeout | undefined;
  let turn: NodeJS.Immediate | undefined;
  let waitingAtTurn = 0;
  let groupSince = 0;
  let isHeldBack = false;

  const clear = (): void => {
    clearTimeout(timer);
    clearImmediate(turn);
    timer = undefined;
    turn = undefined;
  };
  const flush = (): void => {
    clear();
    isHeldBack = false;
    if (waiting === 0) return;
    waiting = 0;
    commit();
  };
  const run = (): void => {
    const rest = notBefore() - mono();
    if (rest > 0) {
      clear();
      isHeldBack = true;
      timer = setTimeout(run, rest);
    } else flush();
  };
  const endOfTurn = (): void => {
    const quiet = waiting === waitingAtTurn;
    if (quiet || waiting < loadAt || mono() - groupSince >= GROUP_MS_MAX) run();
    else {
      waitingAtTurn = waiting;
      turn = setImmediate(endOfTurn);
    }
  };
  return {
    added(urgent) {
      waiting += 1;
      if (waiting >= GROUP_MAX) {
        run();
        return;
      }
      if (turn !== undefined) return;
      if (urgent || delayMs === 0 || waiting >= loadAt) {
        groupSince = mono();
        waitingAtTurn = 0;
        turn = setImmediate(endOfTurn);
      } else timer ??= setTimeout(run, delayMs);
    },
    flush,
    afterRest() {
      if (isHeldBack) run();
    },
    get waiting() {
      return waiting;
    },
    stop: clear,
  };
};
