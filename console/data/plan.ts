/**
 * Whether the plan under the map can be had. One small question before the map asks for a screenful of images: without a network the
 * browser writes a line into its console for each refusal, and half a plan is worse than none. While the answer is no, it is asked
 * again with growing, jittered pauses, and at once when the browser says that a network is back.
 */
import { PLAN_ORIGIN } from "../../api/map-plan.ts";

/**
 * The IGN's plan as ready images of 256 px, zoom 0 to 19, by the open standard WMTS; `{z}`, `{x}`, `{y}` are filled in by the map.
 * Names of layer, style and matrix set are those of its own GetCapabilities.
 */
export const PLAN_TILES = `${PLAN_ORIGIN}/wmts?SERVICE=WMTS&REQUEST=GetTile&VERSION=1.0.0&LAYER=GEOGRAPHICALGRIDSYSTEMS.PLANIGNV2&STYLE=normal&FORMAT=image/png&TILEMATRIXSET=PM&TILEMATRIX={z}&TILECOL={x}&TILEROW={y}`;
export const PLAN_ZOOM_MAX = 19;

export type PlanState = "unknown" | "there" | "away";

export interface PlanWatch {
  readonly state: () => PlanState;
  readonly subscribe: (listener: () => void) => () => void;
  /** What became of an image the map asked for. */
  readonly noteImage: (came: boolean) => void;
  /** Asks until the function it gives is called. */
  readonly start: () => () => void;
}

export interface PlanWatchOptions {
  /** Whether an image of the plan can be had right now; never rejects. */
  readonly ask: () => Promise<boolean>;
  readonly later: (work: () => void, ms: number) => () => void;
  /** Told when a network is back; gives the end of listening. */
  readonly onOnline: (listener: () => void) => () => void;
  /** 0 to 1. */
  readonly random: () => number;
}

/** Images missing one after the other, none between, before the plan is taken away. */
const MISSING_MAX = 3;
const PAUSE_FIRST_MS = 20_000;
const PAUSE_MAX_MS = 10 * 60_000;

export function createPlanWatch({ ask, later, onOnline, random }: PlanWatchOptions): PlanWatch {
  let state: PlanState = "unknown";
  let missing = 0;
  let pause = PAUSE_FIRST_MS;
  let cancel: (() => void) | undefined;
  let turn = 0;
  const listeners = new Set<() => void>();

  const put = (next: PlanState): void => {
    if (next === state) return;
    state = next;
    for (const listener of listeners) listener();
  };

  const leave = (): void => {
    put("away");
    cancel?.();
    cancel = later(() => void look(), pause * (0.5 + random()));
    pause = Math.min(PAUSE_MAX_MS, pause * 2);
  };

  const look = async (): Promise<void> => {
    cancel?.();
    cancel = undefined;
    turn += 1;
    const asked = turn;
    const came = await ask();
    if (asked !== turn) return;
    if (!came) return leave();
    missing = 0;
    put("there");
  };

  return {
    state: () => state,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    noteImage: (came) => {
      if (came) {
        missing = 0;
        pause = PAUSE_FIRST_MS;
      } else if (state === "there" && ++missing >= MISSING_MAX) leave();
    },
    start: () => {
      const deaf = onOnline(() => {
        if (state !== "there") void look();
      });
      void look();
      return () => {
        turn += 1;
        deaf();
        cancel?.();
        cancel = undefined;
      };
    },
  };
}

const ANSWER_MS_MAX = 8_000;
/** The image that holds France's east, whole. */
const SAMPLE = PLAN_TILES.replace("{z}", "6").replace("{x}", "33").replace("{y}", "22");

/** The same question with the browser's own means. */
export const browserPlanWatch = (): PlanWatch =>
  createPlanWatch({
    ask: async () => {
      if (!navigator.onLine) return false;
      try {
        const reply = await fetch(SAMPLE, { cache: "no-store", signal: AbortSignal.timeout(ANSWER_MS_MAX) });
        return reply.ok && (reply.headers.get("content-type") ?? "").startsWith("image/");
      } catch {
        return false;
      }
    },
    later: (work, ms) => {
      const timer = setTimeout(work, ms);
      return () => clearTimeout(timer);
    },
    onOnline: (listener) => {
      window.addEventListener("online", listener);
      return () => window.removeEventListener("online", listener);
    },
    random: Math.random,
  });
