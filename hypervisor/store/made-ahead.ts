/** Parts of a COPY that are made before they are asked for. */

/**
 * Of one batch: enough to begin with. Readings are made faster than PostgreSQL takes them, and while it works on values the processor has
 * more to do than afterwards.
 */
const HELD_BYTES_MAX = 512 * 1024;

export interface MadeAhead {
  /** To be read once: what is ready, and the rest as it is asked for. */
  readonly parts: Iterable<Uint8Array>;
  /** Nothing is made ahead any more. */
  stop(): void;
}

/**
 * Makes one part after another whenever this thread has nothing else to do, from now on until the parts are asked for. PostgreSQL works
 * longer on values than it takes to make them, and stood still afterwards until the first readings were made.
 */
export const madeAhead = (parts: Iterable<Uint8Array>): MadeAhead => {
  const source = parts[Symbol.iterator]();
  const ready: Uint8Array[] = [];
  let held = 0;
  let failed: { readonly error: unknown } | undefined;
  const make = (): void => {
    try {
      const next = source.next();
      if (next.done === true) return;
      ready.push(next.value);
      held += next.value.length;
      turn = held < HELD_BYTES_MAX ? setImmediate(make) : undefined;
    } catch (error) {
      // It is thrown to who asks for the part.
      failed = { error };
    }
  };
  let turn: NodeJS.Immediate | undefined = setImmediate(make);
  const stop = (): void => clearImmediate(turn);
  const taken = function* (): Generator<Uint8Array, void, void> {
    stop();
    for (let part = ready.shift(); part !== undefined; part = ready.shift()) yield part;
    if (failed !== undefined) throw failed.error;
    for (let next = source.next(); next.done !== true; next = source.next()) yield next.value;
  };
  return { parts: taken(), stop };
};
