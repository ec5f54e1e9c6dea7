/**
 * When to commit. Each commit costs a write to the disk, and flash wears by commits: below load ordinary work waits a little so
 * that several share one; what someone waits for goes at once; under load each turn of the event loop is one commit, which is
 * where throughput comes from.
 */
export interface GroupCommit {
  /** Something to commit was taken in. */
  added(urgent: boolean): void;
  /** Commits now, whatever waits. */
  flush(): void;
  readonly waiting: number;
  stop(): void;
}

export interface GroupCommitOptions {
  /** 0: nothing waits longer than the turn. */
  readonly delayMs: number;
  /** So many waiting are load. Below 20: brokers of MQTT 3.1.1 keep at most that many in flight unless told otherwise. */
  readonly loadAt?: number;
  readonly commit: () => void;
}

const LOAD_AT = 16;

export const createGroupCommit = ({ delayMs, loadAt = LOAD_AT, commit }: GroupCommitOptions): GroupCommit => {
  let waiting = 0;
  let timer: NodeJS.Timeout | undefined;
  let turn: NodeJS.Immediate | undefined;

  const clear = (): void => {
    clearTimeout(timer);
    clearImmediate(turn);
    timer = undefined;
    turn = undefined;
  };
  const run = (): void => {
    clear();
    if (waiting === 0) return;
    waiting = 0;
    commit();
  };
  return {
    added(urgent) {
      waiting += 1;
      if (turn !== undefined) return;
      if (urgent || delayMs === 0 || waiting >= loadAt) turn = setImmediate(run);
      else timer ??= setTimeout(run, delayMs);
    },
    flush: run,
    get waiting() {
      return waiting;
    },
    stop: clear,
  };
};
