/**
 * Is the way from ChirpStack to the box lossless? The broker shows two signs that it is not: it has forgotten the session we left
 * with it, or events come at QoS 0. And after a gap ChirpStack's history may not reach back to where the box last read. All is said in status, health and journal, with the lines to change; nothing else would tell
 * a commune that an outage of a minute costs its readings.
 */
import type { BoxState } from "./box-state.ts";
import type { Append } from "./words.ts";

export const FIRST_HOP_REASONS = [
  "session-lost",
  "events-at-qos-0",
  "subscription-below-qos-1",
  "history-incomplete",
] as const;
export type FirstHopReason = (typeof FIRST_HOP_REASONS)[number];

/** ms since 1970. */
export interface Gap {
  /** Absent where the history says nothing of it. */
  readonly from?: number;
  readonly to: number;
}

export interface FirstHop {
  status(): { readonly lossless: boolean; readonly reasons: readonly string[]; readonly remedy: readonly string[] };
  /** `session` names broker and client id: under another name no session was left. */
  connected(session: string, present: boolean, grantedQos: number): void;
  /** Each event's QoS. */
  heard(qos: number): void;
  /** A gap could not be filled from ChirpStack's history: events from then until now may be missing, and nobody can say which. */
  mayMiss(gap: Gap): void;
  /** Whether `settle` has something to write. */
  readonly changed: boolean;
  /** Inside a transaction: raises and clears the alarm in the journal. */
  settle(at: number, append: Append): void;
  rolledBack(): void;
}

/** So many events in a row at QoS 1 show that ChirpStack's setting was changed. */
const QOS_1_IN_A_ROW = 20;

const CHIRPSTACK = [
  "chirpstack.toml: [integration.mqtt] qos=1",
  'chirpstack.toml: [integration.mqtt] client_id="chirpstack-integration"',
  "chirpstack.toml: [integration.mqtt] clean_session=false",
  'chirpstack.toml: [integration.mqtt] session_expiry_interval="24h" (after ChirpStack 4.19.0)',
];
const MOSQUITTO = [
  "mosquitto.conf: persistence true",
  "mosquitto.conf: autosave_on_changes true",
  "mosquitto.conf: autosave_interval 1",
  "mosquitto.conf: max_queued_messages 0",
];

const HISTORY = ["chirpstack.toml: [monitoring] device_event_log_max_history=100000"];

/** The configuration lines that end each reason. */
const REMEDIES: Readonly<Record<FirstHopReason, readonly string[]>> = {
  "session-lost": MOSQUITTO,
  "events-at-qos-0": CHIRPSTACK,
  "subscription-below-qos-1": ["the broker's maximum QoS must be 1 or more (mosquitto.conf: max_qos 2)"],
  "history-incomplete": HISTORY,
};

export const ALARM = "first-hop-not-lossless";
const RAISED_KEY = "first-hop.raised";
const SESSION_KEY = "first-hop.session";
const GAP_KEY = "first-hop.gap";
/** What may be missing is shown so long; the journal tells it for good. */
const SHOWN_MS = 7 * 86_400_000;

const known = (text: string | undefined): FirstHopReason[] =>
  FIRST_HOP_REASONS.filter((reason) => (text ?? "").split(" ").includes(reason));

const gapIn = (text: string | undefined): Gap | undefined => {
  const [to, from] = (text ?? "").split(" ").filter((each) => each !== "");
  return to === undefined ? undefined : { to: Number(to), ...(from === undefined ? {} : { from: Number(from) }) };
};

/** @param now ms since 1970. */
export const createFirstHop = (state: BoxState, now: () => number): FirstHop => {
  /** What the journal says. */
  let said = known(state.get(RAISED_KEY));
  const reasons = new Set<FirstHopReason>(said);
  let left = state.get(SESSION_KEY);
  let savedSession = left;
  let inARow = 0;
  let gap = gapIn(state.get(GAP_KEY));
  let saidGap = gap;

  const isShown = ({ to }: Gap): boolean => now() - to < SHOWN_MS;
  const current = (): FirstHopReason[] => {
    set("history-incomplete", gap !== undefined && isShown(gap));
    return FIRST_HOP_REASONS.filter((reason) => reasons.has(reason));
  };
  const set = (reason: FirstHopReason, holds: boolean): void => {
    if (holds) reasons.add(reason);
    else reasons.delete(reason);
  };
  const remedy = (): string[] => current().flatMap((reason) => REMEDIES[reason]);

  return {
    status: () => ({ lossless: reasons.size === 0, reasons: current(), remedy: remedy() }),
    connected(session, present, grantedQos) {
      if (present) set("session-lost", false);
      else if (left === session) set("session-lost", true);
      left = session;
      set("subscription-below-qos-1", grantedQos < 1);
    },
    heard(qos) {
      if (qos === 0) {
        inARow = 0;
        reasons.add("events-at-qos-0");
      } else if (reasons.size > 0 && reasons.has("events-at-qos-0")) {
        inARow += 1;
        if (inARow >= QOS_1_IN_A_ROW) reasons.delete("events-at-qos-0");
      }
    },
    mayMiss(found) {
      gap = found;
    },
    get changed() {
      return left !== savedSession || gap !== saidGap || current().join(" ") !== said.join(" ");
    },
    settle(at, append) {
      if (left !== undefined && left !== savedSession) {
        state.set(SESSION_KEY, left);
        savedSession = left;
      }
      const holds = current();
      if (holds.join(" ") === said.join(" ") && gap === saidGap) return;
      const missing = gap === undefined || gap === saidGap ? {} : { mayMiss: { ...gap } };
      const detail = { reasons: holds, remedy: remedy(), ...missing };
      append({ kind: "alarm", alarm: ALARM, raised: holds.length > 0, at, detail });
      state.set(RAISED_KEY, holds.join(" "));
      said = holds;
      if (gap !== undefined && gap !== saidGap) state.set(GAP_KEY, `${gap.to} ${gap.from ?? ""}`);
      saidGap = gap;
    },
    rolledBack() {
      said = known(state.get(RAISED_KEY));
      savedSession = state.get(SESSION_KEY);
      // What was not written is still to be said.
      const written = gapIn(state.get(GAP_KEY));
      saidGap = written?.to === gap?.to ? gap : written;
    },
  };
};
